"""Reads which periods are closed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing


def closed_months(session: Session, first: Period, last: Period) -> tuple[Period, ...]:
    months = select(Closing.period).where(Closing.period.between(first, last))
    return tuple(session.scalars(months.order_by(Closing.period)))
