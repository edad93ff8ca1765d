"""Computes live figures from the facts of now, and compares one indicator's with its postings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import Figure
from activitylog.indicators.measures import MEASURES, Measure
from activitylog.indicators.models import Rule
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.contributions import contributions
from activitylog.rollup.models import Posting
from activitylog.rollup.queries import actuals

_IDENTITY = ("source", "source_id", "key", "occurred_on")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The live figure, of how many records it is made, and how many differ from their postings."""

    amount: int
    base: int | None
    records: int
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
            _count(or_(rows.c.amount != 0, rows.c.base != 0), record).label("records"),
            _count(is_changed, record).label("changed"),
            *([_count(rows.c.amount > 0, rows.c.key).label("keys")] if is_distinct else []),
        )
    ).one()
    base = None if measure.aggregation.base is None else int(row.base)
    return Comparison(row.keys if is_distinct else int(row.amount), base, row.records, row.changed)


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


@dataclass(frozen=True, slots=True)
class LiveTotals:
    """The sums of one indicator over today's facts, not rolled up."""

    amount: int
    base: int | None
    records: int


def live_totals(
    session: Session, period: Period, *, only: ColumnElement[bool] | None = None
) -> dict[int, LiveTotals]:
    """Every measured indicator's sums over the facts dated up to the month's end, by its id.

    `only` is a condition on Indicator.
    """
    condition = true() if only is None else only
    totals: dict[int, LiveTotals] = {}
    for measure in _measures_used(session, period.year, condition):
        for row in session.execute(_live_rows(measure, period, condition)):
            base = None if measure.aggregation.base is None else int(row.base or 0)
            amount = row.keys if measure.aggregation.counts_keys else int(row.amount or 0)
            totals[row.indicator_id] = LiveTotals(amount, base, row.records)
    return totals


def live_actuals(
    session: Session, period: Period, *, project: str | None = None, project_ids: Sequence[int] | None = None
) -> list[IndicatorActual]:
    """The same rows as `actuals`, with figures from today's facts."""
    only = None if project_ids is None else Indicator.project_id.in_(project_ids)
    totals = live_totals(session, period, only=only)
    rows = actuals(session, period, project=project, project_ids=project_ids)
    return [with_live_totals(row, totals.get(row.indicator_id)) for row in rows]


def with_live_totals(row: IndicatorActual, totals: LiveTotals | None) -> IndicatorActual:
    """The row with the live sums."""
    if totals is None:
        return replace(row, posted_at=None, amount=None, base=None, records=0, adjustments=0)
    return replace(
        row,
        posted_at=None,
        amount=totals.amount,
        base=totals.base,
        records=totals.records,
        adjustments=0,
    )


def _measures_used(session: Session, year: int, condition: ColumnElement[bool]) -> list[Measure]:
    keys = (
        select(Rule.measure)
        .join(Indicator, Indicator.id == Rule.indicator_id)
        .join(Project, Project.id == Indicator.project_id)
        .where(Project.year == year, condition)
    )
    used = set(session.scalars(keys.distinct()))
    return [measure for measure in MEASURES if measure.key in used]


def _live_rows(measure: Measure, period: Period, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    part = contributions(measure, period.year, only=condition).subquery("contribution")
    counted = or_(part.c.amount != 0, part.c.base != 0)
    record = part.c.source + literal(":") + cast(part.c.source_id, String)
    return (
        select(
            Rule.indicator_id,
            func.sum(part.c.amount).label("amount"),
            func.sum(part.c.base).label("base"),
            func.count(part.c.key.distinct()).label("keys"),
            func.count(record.distinct()).label("records"),
        )
        .join(Indicator, Indicator.id == Rule.indicator_id)
        .join(Project, and_(Project.id == Indicator.project_id, Project.year == period.year))
        .outerjoin(
            part,
            and_(part.c.indicator_id == Rule.indicator_id, part.c.occurred_on <= period.last_day, counted),
        )
        .where(Rule.measure == measure.key, condition)
        .group_by(Rule.indicator_id)
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
