"""Reads which periods are closed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing


def first_open_month(session: Session, year: int) -> Period | None:
    """The first month of a year that still takes postings; None when all are closed."""
    closed = closed_months(session, Period(year, 1), Period(year, 12))
    if not closed:
        return Period(year, 1)
    return None if closed[-1].month == 12 else closed[-1].next


def closed_months(session: Session, first: Period, last: Period) -> tuple[Period, ...]:
    months = select(Closing.period).where(Closing.period.between(first, last))
    return tuple(session.scalars(months.order_by(Closing.period)))
