from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.app import create_app
from activitylog.settings import Settings
from activitylog.surveys.access.operations import set_code_rule
from activitylog.surveys.rules import CodeRule
from tests.conftest import dispose
from tests.factories.accounts import make_user
from tests.factories.office import set_by_page
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_surveyed_activity
from tests.signed_in import signed_in
from tests.surveys.posters.printed import read


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_poster_and_cards_carry_the_activitys_address_and_a_warning_while_it_is_local(
    app: Flask, session: Session, settings: Settings
) -> None:
    project = make_project(session, name="科普资源配送")
    activity = make_surveyed_activity(session, project=project, number="2024-0007")
    client = signed_in(app, make_user(session, project))
    session.commit()
    for place in ("poster", "cards"):
        answered = client.get(f"/activities/2024-0007/{place}")
        assert answered.content_type == "application/pdf"
        paper = read(answered.data)
        assert paper.codes == [f"{settings.public_url}/s/{activity.survey_token}"]
        assert "公开网址" in "".join(paper.pages[0])


def test_a_cancelled_activity_has_no_poster(app: Flask, session: Session) -> None:
    project = make_project(session)
    make_surveyed_activity(session, project=project, number="2024-0007", status=Status.WITHDRAWN)
    client = signed_in(app, make_user(session, project))
    session.commit()
    assert client.get("/activities/2024-0007/poster").status_code == 409


def test_a_projects_file_holds_what_is_to_come_in_its_order(app: Flask, session: Session) -> None:
    umbrella, other = make_project(session), make_project(session)
    child = make_project(session, parent=umbrella)
    for day, number, status in (
        (13, "2024-0002", Status.LOGGED),
        (12, "2024-0001", Status.LOGGED),
        (11, "2024-0000", Status.LOGGED),
        (14, "2024-0003", Status.WITHDRAWN),
    ):
        make_surveyed_activity(
            session, project=child, number=number, held_on=date(2024, 6, day), status=status
        )
    client, stranger = (signed_in(app, make_user(session, project)) for project in (umbrella, other))
    session.commit()
    paper = read(client.get(f"/projects/{umbrella.id}/posters").data)
    assert [page[-1].split()[-1] for page in paper.pages] == ["2024-0001", "2024-0002"]
    assert stranger.get(f"/projects/{umbrella.id}/posters").status_code == 404
    assert "没有海报可印" in stranger.get(f"/projects/{other.id}/posters").text


def test_a_printed_code_works_with_another_key_under_another_address(
    app: Flask, session: Session, settings: Settings
) -> None:
    token = make_surveyed_activity(session).survey_token
    session.commit()
    moved = create_app(replace(settings, secret_key="another secret", public_url="https://new.example.cn"))
    try:
        for each in (app, moved):
            assert "暑期天文课堂" in each.test_client().get(f"/s/{token}").text
    finally:
        dispose(moved)


def test_a_poster_of_a_survey_for_the_screen_alone_says_so(app: Flask, session: Session) -> None:
    project = make_project(session)
    for number, rule in (("2024-0001", CodeRule.REQUIRED), ("2024-0002", CodeRule.EITHER)):
        activity = make_surveyed_activity(session, project=project, number=number)
        set_code_rule(session, activity.id, rule)
    client = signed_in(app, make_user(session, project))
    set_by_page(app, session, public_url="https://a.example.cn")
    pages = read(client.get(f"/projects/{project.id}/posters").data).pages
    assert ["只收扫屏幕码" in "".join(page) for page in pages] == [True, False]
