"""Reads which figure of the answers counts as a year's satisfaction."""

from sqlalchemy.orm import Session

from activitylog.surveys.years.models import YearSatisfaction
from activitylog.surveys.years.rules import SatisfactionMethod


def satisfaction_method(session: Session, year: int) -> SatisfactionMethod:
    row = session.get(YearSatisfaction, year, populate_existing=True)
    return SatisfactionMethod.SHARE if row is None else row.method
