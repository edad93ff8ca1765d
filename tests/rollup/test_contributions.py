"""Whose records an indicator counts."""

from datetime import date

from sqlalchemy.orm import Session

from activitylog.indicators.measures import BY_KEY
from activitylog.rollup.contributions import contributions
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator


def test_a_year_has_the_contributions_to_its_own_indicators(session: Session) -> None:
    """Each year has its own projects, though they may have the same name."""
    measure = "activities_held"
    indicators = {}
    for year in (2022, 2023, 2024):
        project = make_project(session, year=year)
        indicators[year] = make_indicator(session, project, measure=measure)
        make_activity(session, project, held_on=date(year, 1, 10))
    rows = session.execute(contributions(BY_KEY[measure], 2023)).all()
    assert [(row.indicator_id, row.occurred_on) for row in rows] == [(indicators[2023].id, date(2023, 1, 10))]
