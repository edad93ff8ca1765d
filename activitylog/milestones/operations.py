"""Plans and edits milestones, and marks them done."""

import logging
from datetime import date, datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core import records
from activitylog.core.period import business_day
from activitylog.errors import Refused
from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import check_days
from activitylog.projects.queries import project_of

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
    """Add a milestone, with its day done when it is done already."""
    year = project_of(session, project_id).year
    check_days(due_on, done_on, year=year, today=business_day(now))
    milestone = Milestone(
        project_id=project_id, kind=_kind(kind), name=_name(name), due_on=due_on, done_on=done_on
    )
    return records.add_record(session, milestone, by=by, now=now)


def edit_milestone(
    session: Session,
    milestone: Milestone,
    *,
    kind: str,
    name: str,
    due_on: date | None,
    done_on: date | None,
    token: str,
    now: datetime,
) -> None:
    """Edit a milestone; without `done_on` it is open again."""
    records.check_edit(session, milestone, token, _description)
    _check_not_withdrawn(milestone)
    year = project_of(session, milestone.project_id).year
    check_days(due_on, done_on, year=year, today=business_day(now))
    milestone.kind, milestone.name = _kind(kind), _name(name)
    milestone.due_on, milestone.done_on = due_on, done_on
    session.flush()


def mark_done(
    session: Session, milestone: Milestone, *, done_on: date, by: User | None, now: datetime
) -> None:
    """Set the day it was done; refused when it has one."""
    _check_not_withdrawn(milestone)
    if milestone.done_on is not None:
        raise Refused(f"“{milestone.name}”已标记完成，不用再标；日期有误请点“修改”。")
    year = project_of(session, milestone.project_id).year
    check_days(milestone.due_on, done_on, year=year, today=business_day(now))
    milestone.done_on = done_on
    session.flush()
    _log.info("milestone %s marked done on %s by user %s", milestone.id, done_on, by.id if by else None)


def _kind(text: str) -> str:
    return records.limited_text(text, 40, thing="类别", field="kind", is_required=True)


def _name(text: str) -> str:
    return records.limited_text(text, 200, thing="里程碑名称", field="name", is_required=True)


def _description(milestone: Milestone) -> str:
    due = f"{milestone.due_on}" if milestone.due_on else "未定"
    done = f"{milestone.done_on}" if milestone.done_on else "未完成"
    return f"{milestone.kind}“{milestone.name}”，计划 {due}，完成 {done}"


def _check_not_withdrawn(milestone: Milestone) -> None:
    if milestone.withdrawn_at is not None:
        raise Refused(f"“{milestone.name}”已撤下，请先恢复。")
