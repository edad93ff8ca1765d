"""Whose records an indicator counts."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.indicators.measures import BY_KEY
from activitylog.projects.models import Project
from activitylog.rollup.contributions import contributions
from activitylog.rollup.live_figure import live_actuals
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
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


JANUARY = datetime(2025, 2, 1, 2, 0, tzinfo=UTC)


def figure(session: Session, project: Project, measure: str, month: int = 12) -> str | None:
    unit = "%" if BY_KEY[measure].aggregation.is_percentage else "次"
    indicator = make_indicator(session, project, measure, unit=unit)
    rows = live_actuals(session, Period(2024, month))
    return next(row.plain_value for row in rows if row.indicator_id == indicator.id)


def test_the_last_days_of_december_are_published_in_time_or_not_within_their_year(session: Session) -> None:
    project = make_project(session, year=2024)
    for published_on in (date(2025, 1, 1), date(2025, 1, 20), None):
        activity = make_activity(session, project, held_on=date(2024, 12, 30), now=JANUARY)
        if published_on is not None:
            make_push(session, activity=activity, published_on=published_on, now=JANUARY)
    activity = make_activity(session, project, held_on=date(2024, 6, 3), now=JANUARY)
    make_push(session, activity=activity, published_on=date(2024, 6, 4), now=JANUARY)
    assert figure(session, project, "releases_on_time", 11) == "100.00"
    assert figure(session, project, "releases_on_time") == "50.00"  # two of four


@pytest.mark.parametrize("measure", ["pushes", "push_batches", "media_reports", "activities_pushed"])
def test_an_article_of_january_about_a_december_activity_counts_in_its_december(
    session: Session, measure: str
) -> None:
    project, next_year = make_project(session, year=2024), make_project(session, year=2025)
    activity = make_activity(session, project, held_on=date(2024, 12, 30), now=JANUARY)
    make_push(session, activity=activity, published_on=date(2025, 1, 5), batch="第1次", now=JANUARY)
    make_media_report(session, activity=activity, published_on=date(2025, 1, 6), now=JANUARY)
    assert figure(session, project, measure, 11) == "0"
    assert figure(session, project, measure) == "1"
    indicator = make_indicator(session, next_year, measure)
    rows = live_actuals(session, Period(2025, 1))
    assert [row.plain_value for row in rows if row.indicator_id == indicator.id] == ["0"]


@pytest.mark.parametrize(
    ("group", "people"), [("", "100"), ("老年人", "30"), ("白领", "0"), ("线上观众", "40")]
)
def test_a_rule_for_an_audience_group_counts_its_people_only(
    session: Session, group: str, people: str
) -> None:
    project = make_project(session)
    make_activity(session, project, audience_onsite=100, audience_online=40, audience_elderly=30)
    indicator = make_indicator(session, project, "people_reached", unit="人", audience_group=group)
    (row,) = [row for row in live_actuals(session, Period(2024, 12)) if row.indicator_id == indicator.id]
    assert row.plain_value == people


def test_a_batch_label_counts_anew_in_every_month_and_project(session: Session) -> None:
    project = make_project(session, year=2024)
    for day in (date(2024, 3, 1), date(2024, 3, 20), date(2024, 4, 2), date(2024, 6, 12)):
        make_push(session, project, published_on=day, batch="第1次")
    make_push(session, project, published_on=date(2024, 6, 12), batch="第2次")
    make_push(session, make_project(session, year=2024), published_on=date(2024, 6, 12), batch="第1次")
    assert figure(session, project, "push_batches") == "4"


@pytest.mark.parametrize(
    "limit", [{"kinds": ("资源配送",)}, {"forms": ("讲座",)}, {"districts": ("310104",)}]
)
@pytest.mark.parametrize(
    ("measure", "unit", "figures"),
    [
        ("pushes", "篇", ("0", "1")),
        ("push_batches", "次", ("0", "1")),
        ("media_reports", "篇", ("0", "1")),
        ("total_cost", "元", ("0.00", "4800.00")),
        ("cost_saving", "%", (None, "4.00")),
        ("cost_per_activity", "元", (None, "4800.00")),
    ],
)
def test_what_hangs_on_an_activity_waits_with_it_where_the_activity_decides(
    session: Session, measure: str, unit: str, figures: tuple[str | None, str], limit: dict[str, Any]
) -> None:
    """Or one person moves a figure: an edit of the kind waits, and the push counts by it at once."""
    project = make_project(session, year=2024)
    activity = make_activity(
        session, project, kinds=("资源配送",), form="讲座", districts=("310104",), now=JANUARY
    )
    make_push(session, activity=activity, now=JANUARY)
    make_media_report(session, activity=activity, now=JANUARY)
    make_expense(session, activity=activity, now=JANUARY)
    limited = make_indicator(session, project, measure, unit=unit, **limit)
    anyone = make_indicator(session, project, measure, unit=unit)
    for status in (Status.LOGGED, Status.RETURNED, Status.APPROVED):
        activity.status = status
        session.flush()
        live = {row.indicator_id: row.plain_value for row in live_actuals(session, Period(2024, 12))}
        assert live[limited.id] == figures[status is Status.APPROVED]
        if measure != "cost_per_activity":  # it is divided by approved activities
            assert live[anyone.id] == figures[1]
