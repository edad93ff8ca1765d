"""What changed since a figure was posted: the figure now, and every record that makes the difference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.record_titles import Record
from activitylog.indicators.sources import SURVEY, records_of
from activitylog.projects.models import Indicator
from activitylog.projects.queries import branch_of
from activitylog.rollup.changes.differences import Difference, booked_in, differences
from activitylog.rollup.changes.posted_figure import PostedFigure
from activitylog.rollup.changes.trail_entries import (
    Recent,
    RecordKey,
    entries_of_indicator,
    entries_of_records,
    recent,
)
from activitylog.rollup.drilldown import Part
from activitylog.rollup.live import live_figure
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import Response

MOST_NAMED = 1_000  # of activities named one by one; past that all are looked through


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """A posted figure, the one of now, and each record's difference: those that count otherwise first."""

    posted: PostedFigure
    now: IndicatorActual
    records: list[Difference]
    entries: Recent
    on_indicator: Sequence[AuditEntry]
    booked_in: dict[RecordKey, list[Period]]
    answers: dict[int, int]

    @property
    def changed(self) -> list[Difference]:
        return [each for each in self.records if each.is_changed]

    @property
    def booked(self) -> Part:
        return summed_up([each.booked for each in self.records])

    @property
    def waiting(self) -> Part:
        return summed_up([each.waiting for each in self.records])

    @property
    def counted(self) -> int:
        return self.booked.counted + self.waiting.counted

    @property
    def base(self) -> int:
        return self.booked.base + self.waiting.base

    @property
    def is_measured(self) -> bool:
        """Whether there is, or was, anything to count."""
        return self.posted.row.measure is not None or self.now.measure is not None

    @property
    def is_comparable(self) -> bool:
        """Whether both figures are counted alike; those of two measures cannot be subtracted."""
        return self.posted.row.measure == self.now.measure

    @property
    def is_proven(self) -> bool:
        """Whether the differences of all records sum to the figure now less the figure then."""
        then, now = self.posted.row, self.now
        is_amount = (now.amount or 0) - (then.amount or 0) == self.counted
        return is_amount and (now.base is None or now.base - (then.base or 0) == self.base)


@dataclass(frozen=True, slots=True)
class ToldRecord:
    """One record of the list with what it is called and all the trail tells of it since."""

    difference: Difference
    record: Record
    entries: list[AuditEntry]
    months: list[Period]
    answers: int


def changes_since(session: Session, indicator: Indicator, posted: PostedFigure) -> ChangesSince:
    """Everything but names and entries of the single records, which pages ask for with `told_records`."""
    rule = session.get(Rule, indicator.id)
    measure = BY_KEY.get((rule.measure if rule else None) or "")
    entries = recent(session, posted.posted_at)
    found = differences(session, posted.rows, measure, touched=entries.touched)
    found.sort(key=lambda each: (not each.is_changed, not each.waiting.rows, each.days, each.source_id))
    return ChangesSince(
        posted=posted,
        now=_now(session, posted, measure, found),
        records=found,
        entries=entries,
        on_indicator=entries_of_indicator(session, indicator, entries),
        booked_in=booked_in(session, posted.rows),
        answers=_answers(session, indicator, posted, found) if measure and SURVEY in measure.sources else {},
    )


def told_records(session: Session, changes: ChangesSince, found: Sequence[Difference]) -> list[ToldRecord]:
    """Some of the records, named and explained."""
    keys = [(each.source, each.source_id) for each in found]
    named = records_of(session, keys)
    told = entries_of_records(session, {key: named[key].activity for key in keys}, changes.entries)
    return [
        ToldRecord(
            difference=each,
            record=named[key],
            entries=told.get(key, []),
            months=changes.booked_in.get(key, []),
            answers=changes.answers.get(each.source_id, 0) if each.source == SURVEY.key else 0,
        )
        for key, each in zip(keys, found, strict=True)
    ]


def summed_up(parts: Sequence[Part]) -> Part:
    return Part(
        sum(part.counted for part in parts),
        sum(part.base for part in parts),
        sum(part.rows for part in parts),
    )


def _now(
    session: Session, posted: PostedFigure, measure: Measure | None, found: Sequence[Difference]
) -> IndicatorActual:
    """The figure the facts give now, reckoned on its own and not from the differences."""
    records = posted.row.records + sum(each.counts_now - each.counted_then for each in found)
    row = replace(posted.row, measure=measure, posted_at=None, adjustments=0, records=records)
    if measure is None:
        return replace(row, amount=None, base=None)
    figure = live_figure(session, posted.row.indicator_id, measure, posted.row.period)
    return replace(row, amount=figure.amount, base=figure.base)


def _answers(
    session: Session, indicator: Indicator, posted: PostedFigure, found: Sequence[Difference]
) -> dict[int, int]:
    """How many answers came since by screen, by activity: the trail does not tell of them.

    Where they changed what an activity counts, it is among those found; so few of them need counting.
    """
    ids = [each.source_id for each in found if each.source == SURVEY.key]
    if not ids:
        return {}
    among = Activity.id.in_(ids) if len(ids) <= MOST_NAMED else true()
    rows = session.execute(
        select(Response.activity_id, func.count())
        .join(Activity, Activity.id == Response.activity_id)
        .where(
            Activity.project_id.in_(branch_of(indicator.project)),
            Activity.held_on <= posted.row.period.last_day,
            Response.submitted_at > posted.posted_at,
            IS_COUNTED,
            among,
        )
        .group_by(Response.activity_id)
    )
    return {row[0]: row[1] for row in rows}
