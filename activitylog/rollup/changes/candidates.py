"""Narrows a comparison with the records of now to those the trail names, and those of unrecorded answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, and_, or_, select, union
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.sources import Source
from activitylog.core.dialects import Rows
from activitylog.core.period import business_day
from activitylog.indicators.sources import SOURCES
from activitylog.rollup.changes.trail_entries import (
    EntriesSince,
    changed_activities,
    changed_records,
    entries_after_roll_up,
    is_declaration_changed,
)

# The fields of an activity, as the trail names them, that decide how what hangs on it counts, and its survey.
COUNTED_BY = ("project", "status", "held_on", "kinds", "venue_kind")


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
    only_differing: bool = False,
) -> Candidates | None:
    """The candidates; None when the trail cannot say.

    All entries are taken by their number: a clock that was set back makes later changes look earlier. What
    the trail does not record is read of activities dated up to `last_day` for which `among` holds. With
    `only_differing` records are left out whose activity was edited in nothing they count by.
    """
    entries = replace(entries_after_roll_up(session, rolled_up_at), is_by_number=True)
    if is_declaration_changed(session, year, entries):
        return None
    edited = once_read("edited_activity", changed_activities(entries))
    counting = edited
    if only_differing:
        counting = once_read("counting_activity", changed_activities(entries, fields=COUNTED_BY))
    ids = {}
    for source in SOURCES:
        is_activity_itself = source.is_activity and not source.is_made_of_others
        parts = [changed_records(source, entries, edited if is_activity_itself else counting)]
        if source.unrecorded is not None:
            received = source.unrecorded.activities(business_day(entries.since))
            parts.append(received.where(among, Activity.held_on <= last_day))
        ids[source.key] = once_read(f"{source.key}_candidate", *parts)
    return Candidates(entries, ids)


def once_read(name: str, *parts: Rows) -> Rows:
    """The ids of all parts as a named table of the statement, read once however often it is used."""
    return select(union(*parts).cte(name).c[0])
