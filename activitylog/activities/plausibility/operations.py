"""Asks about heads that look like a slip, and records who said that they are none."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.plausibility.doubts import Doubt
from activitylog.activities.plausibility.models import HeadsConfirmation
from activitylog.activities.plausibility.queries import confirmations
from activitylog.errors import BadInput


def check_confirmed(doubts: Iterable[Doubt], *, is_confirmed: bool, field: str = "heads_confirmed") -> None:
    """Refuse doubtful figures until the person confirms them."""
    sentences = [doubt.sentence for doubt in doubts]
    if sentences and not is_confirmed:
        raise BadInput(f"{'；'.join(sentences)}。请核对；确实没有写错的，勾选后再提交。", field=field)


def confirm_heads(
    session: Session, activity: Activity, doubts: Iterable[Doubt], *, by: User, now: datetime
) -> None:
    """Record that a person said the doubted figures are right; what was confirmed before stays."""
    confirmed = {(each.rule, each.figure) for each in confirmations(session, [activity.id])}
    session.add_all(
        HeadsConfirmation(
            activity_id=activity.id,
            rule=doubt.rule,
            figure=doubt.figure,
            sentence=doubt.sentence,
            confirmed_by_id=by.id,
            confirmed_at=now,
        )
        for doubt in doubts
        if (doubt.rule, doubt.figure) not in confirmed
    )
    session.flush()
