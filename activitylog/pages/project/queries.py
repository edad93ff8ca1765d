"""Reads the actuals of a year's months for the charts of the project page, and projects' children."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from activitylog.core.period import Period
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.models import Actual


def actuals_by_indicator(session: Session, project_ids: Sequence[int], year: int) -> dict[int, list[Actual]]:
    """The actuals of the year's months in order, by indicator id."""
    rows = session.scalars(
        select(Actual)
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .where(
            Indicator.project_id.in_(project_ids),
            Actual.period.between(Period(year, 1), Period(year, 12)),
        )
        .order_by(Actual.period)
    )
    months: dict[int, list[Actual]] = defaultdict(list)
    for actual in rows:
        months[actual.indicator_id].append(actual)
    return months


def load_children(session: Session, projects: Sequence[Project]) -> None:
    """Load the children of all the projects at once."""
    ids = [project.id for project in projects]
    session.scalars(select(Project).where(Project.id.in_(ids)).options(selectinload(Project.children))).all()
