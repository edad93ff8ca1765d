"""The postings a booking makes: facts less what closed months hold; and what they sum to by key."""

from sqlalchemy import ColumnElement, Insert, case, func, insert, literal, or_, select, union_all
from sqlalchemy.orm import Session

from activitylog.core.dialects import PooledRows, Rows, month_of
from activitylog.core.period import Period
from activitylog.indicators.measures import MEASURES, Measure
from activitylog.indicators.models import Rule
from activitylog.rollup.contributions import contributions
from activitylog.rollup.scope import Booking, Scope

_IDENTITY = ("indicator_id", "source", "source_id", "key", "occurred_on")
OF_KEY = ("indicator_id", "key", "period")


def book_postings(session: Session, booking: Booking, scope: Scope) -> None:
    for measure in measures_used(session, scope.indicators):
        session.execute(_posting(measure, booking, scope))
    if not booking.begins_year:
        session.execute(_cancelling(booking, scope))


def measures_used(session: Session, indicators: Rows) -> list[Measure]:
    """The measures that the indicators' rules name."""
    used = set(session.scalars(select(Rule.measure).where(Rule.indicator_id.in_(indicators)).distinct()))
    return [measure for measure in MEASURES if measure.key in used]


def _posting(measure: Measure, booking: Booking, scope: Scope) -> Insert:
    """Facts up to the last month less what closed months already hold of the measure's indicators."""
    part = contributions(
        measure,
        booking.last.year,
        only=Rule.indicator_id.in_(scope.indicators),
        only_touched=scope.only_touched,
    ).subquery("contribution")
    fresh = select(
        *(part.c[name] for name in _IDENTITY),
        _booked_in(part.c.occurred_on, booking.months[0]).label("period"),
        part.c.amount,
        part.c.base,
    ).where(part.c.occurred_on <= booking.last.last_day)
    if booking.begins_year:
        counted = fresh.where(or_(part.c.amount != 0, part.c.base != 0))
        return _entering(scope, counted)
    return _summed(scope, union_all(fresh, _held(booking, scope).where(Rule.measure == measure.key)))


def _cancelling(booking: Booking, scope: Scope) -> Insert:
    """Take back what closed months hold for indicators that are no longer measured."""
    return _summed(scope, union_all(_held(booking, scope).where(Rule.measure.is_(None))))


def _booked_in(occurred_on: ColumnElement[object], first: Period) -> ColumnElement[str]:
    month = month_of(occurred_on)
    return case((month < str(first), literal(str(first))), else_=month)


def _held(booking: Booking, scope: Scope) -> Rows:
    """What the closed months of the year hold, with its sign turned, to be booked in the first open one."""
    first, posting = booking.months[0], scope.posting.c
    return (
        select(
            *(posting[name] for name in _IDENTITY),
            literal(str(first)).label("period"),
            (-posting.amount).label("amount"),
            (-posting.base).label("base"),
        )
        .join(Rule, Rule.indicator_id == posting.indicator_id)
        .where(posting.period.between(first.first_of_year, first.previous), scope.postings())
    )


def _summed(scope: Scope, rows: PooledRows) -> Insert:
    parts = rows.subquery("part")
    amount, base = func.sum(parts.c.amount), func.sum(parts.c.base)
    identity = [parts.c[name] for name in (*_IDENTITY, "period")]
    summed = select(*identity, amount, base).group_by(*identity).having(or_(amount != 0, base != 0))
    return _entering(scope, summed)


def _entering(scope: Scope, rows: Rows) -> Insert:
    return insert(scope.posting).from_select([*_IDENTITY, "period", "amount", "base"], rows)


def sums_of_keys(booking: Booking, scope: Scope, *, sign: int) -> Rows:
    """Of whatever has a key: also of an indicator that counts something else by now."""
    posting = scope.posting.c
    columns = [posting[name] for name in OF_KEY]
    return (
        select(*columns, (func.sum(posting.amount) * sign).label("amount"))
        .where(posting.key != "", booking.holds(posting.period), scope.postings())
        .group_by(*columns)
    )
