"""The calendar feed of a person: made, renewed, closed, and its events."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from tests.activities.calendar.test_export import read
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.pages.cast import Cast, pages_cast


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2024, 6, 12, 4, 0, tzinfo=UTC), tick=True):
        yield


cast = pages_cast


def renewed(client: FlaskClient) -> str:
    """The path of a new address, as the person's page shows it once."""
    page = client.post("/me/calendar", follow_redirects=True).text
    found = re.search(r"http[^<\"]*(/calendar/[\w-]+\.ics)", unescape(page))
    assert found
    assert found[0] not in client.get("/me").text
    return found[1]


def test_the_feed_shows_what_its_owner_may_read(cast: Cast, app: Flask, session: Session) -> None:
    plan = {"status": Status.PLANNED, "held_on": None, "planned_on": date(2024, 6, 20)}
    make_activity(session, cast.project, title="要办的", **plan)
    make_activity(session, cast.project, title="办过的", held_on=date(2024, 6, 1))
    make_activity(session, cast.project, title="取消的", status=Status.WITHDRAWN, held_on=date(2024, 6, 2))
    make_activity(session, make_project(session), title="别人的", held_on=date(2024, 6, 3))
    session.commit()
    answered = app.test_client().get(renewed(cast.organizer))
    assert answered.content_type == "text/calendar; charset=utf-8"
    _, events = read(answered.data)
    assert [(event["SUMMARY"], event["DTSTART;VALUE=DATE"], event["STATUS"]) for event in events] == [
        ("办过的", "20240601", "CONFIRMED"),
        ("取消的", "20240602", "CANCELLED"),
        ("要办的", "20240620", "CONFIRMED"),
    ]
    assert len(read(app.test_client().get(renewed(cast.manager)).data)[1]) == 4


def test_a_start_that_is_known_is_in_the_feed(cast: Cast, app: Flask, session: Session) -> None:
    make_activity(session, cast.project, held_on=date(2024, 6, 1), start_time=time(7, 30))
    session.commit()
    _, (event,) = read(app.test_client().get(renewed(cast.organizer)).data)
    assert (event["DTSTART"], event["DTEND"]) == ("20240531T233000Z", "20240601T013000Z")


def test_what_has_not_changed_is_not_sent_again(cast: Cast, app: Flask, session: Session) -> None:
    make_activity(session, cast.project, held_on=date(2024, 6, 1))
    session.commit()
    address, phone = renewed(cast.organizer), app.test_client()
    first = phone.get(address)
    again = phone.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    make_activity(session, cast.project, held_on=date(2024, 6, 2))
    session.commit()
    assert phone.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_old_address_a_closed_one_and_a_guess_answer_nothing(
    cast: Cast, app: Flask, session: Session
) -> None:
    old, phone = renewed(cast.organizer), app.test_client()
    new = renewed(cast.organizer)
    assert [phone.get(address).status_code for address in (old, new)] == [404, 200]
    cast.organizer.post("/me/calendar/close")
    assert phone.get(new).status_code == 404
    assert phone.get("/calendar/guess.ics").status_code == 404
    third = renewed(cast.organizer)
    session.rollback()
    cast.owner.is_enabled = False
    session.commit()
    assert phone.get(third).status_code == 404
