"""Reads the years whose figures are rounded first, and which years have begun to close."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.years.models import YearRounding
from activitylog.projects.models import Project


@dataclass(frozen=True, slots=True)
class RoundingOfYear:
    """One declared year: whether it rounds first, who said so, and whether a month of it is closed."""

    year: int
    rounds_first: bool
    by: str
    is_settled: bool


def rounding_of_years(session: Session) -> list[RoundingOfYear]:
    """The declared years, the newest first."""
    rows = session.execute(
        select(Project.year, func.coalesce(YearRounding.rounds_first, False), func.coalesce(User.name, ""))
        .outerjoin(YearRounding, YearRounding.year == Project.year)
        .outerjoin(User, User.id == YearRounding.changed_by_id)
        .distinct()
        .order_by(Project.year.desc())
    ).all()
    settled = {period.year for period in session.scalars(select(Closing.period))}
    return [RoundingOfYear(year, first, by, year in settled) for year, first, by in rows]


def has_closed_month(session: Session, year: int) -> bool:
    months = [Period(year, month) for month in range(1, 13)]
    return session.scalar(select(Closing.period).where(Closing.period.in_(months)).limit(1)) is not None
