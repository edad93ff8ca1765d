import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta

import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.settings import Settings
from activitylog.surveys.models import PaperTally
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, answer, make_paper_tally, make_surveyed_activity
from tests.signed_in import signed_in

PLACES = ["qr", "qr.png", "poster", "cards", "survey-count", "tallies"]
TALLY = {"very_satisfied": "12", "satisfied": "3", "recorded_on": "2024-06-12"}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@dataclass
class Cast:
    """Who may meet one activity of 60 heads: its organizer, one of another project, an auditor."""

    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient
    activity_id: int
    token: str
    address: str = "/activities/2024-0007"


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project, other = make_project(session), make_project(session)
    activity = make_surveyed_activity(session, project=project, number="2024-0007", heads=60)
    people = (
        make_user(session, project),
        make_user(session, other),
        make_user(session, role=Role.AUDITOR),
    )
    for _ in range(3):
        answer(session, activity)
    cast = Cast(*(signed_in(app, person) for person in people), activity.id, activity.survey_token)
    session.commit()
    return cast


def test_the_png_reads_as_the_public_address_of_the_survey(cast: Cast, settings: Settings) -> None:
    file = cast.organizer.get(f"{cast.address}/qr.png")
    assert file.content_type == "image/png"
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(file.data)))
    assert found.text == f"{settings.public_url}/s/{cast.token}"


def test_the_screen_shows_title_code_and_count_and_refreshes_without_script(cast: Cast) -> None:
    page = cast.auditor.get(f"{cast.address}/qr").text
    assert "暑期天文课堂" in page
    assert f'src="{cast.address}/qr.png"' in page
    assert ">3</b>" in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_the_screen_says_from_when_its_code_is_of_use(cast: Cast, session: Session) -> None:
    assert re.search('<p class="qr-note" id="closed"></p>', cast.auditor.get(f"{cast.address}/qr").text)
    session.get_one(Activity, cast.activity_id).start_time = time(14)
    session.commit()
    screen = cast.auditor.get(f"{cast.address}/qr").text
    assert re.search('id="closed" data-behaviour="live"[^>]*>本场活动的问卷还没有开放，今天 13:30', screen)


def test_the_screen_says_when_its_code_leads_to_this_machine_only(cast: Cast, app: Flask) -> None:
    assert "只有这台电脑自己打得开" in cast.organizer.get(f"{cast.address}/qr").text
    app.extensions["activitylog"] = replace(
        app.extensions["activitylog"], public_url="https://log.example.cn"
    )
    assert "qr-warning" not in cast.organizer.get(f"{cast.address}/qr").text


def test_the_count_is_json(cast: Cast) -> None:
    assert cast.auditor.get(f"{cast.address}/survey-count").json == {"answers": 3}


@pytest.mark.parametrize("place", PLACES)
def test_another_projects_organizer_finds_nothing(cast: Cast, place: str) -> None:
    assert cast.stranger.get(f"{cast.address}/{place}").status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast, app: Flask, place: str) -> None:
    answered = app.test_client().get(f"{cast.address}/{place}")
    assert (answered.status_code, "/login" in answered.location) == (302, True)


def test_an_auditor_types_nothing_in(cast: Cast) -> None:
    assert cast.auditor.post(f"{cast.address}/tallies", data=TALLY).status_code == 403
    assert cast.auditor.post(f"{cast.address}/tallies/withdraw", data={}).status_code == 403


def test_a_pile_of_paper_is_typed_in_and_shown(cast: Cast, session: Session) -> None:
    saved = cast.organizer.post(f"{cast.address}/tallies", data=TALLY, follow_redirects=True)
    assert "纸质问卷已登记" in saved.text
    assert "比人数多" not in saved.text
    assert "扫码 3 份，纸质 15 份" in saved.text
    tally = session.scalars(select(PaperTally)).one()
    assert (tally.very_satisfied, tally.satisfied, tally.neutral, tally.total) == (12, 3, 0, 15)
    assert tally.created_by_id is not None


def test_a_pile_sent_twice_is_one_pile_and_a_later_one_another(cast: Cast, session: Session) -> None:
    def page_text(**changes: str) -> str:
        return cast.organizer.post(
            f"{cast.address}/tallies", data=TALLY | changes, follow_redirects=True
        ).text

    assert "纸质问卷已登记" in page_text()
    assert "没有重复添加" in page_text()
    assert len(session.scalars(select(PaperTally)).all()) == 1
    session.rollback()
    assert "纸质问卷已登记" in page_text(neutral="1")
    with time_machine.travel(NOON + timedelta(minutes=2), tick=False):
        assert "纸质问卷已登记" in page_text()


def test_more_answers_than_heads_are_stored_with_a_warning(cast: Cast) -> None:
    saved = cast.organizer.post(
        f"{cast.address}/tallies", data=TALLY | {"satisfied": "300"}, follow_redirects=True
    )
    assert "受众 60 人，有效答卷 315 份，比人数多" in saved.text


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
    refused = cast.organizer.post(f"{cast.address}/tallies", data=TALLY | changes)
    assert (refused.status_code, sentence in refused.text) == (422, True)
    assert session.scalars(select(PaperTally)).all() == []


def test_a_pile_is_withdrawn_with_a_reason_and_stays_readable(cast: Cast, session: Session) -> None:
    cast.organizer.post(f"{cast.address}/tallies", data=TALLY)
    tally_id = session.scalars(select(PaperTally.id)).one()
    session.rollback()
    place = f"{cast.address}/tallies/withdraw"
    assert cast.organizer.post(place, data={"tally_id": tally_id, "reason": ""}).status_code == 422
    posted = {"tally_id": tally_id, "reason": "登记错了活动"}
    page = cast.organizer.post(place, data=posted, follow_redirects=True).text
    assert "撤回原因：登记错了活动" in page
    assert "纸质 0 份" in page
    assert cast.organizer.post(place, data=posted).status_code == 409


@pytest.mark.parametrize("number", ["", "abc", "0", "99999999999999999999", "9" * 5000])
def test_a_pile_there_cannot_be_is_not_withdrawn(cast: Cast, number: str) -> None:
    posted = {"tally_id": number, "reason": "数错了"}
    assert cast.organizer.post(f"{cast.address}/tallies/withdraw", data=posted).status_code == 422


def test_a_pile_of_another_activity_is_not_withdrawn(cast: Cast, session: Session) -> None:
    tally = make_paper_tally(session, make_surveyed_activity(session), satisfied=5)
    posted = {"tally_id": tally.id, "reason": "错"}
    session.commit()
    assert cast.organizer.post(f"{cast.address}/tallies/withdraw", data=posted).status_code == 404
