"""Reads the full register: who rolled up and closed each month, its records, and changes since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.closings.models import Reopening
from activitylog.rollup.changes.waiting_days import waiting_days
from activitylog.rollup.monthly_totals import records_by_month
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import MonthActors, actors_of_year


@dataclass(frozen=True, slots=True)
class RegisteredMonth:
    """A month's line of the full register; `waiting` counts records dated in it or before, changed since.

    One reopened is open until a moment, `open_until`, and then closed again by itself.
    """

    month: Month
    rolled_up_by: str
    closed_by: str
    revision: int
    records: int
    waiting: int
    open_until: datetime | None

    @property
    def is_revised(self) -> bool:
        """Whether it has been closed and reopened before."""
        return self.revision > 1


def full_register(session: Session, months: Sequence[Month]) -> list[RegisteredMonth]:
    """The lines of one year's register, in a number of statements that no month adds to."""
    year = months[0].period.year
    acts = actors_of_year(session, year)
    reopened = _reopened(session, year)
    records = records_by_month(session, [month.period for month in months if month.is_rolled_up])
    rolled_up_at = [month.posted_at for month in months if month.posted_at is not None]
    days = waiting_days(session, year, max(rolled_up_at)) if rolled_up_at else []
    return [
        _registered(month, acts, reopened.get(month.period), records.get(month.period, 0), days)
        for month in months
    ]


def _registered(
    month: Month, acts: MonthActors, reopened: tuple[int, datetime] | None, records: int, days: Sequence[date]
) -> RegisteredMonth:
    ended, until = reopened or (0, None)
    return RegisteredMonth(
        month=month,
        rolled_up_by=acts.rolled_up_by(month.posted_at),
        closed_by=acts.closed_by.get((month.period, ended + 1), "") if month.closed_at else "",
        revision=ended + 1,
        records=records,
        waiting=_up_to(days, month.period.last_day) if month.is_rolled_up else 0,
        open_until=None if month.closed_at else until,
    )


def _up_to(days: Sequence[date], last: date) -> int:
    return sum(day <= last for day in days)


def _reopened(session: Session, year: int) -> dict[Period, tuple[int, datetime]]:
    """The last revision a month ended with, and until when it was opened, for every reopened month."""
    rows = session.execute(
        select(Reopening.period, Reopening.revision, Reopening.until)
        .where(Reopening.period.between(Period(year, 1), Period(year, 12)))
        .order_by(Reopening.revision)
    )
    return {period: (revision, until) for period, revision, until in rows}
