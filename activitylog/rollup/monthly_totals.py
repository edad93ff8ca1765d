"""Monthly totals of an indicator: what contributions, or postings, of each month add to its figure."""

import typing
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import add
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from activitylog.core.database import PeriodColumn
from activitylog.core.dialects import Rows, day_text, insert_for, month_of, text_hash
from activitylog.core.period import Period, year_periods
from activitylog.indicators.sources import SOURCES
from activitylog.rollup.models import CONTRIBUTION, MonthRecords, Posting
from activitylog.rollup.postings import CHANGED_MONTH
from activitylog.rollup.roll_up_range import RollUpRange, year_indicators


@dataclass(slots=True)
class MonthlyTotal:
    """What one month adds to an indicator's amount, base, distinct keys and contributing records."""

    amount: int = 0
    base: int = 0
    keys: int = 0
    records: int = 0

    def after(self, before: "MonthlyTotal") -> "MonthlyTotal":
        """The totals at the month's end, given those at the end of the month before."""
        return MonthlyTotal(
            before.amount + self.amount,
            before.base + self.base,
            before.keys + self.keys,
            before.records + self.records,
        )


@dataclass(frozen=True, slots=True)
class MonthPostings:
    """The postings of one month: how many, how many of them adjustments, and the sum of their hashes."""

    postings: int = 0
    adjustments: int = 0
    checksum: int = 0


MonthlyTotals: TypeAlias = defaultdict[int, defaultdict[Period, MonthlyTotal]]
PostedMonths: TypeAlias = dict[tuple[int, Period], MonthPostings]


def totals_to_date(totals: Mapping[Period, MonthlyTotal], months: Sequence[Period]) -> list[MonthlyTotal]:
    """The running sum over consecutive months."""
    steps = (totals.get(month, MonthlyTotal()) for month in months)
    return list(accumulate(steps, lambda before, month: month.after(before)))


def contribution_totals(session: Session, *, first: Period) -> MonthlyTotals:
    """What CONTRIBUTION adds in each month from `first` on, with all before in `first`.

    What has no key is one contribution a record. A record of several keys counts from the first of them on,
    and a key from its first record on: nothing a measure counts takes away from what it counts elsewhere.
    """
    columns = CONTRIBUTION.c
    keyed = select(columns.indicator_id, func.min(columns.period).label("period")).where(columns.key != "")
    records = keyed.group_by(columns.source, columns.source_id, columns.indicator_id)
    keys = keyed.group_by(columns.indicator_id, columns.key)
    totals = _no_totals()
    without_key = func.sum(case((columns.key == "", 1), else_=0)).label("counted")
    month = (columns.indicator_id, _not_before(first, columns.period))
    sums = select(*month, func.sum(columns.amount).label("amount"), func.sum(columns.base).label("base"))
    for row in session.execute(sums.add_columns(without_key).group_by(*month)):
        total = totals[row.indicator_id][row.period]
        total.amount, total.base, total.records = int(row.amount), int(row.base), int(row.counted)
    for row in session.execute(_counted(records, first)):
        totals[row.indicator_id][row.period].records += row.counted
    _add_counts(session, totals, "keys", _counted(keys, first))
    return totals


def _not_before(first: Period, month: ColumnElement[Period]) -> ColumnElement[Period]:
    """The month, or `first` for one before it."""
    first_month = literal(first, PeriodColumn)
    return case((month < first_month, first_month), else_=month).label("period")


def posting_totals(session: Session, year: int) -> MonthlyTotals:
    """What a year's postings add in each month, whatever was taken back in later ones."""
    postings = select().where(_is_of_year(year))
    posting = Posting.__table__.c
    totals = _no_totals()
    month = (posting.indicator_id, posting.period)
    sums = (func.sum(posting.amount).label("amount"), func.sum(posting.base).label("base"))
    _add_sums(session, totals, postings.add_columns(*month, *sums).group_by(*month))
    record = (posting.indicator_id, posting.source, posting.source_id, posting.period)
    records = postings.add_columns(*record, *sums).group_by(*record)
    _add_counts(session, totals, "records", _appearing(records, ("amount", "base")))
    key = (posting.indicator_id, posting.key, posting.period)
    keys = postings.add_columns(*key, sums[0]).where(posting.key != "").group_by(*key)
    _add_counts(session, totals, "keys", _appearing(keys, ("amount",)))
    return totals


def posted_months(session: Session, year: int) -> PostedMonths:
    """How many postings each month of a year's indicators holds."""
    return _posted(session, _postings_of_months().where(_is_of_year(year)))


def changed_months(session: Session) -> PostedMonths:
    """How many postings each of CHANGED_MONTH holds."""
    columns = CHANGED_MONTH.c
    is_of_month = and_(Posting.indicator_id == columns.indicator_id, Posting.period == columns.period)
    posted = {
        (row.indicator_id, row.period): MonthPostings() for row in session.execute(select(CHANGED_MONTH))
    }
    return posted | _posted(session, _postings_of_months().join(CHANGED_MONTH, is_of_month))


