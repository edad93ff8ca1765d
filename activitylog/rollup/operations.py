"""Booking months: postings by signed difference, and actuals as their folds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.errors import PeriodClosed, Refused
from activitylog.period import Period
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.contributions import contributions
from activitylog.rollup.folds import FoldKind
from activitylog.rollup.measures import BY_KEY, MEASURES, Measure
from activitylog.rollup.models import Actual, Closing, Posting, Rule
from activitylog.rollup.movements import Movement, figures_to_date
from activitylog.sql import PooledRows, Rows, hold_books, month_of

_IDENTITY = ("indicator_id", "source", "source_id", "key", "occurred_on")


def post(session: Session, period: Period, *, now: datetime) -> tuple[Period, ...]:
    """Book `period`: its open predecessors of the year first, and the booked open months after it again.

    Open months of a year are a tail, so all of them are booked in one pass: a fact goes to its own month,
    or to the first open one when its month is closed; what closed months hold of it is subtracted there.
    Returns the months booked. Raises PeriodClosed, and Refused for a year with nothing declared.
    """
    hold_books(session)
    if session.scalar(select(func.count()).where(Project.year == period.year)) == 0:
        raise Refused(f"{period.year}年还没有申报表，没有指标可以汇总；请先导入申报表。")
    months = _months_to_book(session, period)
    _clear(session, months)
    for measure in MEASURES:
        session.execute(_booking(measure, months))
    session.execute(_cancelling(months))
    _book_actuals(session, months, now)
    return months


def is_booked(session: Session, period: Period) -> bool:
    """Whether the month has actuals."""
    return session.scalar(select(func.count()).where(Actual.period == period)) != 0


def _months_to_book(session: Session, period: Period) -> tuple[Period, ...]:
    if session.get(Closing, period) is not None:
        raise PeriodClosed(f"{period.label}已经结账，不能再汇总；之后的变动会记入下一个未结账的月份。")
    booked = session.scalar(
        select(func.max(Actual.period)).where(Actual.period.between(period, Period(period.year, 12)))
    )
    return open_months(session, period.first_of_year, max(period, booked or period))


def open_months(session: Session, first: Period, last: Period) -> tuple[Period, ...]:
    """The months of a span that are not closed."""
    closed = set(session.scalars(select(Closing.period).where(Closing.period.between(first, last))))
    return tuple(month for month in first.through(last) if month not in closed)


def _clear(session: Session, months: Sequence[Period]) -> None:
    session.execute(delete(Posting).where(Posting.period.between(months[0], months[-1])))
    session.execute(delete(Actual).where(Actual.period.between(months[0], months[-1])))


def _booking(measure: Measure, months: Sequence[Period]) -> Insert:
    """Facts up to the last month less what closed months already hold of the measure's indicators."""
    facts = contributions(measure, months[0].year).subquery("contribution")
    fresh = select(
        *(facts.c[name] for name in _IDENTITY),
        _booked_in(facts.c.occurred_on, months[0]).label("period"),
        facts.c.amount,
        facts.c.base,
    ).where(facts.c.occurred_on <= months[-1].last_day)
    return _summed(union_all(fresh, _held(months).where(Rule.measure == measure.key)))


def _cancelling(months: Sequence[Period]) -> Insert:
    """Take back what closed months hold for indicators that are no longer measured."""
    return _summed(union_all(_held(months).where(Rule.measure.is_(None))))


def _booked_in(occurred_on: ColumnElement[object], first: Period) -> ColumnElement[str]:
    month = month_of(occurred_on)
    return case((month < str(first), literal(str(first))), else_=month)


def _held(months: Sequence[Period]) -> Rows:
    """What the closed months of the year hold, with its sign turned, to be booked in the first open one."""
    return (
        select(
            *(getattr(Posting, name) for name in _IDENTITY),
            literal(str(months[0])).label("period"),
            (-Posting.amount).label("amount"),
            (-Posting.base).label("base"),
        )
        .join(Rule, Rule.indicator_id == Posting.indicator_id)
        .where(Posting.period >= months[0].first_of_year, Posting.period < months[0])
    )


def _summed(rows: PooledRows) -> Insert:
    parts = rows.subquery("part")
    amount, base = func.sum(parts.c.amount), func.sum(parts.c.base)
    identity = [parts.c[name] for name in (*_IDENTITY, "period")]
    return insert(Posting).from_select(
        [*_IDENTITY, "period", "amount", "base"],
        select(*identity, amount, base).group_by(*identity).having(or_(amount != 0, base != 0)),
    )


def _book_actuals(session: Session, months: Sequence[Period], now: datetime) -> None:
    """One row per indicator of the year and month: the fold of its postings up to the month."""
    figures = figures_to_date(session, months[-1])
    indicators = session.execute(
        select(Indicator.id, Rule.measure)
        .join(Project, Project.id == Indicator.project_id)
        .outerjoin(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.year == months[0].year)
    ).all()
    rows = [
        _actual(indicator_id, measure, month, figures.get(indicator_id, {}).get(month, Movement()))
        | {"posted_at": now}
        for indicator_id, measure in indicators
        for month in months
    ]
    if rows:
        session.execute(insert(Actual), rows)


def _actual(indicator_id: int, key: str | None, month: Period, figures: Movement) -> dict[str, Any]:
    measure = BY_KEY.get(key or "")
    amount = figures.keys if measure and measure.fold.kind is FoldKind.DISTINCT else figures.amount
    return {
        "indicator_id": indicator_id,
        "period": month,
        "measure": key,
        "amount": amount if measure else None,
        "base": figures.base if measure and measure.fold.base else None,
        "records": figures.records,
        "adjustments": figures.adjustments,
    }
