"""Reads the changes since a figure was posted: the current figure, and every record that changed it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.sources import Record
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import SOURCE_BY_KEY, records_of
from activitylog.projects.models import Indicator
from activitylog.projects.queries import branch_of
from activitylog.rollup.changes.candidates import Candidates, candidates_since
from activitylog.rollup.changes.postings import PostedFigure, posted_in
from activitylog.rollup.changes.record_changes import (
    RecordChange,
    record_changes,
)
from activitylog.rollup.changes.trail_entries import (
    EntriesSince,
    RecordKey,
    entries_of_indicator,
    entries_of_records,
    entries_since,
)
from activitylog.rollup.drilldown import PostingSum
from activitylog.rollup.live_figure import live_figure

MOST_NAMED = 1_000  # ids of activities in one statement; beyond it those open since are read


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """A posted figure, the current one, and the change of each record, the changed ones first."""

    posted: PostedFigure
    now: IndicatorActual
    records: list[RecordChange]
    entries: EntriesSince
    on_indicator: Sequence[AuditEntry]
    posted_in: dict[RecordKey, list[Period]]
    answers: dict[int, int]

    @property
    def changed(self) -> list[RecordChange]:
        return [each for each in self.records if each.is_changed]

    @property
    def rolled_up(self) -> PostingSum:
        return summed_up([each.rolled_up for each in self.records])

    @property
    def waiting(self) -> PostingSum:
        return summed_up([each.waiting for each in self.records])

    @property
    def counted(self) -> int:
        return self.rolled_up.counted + self.waiting.counted

    @property
    def base(self) -> int:
        return self.rolled_up.base + self.waiting.base

    @property
    def is_measured(self) -> bool:
        """Whether the indicator has, or had, a measure."""
        return self.posted.row.measure is not None or self.now.measure is not None

    @property
    def is_comparable(self) -> bool:
        """Whether both figures have one measure; those of two cannot be subtracted."""
        return self.posted.row.measure == self.now.measure

    @property
    def is_proven(self) -> bool:
        """Whether the changes of all records sum to the current figure less the posted one."""
        return _is_proven(self.posted, self.now, self.records)


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """One record of the list with its title and its audit entries since."""

    change: RecordChange
    record: Record
    entries: list[AuditEntry]
    months: list[Period]
    answers: int


def changes_since(session: Session, indicator: Indicator, posted: PostedFigure) -> ChangesSince:
    """All changes since; titles and entries of single records are read by `changed_records`.

    Records that the trail says nothing of are compared as well, unless the figure is proven without them.
    """
    rule = session.get(Rule, indicator.id)
    measure = BY_KEY.get((rule.measure if rule else None) or "")
    entries = entries_since(session, posted.posted_at)
    on_indicator = entries_of_indicator(session, indicator, entries)
    among = None if on_indicator else _candidates(session, indicator, posted, measure)
    found, now = _compared(session, posted, measure, entries, among)
    if among and not _is_proven(posted, now, found):
        found, now = _compared(session, posted, measure, entries, None)
    found.sort(key=lambda each: (not each.is_changed, not each.waiting.rows, each.days, each.source_id))
    return ChangesSince(
        posted=posted,
        now=now,
        records=found,
        entries=entries,
        on_indicator=on_indicator,
        posted_in=posted_in(session, posted.rows),
        answers=_answers(session, indicator, posted, measure, found),
    )


def _candidates(
    session: Session, indicator: Indicator, posted: PostedFigure, measure: Measure | None
) -> Candidates | None:
    """The records that may have changed; None when the trail cannot say."""
    if measure is None or measure is not posted.row.measure:
        return None
    return candidates_since(
        session,
        posted.posted_at,
        year=indicator.project.year,
        last_day=posted.row.period.last_day,
        among=Activity.project_id.in_(branch_of(indicator.project)),
    )


def _compared(
    session: Session,
    posted: PostedFigure,
    measure: Measure | None,
    entries: EntriesSince,
    among: Candidates | None,
) -> tuple[list[RecordChange], IndicatorActual]:
    found = record_changes(session, posted.rows, measure, also=entries.has_entry, among=among)
    return found, _now(session, posted, measure, found, is_narrowed=among is not None)


def changed_records(
    session: Session, changes: ChangesSince, found: Sequence[RecordChange]
) -> list[ChangedRecord]:
    """Some of the records, each with its title and entries."""
    keys = [(each.source, each.source_id) for each in found]
    named = records_of(session, keys)
    by_record = entries_of_records(session, {key: named[key].activity for key in keys}, changes.entries)
    return [
        ChangedRecord(
            change=each,
            record=named[key],
            entries=by_record.get(key, []),
            months=changes.posted_in.get(key, []),
            answers=changes.answers.get(each.source_id, 0) if SOURCE_BY_KEY[each.source].unrecorded else 0,
        )
        for key, each in zip(keys, found, strict=True)
    ]


def summed_up(parts: Sequence[PostingSum]) -> PostingSum:
    return PostingSum(
        sum(part.counted for part in parts),
        sum(part.base for part in parts),
        sum(part.rows for part in parts),
    )


def _is_proven(posted: PostedFigure, now: IndicatorActual, found: Sequence[RecordChange]) -> bool:
    """Whether the changes of the records sum to the current figure less the posted one."""
    then = posted.row
    counted, base = (sum(getattr(each, name) for each in found) for name in ("counted", "base"))
    is_amount = (now.amount or 0) - (then.amount or 0) == counted
    return is_amount and (now.base is None or now.base - (then.base or 0) == base)


def _now(
    session: Session,
    posted: PostedFigure,
    measure: Measure | None,
    found: Sequence[RecordChange],
    *,
    is_narrowed: bool,
) -> IndicatorActual:
    """The figure from today's facts, computed on its own and not from the changes.

    Where the changes are narrowed, a figure of what the trail does not record follows from them: counting
    all takes too long.
    """
    records = posted.row.records + sum(each.counts_now - each.counted_then for each in found)
    row = replace(posted.row, measure=measure, posted_at=None, adjustments=0, records=records)
    if measure is None:
        return replace(row, amount=None, base=None)
    if is_narrowed and measure.unrecorded:
        amount, base = (sum(getattr(each, name) for each in found) for name in ("counted", "base"))
        return replace(row, amount=(row.amount or 0) + amount, base=(row.base or 0) + base)
    figure = live_figure(session, posted.row.indicator_id, measure, posted.row.period)
    return replace(row, amount=figure.amount, base=figure.base)


def _answers(
    session: Session,
    indicator: Indicator,
    posted: PostedFigure,
    measure: Measure | None,
    found: Sequence[RecordChange],
) -> dict[int, int]:
    """By activity, how much of what the trail does not record was received since.

    Only activities among the changed records are counted.
    """
    unrecorded = measure.unrecorded if measure else None
    ids = [each.source_id for each in found if SOURCE_BY_KEY[each.source].unrecorded]
    if unrecorded is None or not ids:
        return {}
    among = and_(
        Activity.project_id.in_(branch_of(indicator.project)),
        Activity.held_on <= posted.row.period.last_day,
        Activity.id.in_(ids if len(ids) <= MOST_NAMED else unrecorded.activities(posted.posted_at)),
    )
    return unrecorded.count(session, among, posted.posted_at)
