"""A change of a record in a closed month is announced as an adjustment, for every kind of record."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.core.period import Period, utc_now
from activitylog.indicators.closings.models import Closing
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.publicity import make_media_report, make_push
from tests.pages.cast import Cast, pages_cast
from tests.signed_in import signed_in

SAID = "会作为调整记入2024年7月"
AFTERWARDS = date(2024, 7, 3)


cast = pages_cast


def close_june(session: Session) -> None:
    session.add(Closing(period=Period(2024, 6), revision=1, closed_at=utc_now(), digest=""))
    session.commit()


def test_changing_any_record_of_a_closed_month_says_where_the_change_will_count(
    cast: Cast, session: Session
) -> None:
    project = cast.project
    expense, milestone = make_expense(session, project), make_milestone(session, project)
    push, report = make_push(session, project), make_media_report(session, project)
    activity = make_activity(session, project)
    pages = (
        f"/expenses/{expense.id}/edit",
        f"/expenses/{expense.id}/withdraw",
        f"/milestones/{milestone.id}/edit",
        f"/milestones/{milestone.id}/withdraw",
        f"/pushes/{push.id}/withdraw",
        f"/media-reports/{report.id}/withdraw",
        f"/activities/{activity.number}/tallies",
    )
    session.commit()
    assert [page for page in pages if "已结账" in cast.organizer.get(page).text] == []
    close_june(session)
    assert [page for page in pages if SAID not in cast.organizer.get(page).text] == []


def test_a_record_of_an_open_month_is_changed_without_a_word(cast: Cast, session: Session) -> None:
    expense = make_expense(session, cast.project, paid_on=AFTERWARDS)
    close_june(session)
    assert "已结账" not in cast.organizer.get(f"/expenses/{expense.id}/edit").text


@pytest.mark.parametrize(("month", "is_told"), [(1, True), (2, False)])
def test_in_january_a_new_activity_may_be_of_the_year_before(
    app: Flask, cast: Cast, session: Session, month: int, is_told: bool
) -> None:
    close_june(session)
    with time_machine.travel(datetime(2025, month, 9, 4, tzinfo=UTC), tick=False):
        page = signed_in(app, cast.owner).get("/activities/new").text
    assert ("记活动" in page, SAID in page) == (True, is_told)


def test_adding_a_record_to_a_year_with_closed_months_says_where_it_will_count(
    cast: Cast, session: Session
) -> None:
    activity = make_activity(session, cast.project)
    close_june(session)
    home = f"/projects/{cast.project.id}"
    pages = (
        *(f"{home}/{page}" for page in ("expenses", "milestones", "publicity")),
        *(f"/activities/{activity.number}/{page}" for page in ("pushes", "reports", "articles")),
    )
    assert [page for page in pages if SAID not in cast.organizer.get(page).text] == []
    assert SAID not in cast.auditor.get(f"{home}/expenses").text