def _postings_of_months() -> Rows:
    is_adjustment = month_of(Posting.occurred_on) < type_coerce(Posting.period, String)
    columns = (Posting.indicator_id, Posting.period)
    return select(
        *columns,
        func.count().label("postings"),
        func.sum(case((is_adjustment, 1), else_=0)).label("adjustments"),
        func.sum(text_hash(_posting_text())).label("checksum"),
    ).group_by(*columns)


def _posted(session: Session, rows: Rows) -> PostedMonths:
    return {
        (row.indicator_id, row.period): MonthPostings(row.postings, int(row.adjustments), int(row.checksum))
        for row in session.execute(rows)
    }


def _is_of_year(year: int) -> ColumnElement[bool]:
    months = year_periods(year)
    is_of_year: ColumnElement[bool] = Posting.period.between(months[0], months[-1])
    return is_of_year & Posting.indicator_id.in_(year_indicators(year))


def _posting_text() -> ColumnElement[str]:
    """All a posting says of its month, in one text."""
    numbers = (Posting.source_id, Posting.amount, Posting.base)
    texts = (Posting.source, Posting.key, day_text(Posting.occurred_on))
    return reduce(add, (part + literal("|") for part in (*texts, *(cast(n, String) for n in numbers))))


def _no_totals() -> MonthlyTotals:
    return defaultdict(lambda: defaultdict(MonthlyTotal))


def _add_sums(session: Session, totals: MonthlyTotals, rows: Rows) -> None:
    for row in session.execute(rows):
        total = totals[row.indicator_id][row.period]
        total.amount, total.base = int(row.amount), int(row.base)


def _add_counts(session: Session, totals: MonthlyTotals, name: str, rows: Rows) -> None:
    for row in session.execute(rows):
        setattr(totals[row.indicator_id][row.period], name, int(row.counted))


def _counted(things: Rows, first: Period) -> Rows:
    """Per indicator and month from `first` on, how many rows there are."""
    thing = things.subquery("thing")
    month = (thing.c.indicator_id, _not_before(first, thing.c.period))
    return select(*month, func.count().label("counted")).group_by(*month)


def _appearing(monthly: Rows, sums: Sequence[str]) -> Rows:
    """Per indicator and month, how many of the rows' things began less how many ceased to count.

    A thing is what all columns but period and sums name; with one sum it counts while that is more than
    nothing, with two while either is anything.
    """
    part = monthly.subquery("monthly")
    same = [column for column in part.c if column.key not in {"period", *sums}]
    now = [func.sum(part.c[name]).over(partition_by=same, order_by=part.c.period) for name in sums]
    running = select(
        part.c.indicator_id,
        part.c.period,
        *(each.label(f"{name}_now") for each, name in zip(now, sums, strict=True)),
        *(part.c[name] for name in sums),
    ).subquery("running")
    counts_now = _counts([running.c[f"{name}_now"] for name in sums])
    counted_before = _counts([running.c[f"{name}_now"] - running.c[name] for name in sums])
    counted = func.sum(case((counts_now, 1), else_=0) - case((counted_before, 1), else_=0))
    month = (running.c.indicator_id, running.c.period)
    return select(*month, counted.label("counted")).group_by(*month)


def _counts(sums: Sequence[ColumnElement[int]]) -> ColumnElement[bool]:
    return sums[0] > 0 if len(sums) == 1 else or_(*(each != 0 for each in sums))


def write_month_records(session: Session, span: RollUpRange) -> None:
    """Count the open months whose postings changed, and those never counted."""
    changed = set(session.scalars(select(CHANGED_MONTH.c.period).distinct()))
    known = set(session.scalars(select(MonthRecords.period).where(span.is_open(MonthRecords.period))))
    months = [month for month in span.months if month in changed or month not in known]
    rows = [{"period": month, "records": count} for month, count in _dated_records(session, months).items()]
    if rows:
        adding = insert_for(session, typing.cast(Table, MonthRecords.__table__))
        changes = {"records": adding.excluded.records}
        session.execute(adding.on_conflict_do_update(index_elements=["period"], set_=changes), rows)


def records_by_month(session: Session, months: Collection[Period]) -> Mapping[Period, int]:
    """The counts of rolled-up months; a month the roll-up has not counted is counted now."""
    stored = session.scalars(select(MonthRecords).where(MonthRecords.period.in_(months)))
    counts = {row.period: row.records for row in stored}
    return counts | _dated_records(session, [month for month in months if month not in counts])


def _dated_records(session: Session, months: Collection[Period]) -> dict[Period, int]:
    """An activity is one record, whatever sources count it."""
    if not months:
        return {}
    of_activities = [source.key for source in SOURCES if source.is_activity]
    source = case((Posting.source.in_(of_activities), literal("")), else_=Posting.source)
    columns = (Posting.period, source.label("source"), Posting.source_id)
    records = select(*columns).where(Posting.period.in_(months)).distinct().subquery("record")
    rows = session.execute(select(records.c.period, func.count()).group_by(records.c.period))
    return dict.fromkeys(months, 0) | {row[0]: row[1] for row in rows}
