"""Plans and edits milestones, and marks them done."""

import logging
from datetime import date, datetime
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core import records
from activitylog.core.period import business_day
from activitylog.core.text.words import read_name, read_word
from activitylog.errors import Refused
from activitylog.milestones.models import Milestone
from activitylog.milestones.rules import check_days
from activitylog.projects.queries import project_of

_log = logging.getLogger(__name__)


class MilestoneDetails(TypedDict):
    """What a person writes of a milestone; without `done_on` it is open."""

    kind: str
    name: str
    due_on: date | None
    done_on: NotRequired[date | None]


def plan_milestone(
    session: Session, *, project_id: int, by: User | None, now: datetime, **details: Unpack[MilestoneDetails]
) -> Milestone:
    """Add a milestone, with its day done when it is done already."""
    milestone = Milestone(project_id=project_id, **_checked(session, project_id, details, now))
    return records.add_record(session, milestone, project_of(session, project_id), by=by, now=now)


def edit_milestone(
    session: Session,
    milestone: Milestone,
    *,
    token: str,
    by: User | None,
    now: datetime,
    **details: Unpack[MilestoneDetails],
) -> None:
    """Edit a milestone; refuses one that is withdrawn or was edited since the token."""
    records.check_edit(session, milestone, token, _description)
    checked = _checked(session, milestone.project_id, details, now)
    records.write_fields(session, milestone, checked, by=by, now=now)


def mark_done(
    session: Session, milestone: Milestone, *, done_on: date, by: User | None, now: datetime
) -> None:
    """Set the day it was done; refused when it has one."""
    records.lock_record(session, milestone)
    records.check_not_withdrawn(milestone)
    if milestone.done_on is not None:
        raise Refused(f"“{milestone.name}”已标记完成，不用再标；日期有误请点“修改”。")
    year = project_of(session, milestone.project_id).year
    check_days(milestone.due_on, done_on, year=year, today=business_day(now))
    records.write_fields(session, milestone, {"done_on": done_on}, by=by, now=now)
    _log.info("milestone %s marked done on %s by user %s", milestone.id, done_on, by.id if by else None)


def _checked(session: Session, project_id: int, details: MilestoneDetails, now: datetime) -> MilestoneDetails:
    """The details with kind and name in their one spelling; refused when a day is not possible."""
    year = project_of(session, project_id).year
    done_on = details.get("done_on")
    check_days(details["due_on"], done_on, year=year, today=business_day(now))
    kind = records.limited_text(
        details["kind"], 40, thing="类别", field="kind", is_required=True, read=read_word
    )
    name = records.limited_text(
        details["name"], 200, thing="里程碑名称", field="name", is_required=True, read=read_name
    )
    return {"kind": kind, "name": name, "due_on": details["due_on"], "done_on": done_on}


def _description(milestone: Milestone) -> str:
    due = f"{milestone.due_on}" if milestone.due_on else "未定"
    done = f"{milestone.done_on}" if milestone.done_on else "未完成"
    return f"{milestone.kind}“{milestone.name}”，计划 {due}，完成 {done}"
