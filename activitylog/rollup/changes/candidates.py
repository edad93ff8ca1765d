"""Narrows a comparison with the records of now to those the trail names, and those of unrecorded answers."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, and_, or_, select, union
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.sources import Source
from activitylog.core.dialects import PooledRows, Rows
from activitylog.core.period import business_day
from activitylog.indicators.sources import SOURCES
from activitylog.rollup.changes.trail_entries import (
    EntriesSince,
    changed_activities,
    changed_records,
    entries_after_roll_up,
    is_declaration_changed,
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The records that may have changed since a roll-up.

    What the trail does not record is read of activities dated up to `last_day` for which `among` holds.
    """

    entries: EntriesSince
    activities: Rows
    last_day: date
    among: ColumnElement[bool]

    def ids(self, source: Source) -> Rows | PooledRows:
        """The ids of the source's records."""
        recorded = changed_records(source, self.entries, self.activities)
        if source.unrecorded is None:
            return recorded
        day = business_day(self.entries.since)
        received = source.unrecorded.activities(day).where(self.among, Activity.held_on <= self.last_day)
        return union(recorded, received)

    def has(self, rows: FromClause, sources: tuple[Source, ...] = SOURCES) -> ColumnElement[bool]:
        """Whether rows with `source` and `source_id`, of these sources only, are of candidates."""
        return or_(
            *(and_(rows.c.source == source.key, rows.c.source_id.in_(self.ids(source))) for source in sources)
        )


def candidates_since(
    session: Session, rolled_up_at: datetime, *, year: int, last_day: date, among: ColumnElement[bool]
) -> Candidates | None:
    """The candidates; None when the trail cannot say.

    All entries are taken by their number: a clock that was set back makes later changes look earlier.
    """
    entries = replace(entries_after_roll_up(session, rolled_up_at), is_by_number=True)
    if is_declaration_changed(session, year, entries):
        return None
    # named once, it is read once by PostgreSQL
    activities = select(changed_activities(entries).cte("candidate").c.id)
    return Candidates(entries, activities, last_day, among)
