"""Records changed since a roll-up, as the audit trail and the answers say: the next one takes them in."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.core.dialects import json_text
from activitylog.indicators.sources import ACTIVITY, SOURCES
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.changes.trail_entries import EntriesSince, entries_since
from activitylog.surveys.models import Response

# A change on its way while the roll-up ran may bear a moment before it and not be in it.
ON_ITS_WAY = timedelta(hours=1)
_OF_ACTIVITY = tuple(source.key for source in SOURCES if source.is_activity)
_OTHERS = tuple(source for source in SOURCES if not source.is_activity)
_HANGING = tuple(source for source in SOURCES if source.hangs_on_activity)
_MOVING = (  # what hangs on an activity, and what makes another activity's record when it goes there
    *(source.object_type for source in _HANGING),
    *(kind.object_type for source in SOURCES for kind in source.trail if kind.is_by_activity),
)
_PROMISES = ("project", "indicator", "sample")


def changes_since(session: Session, rolled_up_at: datetime) -> EntriesSince:
    """The entries that the roll-up may not have reckoned with."""
    return entries_since(session, rolled_up_at - ON_ITS_WAY)


def promises_changed(session: Session, year: int, entries: EntriesSince) -> bool:
    """Whether projects or indicators that may be of the year changed, or entries have been archived since."""
    others = select(Project.id).where(Project.year != year)
    may_be_of_year = or_(AuditEntry.project_id.is_(None), AuditEntry.project_id.not_in(others))
    changed = select(AuditEntry.id).where(
        entries.condition, AuditEntry.object_type.in_(_PROMISES), may_be_of_year
    )
    return not entries.is_whole or session.scalar(changed.limit(1)) is not None


def rules_changed(entries: EntriesSince) -> Select[int]:
    """The indicators whose rule changed."""
    rules = select(AuditEntry.object_id).where(entries.condition, AuditEntry.object_type == "rule")
    return select(Indicator.id).where(Indicator.id.in_(rules))


def is_waiting(
    entries: EntriesSince, source: ColumnElement[str], source_id: ColumnElement[int]
) -> ColumnElement[bool]:
    """Whether the record, or the activity it is about or was about, changed."""
    activities = _activities(entries)
    conditions = [and_(source.in_(_OF_ACTIVITY), source_id.in_(activities))]
    for each in _OTHERS:
        own = select(AuditEntry.object_id).where(
            entries.condition, AuditEntry.object_type == each.object_type
        )
        conditions.append(and_(source == each.key, source_id.in_(own)))
    for each in _HANGING:
        on_them = select(each.model.id).where(each.model.activity_id.in_(activities))
        conditions.append(and_(source == each.key, source_id.in_(on_them)))
    return or_(*conditions)


def _activities(entries: EntriesSince) -> Select[int]:
    """Those written, answered or counted on paper, and those a record hangs on now or hung on."""
    own = select(AuditEntry.object_id).where(
        entries.condition, AuditEntry.object_type == ACTIVITY.object_type
    )
    about = select(AuditEntry.activity_id).where(entries.condition, AuditEntry.activity_id.is_not(None))
    moved_from = select(json_text(AuditEntry.before, "activity")).where(
        entries.condition, AuditEntry.object_type.in_(_MOVING)
    )
    answered = select(Response.activity_id).where(Response.submitted_at > entries.since)
    return select(Activity.id).where(
        or_(
            Activity.id.in_(own),
            Activity.id.in_(about),
            Activity.number.in_(moved_from),
            Activity.id.in_(answered),
        )
    )
