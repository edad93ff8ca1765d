"""Reads how the years round, what they count as satisfaction, and which have begun to close."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.years.models import YearRounding
from activitylog.projects.models import Project
from activitylog.surveys.years.models import YearSatisfaction
from activitylog.surveys.years.rules import SATISFACTION_LABELS, SatisfactionMethod


@dataclass(frozen=True, slots=True)
class RoundingOfYear:
    """One declared year: whether it rounds first, who said so, and whether a month of it is closed."""

    year: int
    rounds_first: bool
    by: str
    is_settled: bool

    @property
    def text(self) -> str:
        return "先取两位小数再与目标比较" if self.rounds_first else "按精确的数与目标比较"


def rounding_of_years(session: Session) -> list[RoundingOfYear]:
    """The declared years, the newest first."""
    rows = session.execute(
        select(Project.year, func.coalesce(YearRounding.rounds_first, False), func.coalesce(User.name, ""))
        .outerjoin(YearRounding, YearRounding.year == Project.year)
        .outerjoin(User, User.id == YearRounding.changed_by_id)
        .distinct()
        .order_by(Project.year.desc())
    ).all()
    settled = _settled_years(session)
    return [RoundingOfYear(year, first, by, year in settled) for year, first, by in rows]


@dataclass(frozen=True, slots=True)
class SatisfactionOfYear:
    """One declared year: what counts as satisfaction, who said so, and whether a month of it is closed."""

    year: int
    method: SatisfactionMethod
    by: str
    is_settled: bool

    @property
    def text(self) -> str:
        return SATISFACTION_LABELS[self.method]


def satisfaction_of_years(session: Session) -> list[SatisfactionOfYear]:
    """The declared years, the newest first."""
    rows = session.execute(
        select(Project.year, YearSatisfaction.method, func.coalesce(User.name, ""))
        .outerjoin(YearSatisfaction, YearSatisfaction.year == Project.year)
        .outerjoin(User, User.id == YearSatisfaction.changed_by_id)
        .distinct()
        .order_by(Project.year.desc())
    ).all()
    settled = _settled_years(session)
    return [
        SatisfactionOfYear(year, method or SatisfactionMethod.SHARE, by, year in settled)
        for year, method, by in rows
    ]


def _settled_years(session: Session) -> set[int]:
    return {period.year for period in session.scalars(select(Closing.period))}


def has_closed_month(session: Session, year: int) -> bool:
    months = [Period(year, month) for month in range(1, 13)]
    return session.scalar(select(Closing.period).where(Closing.period.in_(months)).limit(1)) is not None
