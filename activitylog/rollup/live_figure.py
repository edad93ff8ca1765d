"""Computes one indicator's live figure from the facts, and compares it with its postings."""

from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows
from activitylog.core.period import Period
from activitylog.indicators.aggregation import Figure
from activitylog.indicators.measures import Measure
from activitylog.indicators.models import Rule
from activitylog.rollup.contributions import contributions
from activitylog.rollup.models import Posting

_IDENTITY = ("source", "source_id", "key", "occurred_on")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The live figure, and how many records differ from their postings up to the month."""

    amount: int
    base: int | None
    changed: int


def compare_with_postings(
    session: Session, indicator_id: int, measure: Measure, period: Period
) -> Comparison:
    """Compare facts and postings of the year up to the month, record by record."""
    rows = _by_identity(indicator_id, measure, period).subquery("identity")
    record = rows.c.source + literal(":") + cast(rows.c.source_id, String)
    is_distinct = measure.aggregation.counts_keys
    is_changed = or_(rows.c.amount != rows.c.posted_amount, rows.c.base != rows.c.posted_base)
    row = session.execute(
        select(
            func.coalesce(func.sum(rows.c.amount), 0).label("amount"),
            func.coalesce(func.sum(rows.c.base), 0).label("base"),
            _count(is_changed, record).label("changed"),
            *([_count(rows.c.amount > 0, rows.c.key).label("keys")] if is_distinct else []),
        )
    ).one()
    base = None if measure.aggregation.base is None else int(row.base)
    return Comparison(row.keys if is_distinct else int(row.amount), base, row.changed)


def live_figure(session: Session, indicator_id: int, measure: Measure, period: Period) -> Figure:
    """The figure from the facts of the year up to the month."""
    rows = contributions(measure, period.year, only=Rule.indicator_id == indicator_id).subquery("live")
    figures = select(
        func.coalesce(func.sum(rows.c.amount), 0),
        func.coalesce(func.sum(rows.c.base), 0),
        func.count(rows.c.key.distinct()) if measure.aggregation.key else literal(0),
    ).where(rows.c.occurred_on <= period.last_day)
    amount, base, keys = session.execute(figures).one()
    is_distinct = measure.aggregation.counts_keys
    return Figure(
        keys if is_distinct else int(amount), None if measure.aggregation.base is None else int(base)
    )


def _count(condition: ColumnElement[bool], counted: ColumnElement[str]) -> ColumnElement[int]:
    return func.count(case((condition, counted)).distinct())


def _by_identity(indicator_id: int, measure: Measure, period: Period) -> Rows:
    """One row per record, key and day: what it contributes now, and what is posted of it."""
    both = union_all(_live(indicator_id, measure, period), _posted(indicator_id, period)).subquery("both")
    columns = ("amount", "base", "posted_amount", "posted_base")
    sums = [func.sum(both.c[name]).label(name) for name in columns]
    identity = [both.c[name] for name in _IDENTITY]
    return select(*identity, *sums).group_by(*identity)


def _live(indicator_id: int, measure: Measure, period: Period) -> Rows:
    rows = contributions(measure, period.year, only=Rule.indicator_id == indicator_id).subquery("live")
    return _with_zeros(
        select(*(rows.c[name] for name in (*_IDENTITY, "amount", "base"))).where(
            rows.c.occurred_on <= period.last_day
        ),
        "posted_amount",
        "posted_base",
    )


def _with_zeros(rows: Rows, *names: str) -> Rows:
    return rows.add_columns(*(literal(0, Integer).label(name) for name in names))


def _posted(indicator_id: int, period: Period) -> Select[*tuple[object, ...]]:
    return select(
        *(getattr(Posting, name) for name in _IDENTITY),
        literal(0, Integer).label("amount"),
        literal(0, Integer).label("base"),
        Posting.amount.label("posted_amount"),
        Posting.base.label("posted_base"),
    ).where(Posting.indicator_id == indicator_id, Posting.period.between(period.first_of_year, period))
