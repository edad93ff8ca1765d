"""The page of paper tallies: photos of the sheets."""

import io
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.files.models import StoredFile
from activitylog.surveys.models import PaperTally
from tests.factories.accounts import make_user
from tests.factories.files import make_photo
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.factories.trail import last
from tests.signed_in import signed_in

PLACE = "/activities/2024-0007/tallies"
TALLY = {"very_satisfied": "12", "recorded_on": "2024-06-12"}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def people(app: Flask, session: Session) -> tuple[FlaskClient, FlaskClient]:
    """The activity's organizer and one of another project."""
    project = make_project(session)
    make_surveyed_activity(session, project=project, number="2024-0007")
    users = make_user(session, project), make_user(session, make_project(session))
    session.commit()
    organizer, stranger = (signed_in(app, user) for user in users)
    session.rollback()
    return organizer, stranger


def sent(content: bytes, **changes: str) -> dict[str, object]:
    return {**TALLY, **changes, "sheet": (io.BytesIO(content), "汇总表.jpg")}


def test_a_pile_keeps_the_photo_of_its_sheet_without_the_place_it_was_taken(
    people: tuple[FlaskClient, FlaskClient], session: Session
) -> None:
    organizer, stranger = people
    page = organizer.post(PLACE, data=sent(make_photo()), follow_redirects=True).text
    tally = session.scalars(select(PaperTally)).one()
    assert (tally.total, f'src="{PLACE}/{tally.id}-small.jpg"' in page) == (12, True)
    with organizer.get(f"{PLACE}/{tally.id}.jpg") as picture:
        assert picture.content_type == "image/jpeg"
        assert not Image.open(io.BytesIO(picture.data)).getexif()
    with organizer.get(f"{PLACE}/{tally.id}-small.jpg") as small:
        assert small.status_code == 200
    assert stranger.get(f"{PLACE}/{tally.id}.jpg").status_code == 404
    assert tally.sheet is not None
    assert last(session, "tally").changes["sheet"] == (None, tally.sheet.sha256)


def test_what_is_no_picture_is_refused_at_its_field_and_nothing_is_stored(
    people: tuple[FlaskClient, FlaskClient], session: Session
) -> None:
    organizer, _ = people
    refused = organizer.post(PLACE, data=sent(b"not a picture"))
    assert (refused.status_code, 'id="sheet-error"' in refused.text) == (422, True)
    assert 'value="12"' in refused.text
    assert session.scalars(select(PaperTally)).all() == session.scalars(select(StoredFile)).all() == []


def test_a_pile_needs_no_photo_and_then_has_none(
    people: tuple[FlaskClient, FlaskClient], session: Session
) -> None:
    organizer, _ = people
    page = organizer.post(PLACE, data=TALLY, follow_redirects=True).text
    number = session.scalars(select(PaperTally.id)).one()
    assert ("纸质问卷已登记" in page, "photo-sheet" in page) == (True, False)
    missing = organizer.get(f"{PLACE}/{number}.jpg")
    assert (missing.status_code, "没有原表照片" in missing.text) == (404, True)
