"""The range of a roll-up: the open months of a year and its indicators; and when a month is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, func, not_, select, true
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows
from activitylog.core.period import Period, business_day, start_of_day, year_periods
from activitylog.errors import PeriodClosed
from activitylog.indicators.closings.models import Closing
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.models import ROLL_UP, Actual, JobRun, Posting

ROLL_UP_HOUR = 2  # at night, in Shanghai
START_GRACE = timedelta(hours=2)  # after which a roll-up that is due counts as missed


@dataclass(frozen=True, slots=True)
class RollUpRange:
    """The open months of a year that a roll-up writes, in order; the year's months before them are closed."""

    months: tuple[Period, ...]

    @property
    def first(self) -> Period:
        return self.months[0]

    @property
    def last(self) -> Period:
        return self.months[-1]

    @property
    def year(self) -> int:
        return self.last.year

    @property
    def has_closed_months(self) -> bool:
        return self.first.month > 1

    def is_open(self, period: Any) -> ColumnElement[bool]:
        return cast(ColumnElement[bool], period.between(self.first, self.last))

    def is_closed(self, period: Any) -> ColumnElement[bool]:
        return cast(ColumnElement[bool], period.between(self.first.first_of_year, self.first.previous))

    def is_not_frozen(self) -> ColumnElement[bool]:
        """The condition on postings of the year's indicators a roll-up may delete, also in a wrong month."""
        return not_(self.is_closed(Posting.period)) if self.has_closed_months else true()


def year_indicators(year: int) -> Rows:
    """The ids of a year's indicators."""
    return select(Indicator.id).join(Project, Project.id == Indicator.project_id).where(Project.year == year)


def roll_up_range(session: Session, period: Period) -> RollUpRange:
    """The open months of the year up to `period`, and those after it that have been rolled up before.

    Open months of a year are a tail. Raises PeriodClosed when `period` is none of them.
    """
    if session.get(Closing, period) is not None:
        raise PeriodClosed(f"{period.label}已经结账，不能再汇总；之后的变动会记入下一个未结账的月份。")
    last = max(period, last_rolled_up(session, period.year) or period)
    return RollUpRange(open_months(session, period.first_of_year, last))


def last_rolled_up(session: Session, year: int) -> Period | None:
    """The latest month of a year that has actuals."""
    of_year = Actual.period.between(Period(year, 1), Period(year, 12))
    return session.scalar(select(func.max(Actual.period)).where(of_year))


def open_months(session: Session, first: Period, last: Period) -> tuple[Period, ...]:
    """The months of a span that are not closed."""
    closed = set(session.scalars(select(Closing.period).where(Closing.period.between(first, last))))
    return tuple(month for month in first.through(last) if month not in closed)


def due_at(month: Period) -> datetime:
    """When a month's roll-up is due: ROLL_UP_HOUR of the next month's first day."""
    return start_of_day(month.end) + timedelta(hours=ROLL_UP_HOUR)


def years_declared_at(session: Session) -> dict[int, datetime]:
    """The moment the first project of each declared year was created, the oldest year first."""
    rows = session.execute(
        select(Project.year, func.min(Project.created_at)).group_by(Project.year).order_by(Project.year)
    )
    return {row[0]: row[1] for row in rows}


def due_months(session: Session, now: datetime) -> tuple[Period, ...]:
    """The ended months of declared years without a finished run, in order."""
    done = set(session.scalars(select(JobRun.period).where(JobRun.job == ROLL_UP, JobRun.is_done)))
    last = Period.of(business_day(now)).previous
    months = (month for year in years_declared_at(session) for month in year_periods(year))
    return tuple(month for month in months if month <= last and month not in done and now >= due_at(month))


def late_months(session: Session, now: datetime) -> list[Period]:
    """Months whose roll-up fell due after their year was declared, and that nobody has rolled up in time."""
    rolled_up = set(session.scalars(select(Actual.period).distinct()))
    declared_at = years_declared_at(session)
    return [
        month
        for month in due_months(session, now - START_GRACE)
        if month not in rolled_up and due_at(month) >= declared_at[month.year]
    ]
