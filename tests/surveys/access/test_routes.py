import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.settings import Settings
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.factories.trail import last
from tests.signed_in import signed_in

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
