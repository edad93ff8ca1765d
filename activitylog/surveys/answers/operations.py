"""Excludes answers from the count, or includes them again, with a reason."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.locks import lock_roll_up
from activitylog.errors import BadInput, IllegalChange
from activitylog.surveys.answers.rules import number_ranges
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import ExclusionDecision, Response
from activitylog.surveys.rules import ExclusionStep

_NOTHING = {
    ExclusionStep.EXCLUDED: "没有可剔除的答卷：请先勾选；勾选的可能已经剔除过了。",
    ExclusionStep.INCLUDED: "没有可恢复的答卷：请先勾选已剔除的答卷；勾选的可能已经恢复了。",
}


def decide_exclusion(
    session: Session,
    activity: Activity,
    step: ExclusionStep,
    which: ColumnElement[bool],
    *,
    reason: str,
    by: User | None,
    now: datetime,
) -> ExclusionDecision:
    """Exclude the activity's counted answers that match `which`, or include the excluded ones again.

    Holds the roll-up meanwhile, which would otherwise count some of them only. Raises BadInput without a
    reason and IllegalChange when no answer matches.
    """
    if not reason.strip():
        raise BadInput("请填写理由。", field="reason")
    lock_roll_up(session)
    is_excluding = step is ExclusionStep.EXCLUDED
    about = (Response.activity_id == activity.id, which, IS_COUNTED if is_excluding else ~IS_COUNTED)
    if session.scalar(select(Response.id).where(*about).limit(1)) is None:
        raise IllegalChange(_NOTHING[step])
    decision = ExclusionDecision(
        activity_id=activity.id,
        step=step,
        reason=reason.strip(),
        answers=0,
        numbers="",
        decided_by_id=None if by is None else by.id,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    changed = session.scalars(
        update(Response)
        .where(*about)
        .values(exclusion_id=decision.id if is_excluding else None)
        .returning(Response.id)
        .execution_options(synchronize_session=False)
    ).all()
    decision.answers, decision.numbers = len(changed), number_ranges(changed)
    session.flush()
    return decision
