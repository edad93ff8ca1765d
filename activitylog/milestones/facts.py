"""Milestones as dated, countable rows."""

from sqlalchemy import and_, case, literal, select

from activitylog.core.dialects import Rows
from activitylog.milestones.models import Milestone

SOURCE = "milestone"


def done_milestone_facts() -> Rows:
    """One row per milestone done, on the day it was done."""
    return select(
        Milestone.project_id,
        literal(SOURCE).label("source"),
        Milestone.id.label("source_id"),
        Milestone.done_on.label("occurred_on"),
        literal(1).label("one"),
        Milestone.kind.label("milestone_kind"),
    ).where(Milestone.withdrawn_at.is_(None), Milestone.done_on.is_not(None))


def due_milestone_facts() -> Rows:
    """One row per milestone with a due day, on that day; on time 0 or 1."""
    is_on_time = and_(Milestone.done_on.is_not(None), Milestone.done_on <= Milestone.due_on)
    return select(
        Milestone.project_id,
        literal(SOURCE).label("source"),
        Milestone.id.label("source_id"),
        Milestone.due_on.label("occurred_on"),
        case((is_on_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
        Milestone.kind.label("milestone_kind"),
    ).where(Milestone.withdrawn_at.is_(None), Milestone.due_on.is_not(None))
