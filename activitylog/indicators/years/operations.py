"""Sets whether a year's figures are rounded before they are compared."""

from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.errors import Refused
from activitylog.indicators.years.models import YearRounding
from activitylog.indicators.years.queries import has_closed_month


def set_rounding(session: Session, year: int, *, rounds_first: bool, by: User, now: datetime) -> None:
    """Round first or not, from now on and for the year's past months; refused once one of them is closed."""
    row = session.get(YearRounding, year)
    if (row is not None and row.rounds_first) == rounds_first:
        return
    if has_closed_month(session, year):
        raise Refused(f"{year}年已有月份结账，取舍方法不能再改；确需改动，请先反结账。")
    if row is None:
        session.add(YearRounding(year=year, rounds_first=True, changed_at=now, changed_by_id=by.id))
    else:
        row.rounds_first, row.changed_at, row.changed_by_id = rounds_first, now, by.id
    session.flush()
