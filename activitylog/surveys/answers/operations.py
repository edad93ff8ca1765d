"""Excludes answers from the count, or includes them again, with a reason."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.review.operations import why_not_excludable
from activitylog.core.locks import lock_roll_up
from activitylog.errors import BadInput, IllegalChange, Refused
from activitylog.surveys.answers.rules import number_ranges
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import ExclusionDecision, Response
from activitylog.surveys.rules import AnswerFlag, ExclusionStep

_ACCEPTED = AnswerFlag.ACCEPTED.value
_NO_ANSWERS = {
    ExclusionStep.EXCLUDED: "没有可剔除的答卷：请先勾选；勾选的可能已经剔除过了。",
    ExclusionStep.INCLUDED: "没有可恢复的答卷：请先勾选已剔除的答卷；勾选的可能已经恢复了。",
    ExclusionStep.ACCEPTED: "没有可核实的答卷：请先勾选未剔除的答卷；勾选的可能已经核实过了。",
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
    """Exclude the activity's counted answers that match `which`, include the excluded ones again, or accept.

    An accepted answer counts as before and is doubtful no more; excluded later, it is again.

    Holds the roll-up meanwhile, which would otherwise count some of them only. Raises BadInput without a
    reason, Refused to who entered the activity while another may, and IllegalChange when no answer matches.
    """
    if not reason.strip():
        raise BadInput("请填写理由。", field="reason")
    refusal = "" if by is None else why_not_excludable(session, activity, by)
    if refusal:
        raise Refused(refusal)
    lock_roll_up(session)
    is_concerned = _is_concerned(activity, step, which)
    if session.scalar(select(Response.id).where(is_concerned).limit(1)) is None:
        raise IllegalChange(_NO_ANSWERS[step])
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
    _apply(session, decision, is_concerned)
    return decision


def _is_concerned(activity: Activity, step: ExclusionStep, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an answer matches `which` and is changed by the step."""
    changes = {
        ExclusionStep.EXCLUDED: IS_COUNTED,
        ExclusionStep.INCLUDED: ~IS_COUNTED,
        ExclusionStep.ACCEPTED: and_(IS_COUNTED, Response.flags.bitwise_and(_ACCEPTED) == 0),
    }
    return and_(Response.activity_id == activity.id, which, changes[step])


def _apply(session: Session, decision: ExclusionDecision, is_concerned: ColumnElement[bool]) -> None:
    """Set or clear the exclusion of the answers or accept them, and note their numbers in the decision."""
    is_accepting = decision.step is ExclusionStep.ACCEPTED
    flags = Response.flags.bitwise_or(_ACCEPTED) if is_accepting else Response.flags.bitwise_and(~_ACCEPTED)
    changed = session.scalars(
        update(Response)
        .where(is_concerned)
        .values(exclusion_id=decision.id if decision.step is ExclusionStep.EXCLUDED else None, flags=flags)
        .returning(Response.id)
        .execution_options(synchronize_session=False)
    ).all()
    decision.answers, decision.numbers = len(changed), number_ranges(changed)
    session.flush()
