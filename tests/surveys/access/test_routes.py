import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta

import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.settings import Settings
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.factories.trail import last
from tests.signed_in import signed_in
from tests.surveys.conftest import Cast

PLACES = ["qr", "qr.png", "poster", "cards", "survey-count", "tallies"]
PLACE = "/activities/2024-0007"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def people(app: Flask, session: Session) -> dict[str, FlaskClient]:
    project = make_project(session)
    make_surveyed_activity(session, project=project, number="2024-0007")
    users = {
        "manager": make_user(session, project, role=Role.MANAGER),
        "organizer": make_user(session, project),
        "stranger": make_user(session, make_project(session)),
    }
    session.commit()
    return {name: signed_in(app, user) for name, user in users.items()}


def read(client: FlaskClient, place: str) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(client.get(f"{PLACE}/{place}").data)))
    return str(found.text)


def test_a_manager_has_the_screen_show_a_code_that_changes_and_opens_the_survey(
    people: dict[str, FlaskClient], session: Session, settings: Settings, app: Flask
) -> None:
    saved = people["manager"].post(f"{PLACE}/entrance", data={"code_rule": "required"}, follow_redirects=True)
    assert "问卷入口已保存" in saved.text
    session.rollback()
    entry = last(session, "entrance")
    assert (entry.action, entry.object_name) == ("entrance.created", "2024-0007")
    screen = people["organizer"].get(f"{PLACE}/qr").text
    assert f'src="{PLACE}/screen.png" data-behaviour="live"' in screen
    assert '<noscript><meta http-equiv="refresh"' in screen
    first = read(people["organizer"], "screen.png")
    with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
        assert read(people["organizer"], "screen.png") != first
        path = first.removeprefix(settings.public_url)
        assert "<form" in app.test_client().get(path).text
    plain = read(people["organizer"], "qr.png").removeprefix(settings.public_url)
    assert "请扫现场屏幕上的码" in app.test_client().get(plain).text
    people["manager"].post(f"{PLACE}/entrance", data={"code_rule": "off"})
    assert f'src="{PLACE}/qr.png"' in people["organizer"].get(f"{PLACE}/qr").text


def test_an_organizer_opens_a_kiosk_here_or_on_a_device_where_nobody_is_signed_in(
    people: dict[str, FlaskClient], settings: Settings, app: Flask
) -> None:
    page = people["organizer"].get(f"{PLACE}/entrance").text
    assert "由项目负责人设置" in page
    address = read(people["organizer"], "entrance/kiosk.png").removeprefix(settings.public_url)
    assert f'href="{address}"' in page
    assert "结束自助填写" in app.test_client().get(address).text


@pytest.mark.parametrize("place", ["entrance", "entrance/kiosk.png", "screen.png"])
def test_another_projects_organizer_has_no_access_page(people: dict[str, FlaskClient], place: str) -> None:
    assert people["stranger"].get(f"{PLACE}/{place}").status_code == 404


def test_an_organizer_changes_no_rule_and_a_rule_there_is_not_is_refused(
    people: dict[str, FlaskClient],
) -> None:
    assert people["organizer"].post(f"{PLACE}/entrance", data={"code_rule": "off"}).status_code == 403
    refused = people["manager"].post(f"{PLACE}/entrance", data={"code_rule": "never"})
    assert (refused.status_code, "请从三项中选择一项" in refused.text) == (422, True)


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
