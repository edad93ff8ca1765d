"""Records that may have changed since a roll-up, by the trail: to be compared, and the days they wait for.

Those to be compared include what the trail does not record, surveys with new answers; the days do not.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, literal, or_, select, true, union, union_all
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY_TRAIL
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.activities.sources import Source
from activitylog.audit.models import AuditEntry
from activitylog.core.dialects import Rows
from activitylog.core.records import DatedRecord
from activitylog.indicators.sources import SOURCES
from activitylog.projects.models import Project
from activitylog.rollup.changes.trail_entries import (
    EntriesSince,
    changed_activities,
    changed_records,
    entries_after_roll_up,
    entries_since,
    is_declaration_changed,
)

# The fields of an activity, as the trail names them, that decide how what hangs on it counts, and its survey.
COUNTED_BY = ("project", "status", "held_on", "kinds", "venue_kind", "form", "districts")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The records that may have changed since a roll-up: their `ids` by the key of their source."""

    entries: EntriesSince
    ids: Mapping[str, Rows]

    def has(self, rows: FromClause, sources: Sequence[Source]) -> ColumnElement[bool]:
        """Whether rows with `source` and `source_id`, of these sources only, are of candidates."""
        parts = [
            and_(rows.c.source == source.key, rows.c.source_id.in_(self.ids[source.key]))
            for source in sources
        ]
        return or_(*parts)


def candidates_since(
    session: Session,
    rolled_up_at: datetime,
    *,
    year: int,
    last_day: date,
    among: ColumnElement[bool],
) -> Candidates | None:
    """The candidates; None when the trail cannot say.

    All entries are taken by their number: a clock that was set back makes later changes look earlier. What
    the trail does not record is read of activities dated up to `last_day` for which `among` holds. Records
    are left out whose activity was edited in nothing they count by.
    """
    entries = replace(entries_after_roll_up(session, rolled_up_at), is_by_number=True)
    if is_declaration_changed(session, year, entries):
        return None
    edited = once_read("edited_activity", changed_activities(entries))
    counting = once_read("counting_activity", changed_activities(entries, fields=COUNTED_BY))
    ids = {}
    for source in SOURCES:
        is_activity_itself = source.is_activity and not source.is_made_of_others
        parts = [changed_records(source, entries, edited if is_activity_itself else counting)]
        if source.unrecorded is not None:
            received = source.unrecorded.activities(entries.since)
            parts.append(received.where(among, Activity.held_on <= last_day))
        ids[source.key] = once_read(f"{source.key}_candidate", *parts)
    return Candidates(entries, ids)


def once_read(name: str, *parts: Rows) -> Rows:
    """The ids of all parts as a named table of the statement, read once however often it is used."""
    return select(union(*parts).cte(name).c[0])


_RECORDS = {source.object_type: source for source in SOURCES if not source.is_activity}
# Records of an activity that no source counts by themselves: they change what the activity's survey counts.
_OF_ACTIVITIES = {
    kind.object_type: kind.model
    for source in SOURCES
    for kind in source.trail
    if kind.is_by_activity and kind.object_type not in _RECORDS
}
_KINDS = (ACTIVITY_TRAIL.object_type, *_OF_ACTIVITIES, *_RECORDS)
_DATED = {column.key for source in SOURCES for column in source.dates}


@dataclass(frozen=True, slots=True)
class _Past:
    """A record's changed fields before each of its entries; {} before its creation."""

    fields: list[dict[str, Any]]

    @property
    def is_new(self) -> bool:
        return {} in self.fields

    @property
    def days(self) -> list[date]:
        texts = [each[name] for each in self.fields for name in _DATED if each.get(name)]
        return [date.fromisoformat(text) for text in texts]

    @property
    def was_approved(self) -> bool:
        """Whether it lost an approval, by an edit; one that was withdrawn keeps it."""
        return any(each.get("approved_at") for each in self.fields)

    def was(self, *statuses: Status) -> bool:
        return any(each.get("status") in statuses for each in self.fields)


def waiting_days(session: Session, year: int, since: datetime) -> list[date]:
    """The earliest day each changed record counts for or counted for, in order."""
    entries = entries_since(session, since)
    if entries.first is None:
        return []
    of_year = AuditEntry.project_id.in_(select(Project.id).where(Project.year == year))
    changed = and_(entries.condition, of_year)
    past: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for kind, number, before in session.execute(
        select(AuditEntry.object_type, AuditEntry.object_id, AuditEntry.before).where(
            changed, AuditEntry.object_type.in_(_KINDS), AuditEntry.object_id.is_not(None)
        )
    ):
        past[kind, number or 0].append(json.loads(before))
    rows = session.execute(_present(changed)) if past else ()
    days = [_first_day(row, _Past(past[row.kind, row.id])) for row in rows]
    return sorted(day for day in days if day is not None)


def _first_day(row: Row[Any], past: _Past) -> date | None:
    """None for a record that counted nowhere, before or now."""
    days = [day for day in (row.one_day, row.other_day, *past.days) if day is not None]
    if row.kind == ACTIVITY_TRAIL.object_type:
        counts = _counts(row, past)
    else:
        counts = row.is_counted or past.was_approved or (row.is_approved and not past.is_new)
    return min(days) if days and counts else None


def _counts(row: Row[Any], past: _Past) -> bool:
    """An activity counts when approved; one that is planned counts on its planned day unless cancelled."""
    has_plan = row.other_day is not None or any(each.get("planned_on") for each in past.fields)
    stood = past.was(Status.PLANNED, Status.LOGGED, Status.RETURNED) and has_plan
    return bool(row.is_counted) or past.was(Status.APPROVED) or stood


def _present(changed: ColumnElement[bool]) -> Any:
    """Every changed record as it is now: its days, and whether it counts."""
    in_plan = and_(Activity.planned_on.is_not(None), Activity.status != Status.WITHDRAWN)
    activities = _rows(
        ACTIVITY_TRAIL.object_type, Activity.id, Activity.held_on, Activity.planned_on
    ).add_columns(
        or_(Activity.status == Status.APPROVED, in_plan).label("is_counted"), true().label("is_approved")
    )
    of_activities = [
        _rows(kind, model.id, Activity.held_on, Activity.held_on)
        .join(Activity, Activity.id == model.activity_id)
        .add_columns(*_states(model))
        for kind, model in _OF_ACTIVITIES.items()
    ]
    records = [
        _rows(kind, source.model.id, source.dates[0], source.dates[-1]).add_columns(*_states(source.model))
        for kind, source in _RECORDS.items()
    ]
    parts: Sequence[Rows] = [activities, *of_activities, *records]
    ids = [select(AuditEntry.object_id).where(changed, AuditEntry.object_type == kind) for kind in _KINDS]
    return union_all(
        *(
            part.where(part.selected_columns.id.in_(changed_ids))
            for part, changed_ids in zip(parts, ids, strict=True)
        )
    )


def _states(model: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether it counts and whether it is approved; a decision about answers always is."""
    if not issubclass(model, DatedRecord):
        return true().label("is_counted"), true().label("is_approved")
    return model.is_counted.label("is_counted"), model.approved_at.is_not(None).label("is_approved")


def _rows(kind: str, number: Any, one_day: Any, other_day: Any) -> Rows:
    return select(
        literal(kind).label("kind"),
        number.label("id"),
        one_day.label("one_day"),
        other_day.label("other_day"),
    )
