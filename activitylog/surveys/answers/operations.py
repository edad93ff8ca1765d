"""Rulings: a person leaves answers out of the count, or takes them back in, and says why."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.locks import hold_books
from activitylog.errors import BadInput, IllegalChange
from activitylog.surveys.facts import COUNTS
from activitylog.surveys.flags import RulingStep, ranges
from activitylog.surveys.models import AnswerRuling, Response

_NOTHING = {
    RulingStep.EXCLUDED: "没有可剔除的答卷：请先勾选；勾选的可能已经剔除过了。",
    RulingStep.INCLUDED: "没有可恢复的答卷：请先勾选已剔除的答卷；勾选的可能已经恢复了。",
}


def rule_on_answers(
    session: Session,
    activity: Activity,
    step: RulingStep,
    which: ColumnElement[bool],
    *,
    reason: str,
    by: User | None,
    now: datetime,
) -> AnswerRuling:
    """Exclude those of the activity's answers that `which` says and that count, or take the excluded back in.

    Meanwhile no roll-up may run: it would count some of them and not others.
    """
    if not reason.strip():
        raise BadInput("请填写理由。", field="reason")
    hold_books(session)
    is_excluding = step is RulingStep.EXCLUDED
    about = (Response.activity_id == activity.id, which, COUNTS if is_excluding else ~COUNTS)
    if session.scalar(select(Response.id).where(*about).limit(1)) is None:
        raise IllegalChange(_NOTHING[step])
    ruling = AnswerRuling(
        activity_id=activity.id,
        step=step,
        reason=reason.strip(),
        answers=0,
        numbers="",
        decided_by_id=None if by is None else by.id,
        decided_at=now,
    )
    session.add(ruling)
    session.flush()
    changed = session.scalars(
        update(Response)
        .where(*about)
        .values(exclusion_id=ruling.id if is_excluding else None)
        .returning(Response.id)
        .execution_options(synchronize_session=False)
    ).all()
    ruling.answers, ruling.numbers = len(changed), ranges(changed)
    session.flush()
    return ruling
