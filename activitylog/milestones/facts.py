"""Milestones as dated, countable rows, and their kind of source."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import and_, case, literal, select
from sqlalchemy.orm import Session

from activitylog.activities.sources import Lateness, Source, TrailKind, fact_columns, titles_of
from activitylog.core.dialects import Rows
from activitylog.core.period import Period, month_day
from activitylog.milestones.models import Milestone


def _done_days(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    rows = select(Milestone.id, Milestone.done_on).where(
        Milestone.id.in_(ids), Milestone.done_on <= period.last_day
    )
    return {row.id: row for row in session.execute(rows)}


def _lateness_text(due_on: date, found: Any) -> str:
    done = f"{month_day(found.done_on)}完成" if found else "没有完成"
    return f"应在{month_day(due_on)}完成，{done}"


MILESTONE = Source(
    60,
    "milestone",
    "里程碑",
    "项工作",
    Milestone,
    dates=(Milestone.due_on, Milestone.done_on),
    trail=(TrailKind("milestone", Milestone),),
    titles=titles_of(Milestone, lambda milestone: milestone.name, note=lambda milestone: milestone.kind),
    page="milestones",
    lateness=Lateness(_done_days, _lateness_text, "没有按时完成"),
)


def done_milestone_facts() -> Rows:
    """One row per milestone done, on the day it was done."""
    return select(
        *fact_columns(MILESTONE, Milestone.done_on),
        literal(1).label("one"),
        Milestone.kind.label("milestone_kind"),
    ).where(Milestone.is_counted, Milestone.done_on.is_not(None))


def due_milestone_facts() -> Rows:
    """One row per milestone with a due day, on that day; on time 0 or 1."""
    is_on_time = and_(Milestone.done_on.is_not(None), Milestone.done_on <= Milestone.due_on)
    return select(
        *fact_columns(MILESTONE, Milestone.due_on),
        case((is_on_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
        Milestone.kind.label("milestone_kind"),
    ).where(Milestone.is_counted, Milestone.due_on.is_not(None))
