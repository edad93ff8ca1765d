"""Planning milestones and marking them done."""

import logging
from datetime import date, datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import business_day
from activitylog.errors import Refused
from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import check_days
from activitylog.projects import records
from activitylog.projects.queries import project_of

THING = "里程碑"
EDITED = ("kind", "name", "due_on", "done_on", "withdrawn_at")
_log = logging.getLogger(__name__)


def plan_milestone(
    session: Session,
    *,
    project_id: int,
    kind: str,
    name: str,
    due_on: date | None,
    done_on: date | None = None,
    by: User | None,
    now: datetime,
) -> Milestone:
    """Add an undertaking; one done already may carry its day."""
    year = project_of(session, project_id).year
    check_days(due_on, done_on, year=year, today=business_day(now))
    milestone = Milestone(
        project_id=project_id,
        kind=_kind(kind),
        name=_name(name),
        due_on=due_on,
        done_on=done_on,
        created_by_id=by.id if by else None,
        created_at=now,
    )
    session.add(milestone)
    session.flush()
    return milestone


def edit_milestone(
    session: Session,
    milestone: Milestone,
    *,
    kind: str,
    name: str,
    due_on: date | None,
    done_on: date | None,
    seen: str,
    now: datetime,
) -> None:
    """Correct what was written; an empty `done_on` takes the mark back, `seen` is what `as_shown` was."""
    session.refresh(milestone, EDITED, with_for_update=True)
    records.check_seen(as_shown(milestone), seen, shown=_sentence(milestone))
    _check_open(milestone)
    year = project_of(session, milestone.project_id).year
    check_days(due_on, done_on, year=year, today=business_day(now))
    milestone.kind, milestone.name = _kind(kind), _name(name)
    milestone.due_on, milestone.done_on = due_on, done_on
    session.flush()


def as_shown(milestone: Milestone) -> str:
    """What an edit page hands back, so that nobody overwrites another's edit unseen."""
    return records.text_seen(*(getattr(milestone, name) for name in EDITED))


def mark_done(
    session: Session, milestone: Milestone, *, done_on: date, by: User | None, now: datetime
) -> None:
    """Say on which day it was done; marking it again is refused, so that the first day stands."""
    _check_open(milestone)
    if milestone.done_on is not None:
        raise Refused(f"“{milestone.name}”已标记完成，不用再标；日期有误请点“修改”。")
    year = project_of(session, milestone.project_id).year
    check_days(milestone.due_on, done_on, year=year, today=business_day(now))
    milestone.done_on = done_on
    session.flush()
    _log.info("milestone %s marked done on %s by user %s", milestone.id, done_on, by.id if by else None)


def withdraw_milestone(session: Session, milestone: Milestone, *, reason: str, now: datetime) -> None:
    records.withdraw(milestone, thing=THING, reason=reason, now=now)
    session.flush()


def restore_milestone(session: Session, milestone: Milestone) -> None:
    records.restore(milestone, thing=THING)
    session.flush()


def _kind(text: str) -> str:
    return records.short(text, 40, thing="类别", field="kind", needed=True)


def _name(text: str) -> str:
    return records.short(text, 200, thing="里程碑名称", field="name", needed=True)


def _sentence(milestone: Milestone) -> str:
    due = f"{milestone.due_on}" if milestone.due_on else "未定"
    done = f"{milestone.done_on}" if milestone.done_on else "未完成"
    return f"{milestone.kind}“{milestone.name}”，计划 {due}，完成 {done}"


def _check_open(milestone: Milestone) -> None:
    if milestone.withdrawn_at is not None:
        raise Refused(f"“{milestone.name}”已撤下，请先恢复。")
