"""Sets whether a year's figures are rounded before they are compared, and what counts as satisfaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.errors import Refused
from activitylog.indicators.measures import MEASURES, measure_by
from activitylog.indicators.models import Rule
from activitylog.indicators.years.models import YearRounding
from activitylog.indicators.years.queries import has_closed_month
from activitylog.projects.models import Indicator, Project
from activitylog.surveys.years.models import YearSatisfaction
from activitylog.surveys.years.queries import satisfaction_method
from activitylog.surveys.years.rules import SatisfactionMethod


def set_rounding(session: Session, year: int, *, rounds_first: bool, by: User, now: datetime) -> None:
    """Round first or not, from now on and for the year's past months; refused once one of them is closed."""
    row = session.get(YearRounding, year)
    if (row is not None and row.rounds_first) == rounds_first:
        return
    _refuse_once_closed(session, year, "取舍方法")
    if row is None:
        session.add(YearRounding(year=year, rounds_first=True, changed_at=now, changed_by_id=by.id))
    else:
        row.rounds_first, row.changed_at, row.changed_by_id = rounds_first, now, by.id
    session.flush()


def set_satisfaction(
    session: Session, year: int, method: SatisfactionMethod, *, by: User, now: datetime
) -> bool:
    """Count satisfaction so in the year's rules, and say whether that is a change; takes a roll-up to show.

    Refused once a month of the year is closed.
    """
    if satisfaction_method(session, year) is method:
        return False
    _refuse_once_closed(session, year, "满意度算法")
    session.merge(YearSatisfaction(year=year, method=method, changed_at=now, changed_by_id=by.id))
    others = [measure.key for measure in MEASURES if measure.method not in {None, method}]
    rules = select(Rule).join(Indicator, Indicator.id == Rule.indicator_id).join(Project)
    for rule in session.scalars(rules.where(Project.year == year, Rule.measure.in_(others))):
        rule.measure = measure_by(method, rule.measure)
    session.flush()
    return True


def _refuse_once_closed(session: Session, year: int, what: str) -> None:
    if has_closed_month(session, year):
        raise Refused(f"{year}年已有月份结账，{what}不能再改；确需改动，请先反结账。")
