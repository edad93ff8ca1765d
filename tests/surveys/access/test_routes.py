import io
import re
from collections.abc import Iterator
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
from activitylog.app import create_app
from activitylog.settings import Settings
from activitylog.surveys.models import Response
from activitylog.surveys.rules import AnswerFlag
from tests.conftest import dispose
from tests.factories.accounts import make_user
from tests.factories.office import set_by_page
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.factories.trail import last
from tests.signed_in import signed_in
from tests.surveys.attendee.phones import nonce_on
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


def open_kiosk(client: FlaskClient) -> str:
    """Open one for another device; the path of its QR code's page, with the pass."""
    client.post(f"{PLACE}/entrance/kiosks", data={"elsewhere": "y"})
    (place, *_) = re.findall(r"entrance/kiosks/\d+\.png", client.get(f"{PLACE}/entrance").text)
    return place


def test_an_organizer_opens_a_kiosk_here_or_on_a_device_where_nobody_is_signed_in(
    people: dict[str, FlaskClient], settings: Settings, app: Flask
) -> None:
    assert "由项目负责人设置" in people["organizer"].get(f"{PLACE}/entrance").text
    address = read(people["organizer"], open_kiosk(people["organizer"])).removeprefix(settings.public_url)
    assert "结束自助填写" in app.test_client().get(address).text
    here = people["organizer"].post(f"{PLACE}/entrance/kiosks")
    assert address != here.location
    assert "结束自助填写" in people["organizer"].get(here.location).text
    assert people["organizer"].get(f"{PLACE}/entrance").location.startswith("/login")


def test_a_revoked_kiosk_ends_on_every_device_and_the_other_goes_on(
    people: dict[str, FlaskClient], settings: Settings, app: Flask, session: Session
) -> None:
    organizer, device = people["organizer"], app.test_client()
    other = people["manager"].post(f"{PLACE}/entrance/kiosks").location
    place = open_kiosk(organizer)
    address = read(organizer, place).removeprefix(settings.public_url)
    nonce = nonce_on(device.get(address).text)
    assert device.post(address, data={"overall": "5", "nonce": nonce}).status_code == 200
    listed = organizer.get(f"{PLACE}/entrance").text
    assert (listed.count("已收 1 份"), listed.count("已收 0 份")) == (1, 1)
    left = nonce_on(device.get(address).text)
    revoked = organizer.post(f"{PLACE}/{place.removesuffix('.png')}/revoke", follow_redirects=True)
    assert ("链接已作废" in revoked.text, revoked.text.count("已收 1 份")) == (True, 0)
    with time_machine.travel(NOON + timedelta(seconds=5), tick=False):
        ended = create_app(settings).test_client()  # a server that has cached nothing
        assert "自助填写已结束" in ended.get(address).text
        assert "结束自助填写" in ended.get(other).text
        assert ended.post(address, data={"overall": "1", "nonce": left}).status_code == 200
        dispose(ended.application)
    session.rollback()
    flags = session.scalars(select(Response.flags).order_by(Response.id)).all()
    assert [AnswerFlag.STALE in AnswerFlag(each) for each in flags] == [False, True]
    again = organizer.post(f"{PLACE}/{place.removesuffix('.png')}/revoke")
    assert again.status_code == 409
    session.rollback()
    entry = last(session, "kiosk")
    assert (entry.action, entry.object_name) == ("kiosk.revoked", f"{place.split('/')[-1][:-4]} 号")


def test_another_projects_organizer_opens_and_revokes_no_kiosk(
    people: dict[str, FlaskClient], session: Session
) -> None:
    place = open_kiosk(people["organizer"])
    session.rollback()
    elsewhere = make_surveyed_activity(session, number="2024-0008", project=make_project(session))
    session.commit()
    for address in (f"{PLACE}/entrance/kiosks", f"{PLACE}/{place.removesuffix('.png')}/revoke"):
        assert people["stranger"].post(address).status_code == 404
    assert people["stranger"].get(f"{PLACE}/{place}").status_code == 404
    strange = f"/activities/{elsewhere.number}/{place.removesuffix('.png')}/revoke"
    assert people["manager"].post(strange).status_code == 404


@pytest.mark.parametrize("place", ["entrance", "screen.png"])
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


def test_the_screen_says_when_its_code_leads_to_this_machine_only(
    cast: Cast, app: Flask, session: Session
) -> None:
    assert "只有这台电脑自己打得开" in cast.organizer.get(f"{cast.address}/qr").text
    set_by_page(app, session, public_url="https://log.example.cn")
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
