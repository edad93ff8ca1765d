"""The page of paper tallies: piles typed in and withdrawn, photos of the sheets."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.plausibility.models import HeadsConfirmation
from activitylog.files.models import StoredFile
from activitylog.surveys.models import PaperTally
from tests.factories.accounts import make_user
from tests.factories.files import make_photo
from tests.factories.projects import make_project
from tests.factories.records import approve_waiting
from tests.factories.surveys import NOON, make_paper_tally, make_surveyed_activity
from tests.factories.trail import last
from tests.signed_in import signed_in
from tests.surveys.conftest import Cast

PLACE = "/activities/2024-0007/tallies"
TALLY = {"very_satisfied": "12", "recorded_on": "2024-06-12"}
PILE = TALLY | {"satisfied": "3"}


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


def test_an_auditor_types_nothing_in(cast: Cast) -> None:
    assert cast.auditor.post(f"{cast.address}/tallies", data=PILE).status_code == 403
    assert cast.auditor.post(f"{cast.address}/tallies/withdraw", data={}).status_code == 403


def test_a_pile_of_paper_is_typed_in_and_shown(cast: Cast, session: Session) -> None:
    saved = cast.organizer.post(f"{cast.address}/tallies", data=PILE, follow_redirects=True)
    assert "纸质问卷已登记" in saved.text
    assert "比人数多" not in saved.text
    assert "扫码 3 份，纸质 0 份，另有纸质 15 份待审核" in saved.text
    approve_waiting(session)
    assert "扫码 3 份，纸质 15 份" in cast.organizer.get(f"{cast.address}/tallies").text
    tally = session.scalars(select(PaperTally)).one()
    assert (tally.very_satisfied, tally.satisfied, tally.neutral, tally.total) == (12, 3, 0, 15)
    assert tally.created_by_id is not None


def test_a_pile_sent_twice_is_one_pile_and_a_later_one_is_asked_about(cast: Cast, session: Session) -> None:
    def page_text(**changes: str) -> str:
        return cast.organizer.post(f"{cast.address}/tallies", data=PILE | changes, follow_redirects=True).text

    assert "纸质问卷已登记" in page_text()
    assert "没有重复添加" in page_text()
    assert len(session.scalars(select(PaperTally)).all()) == 1
    session.rollback()
    assert "纸质问卷已登记" in page_text(neutral="1")
    sentence = "这场活动已有一叠份数完全相同的问卷（非常满意 12、满意 3）"
    assert sentence not in cast.organizer.get(f"{cast.address}/tallies").text
    with time_machine.travel(NOON + timedelta(minutes=2), tick=False):
        assert sentence in page_text()
        page = page_text(heads_confirmed="y")
    assert "纸质问卷已登记" in page
    assert f"{sentence}；" in page or f"{sentence}。" in page


def test_another_person_who_enters_the_same_pile_is_asked_at_once(
    app: Flask, cast: Cast, session: Session
) -> None:
    address = f"{cast.address}/tallies"
    cast.organizer.post(address, data=PILE)
    other = make_user(session, role=Role.MANAGER)
    session.commit()
    asked = signed_in(app, other).post(address, data=PILE)
    assert asked.status_code == 422
    assert "已有一叠份数完全相同的问卷" in asked.text


def test_more_answers_than_heads_are_asked_about_and_stored_once_confirmed(
    cast: Cast, session: Session
) -> None:
    address, pile = f"{cast.address}/tallies", PILE | {"satisfied": "300"}
    asked = cast.organizer.post(address, data=pile)
    assert asked.status_code == 422
    assert "扫码和纸质问卷共 315 份，比登记的受众 60 人多" in asked.text
    assert "份数没有写错" in asked.text
    session.rollback()
    assert session.scalars(select(PaperTally)).all() == []
    saved = cast.organizer.post(address, data=pile | {"heads_confirmed": "y"}, follow_redirects=True)
    assert "确认过。" in saved.text
    session.rollback()
    (confirmation,) = session.scalars(select(HeadsConfirmation))
    assert (confirmation.rule, confirmation.figure) == ("answers", "60/0/315")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"very_satisfied": "", "satisfied": "0"}, "五项都是 0"),
        ({"neutral": "-1"}, "应为不小于 0 的整数"),
        ({"recorded_on": ""}, "请填写登记日期。"),
        ({"recorded_on": "2024-06-13"}, "登记日期不能晚于今天（6月12日 周三）"),
        ({"recorded_on": "2024-06-11"}, "登记日期不能早于活动当天（2024年6月12日 周三）"),
    ],
)
def test_a_bad_pile_is_refused_beside_its_field(
    cast: Cast, session: Session, changes: dict[str, str], sentence: str
) -> None:
    refused = cast.organizer.post(f"{cast.address}/tallies", data=PILE | changes)
    assert (refused.status_code, sentence in refused.text) == (422, True)
    assert session.scalars(select(PaperTally)).all() == []


def test_a_pile_is_withdrawn_with_a_reason_and_stays_readable(cast: Cast, session: Session) -> None:
    cast.organizer.post(f"{cast.address}/tallies", data=PILE)
    tally_id = session.scalars(select(PaperTally.id)).one()
    session.rollback()
    place = f"{cast.address}/tallies/withdraw"
    assert cast.organizer.post(place, data={"tally_id": tally_id, "reason": ""}).status_code == 422
    posted = {"tally_id": tally_id, "reason": "登记错了活动"}
    page = cast.organizer.post(place, data=posted, follow_redirects=True).text
    assert "撤回原因：登记错了活动" in page
    assert "纸质 0 份" in page
    assert cast.organizer.post(place, data=posted).status_code == 409


@pytest.mark.parametrize("number", ["", "abc", "0", "99999999999999999999", "9" * 400, "9" * 5000])
def test_a_pile_there_cannot_be_is_not_withdrawn(cast: Cast, number: str) -> None:
    posted = {"tally_id": number, "reason": "数错了"}
    assert cast.organizer.post(f"{cast.address}/tallies/withdraw", data=posted).status_code == 422


def test_a_pile_of_another_activity_is_not_withdrawn(cast: Cast, session: Session) -> None:
    tally = make_paper_tally(session, make_surveyed_activity(session), satisfied=5)
    posted = {"tally_id": tally.id, "reason": "错"}
    session.commit()
    assert cast.organizer.post(f"{cast.address}/tallies/withdraw", data=posted).status_code == 404
