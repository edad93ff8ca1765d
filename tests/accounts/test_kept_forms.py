"""What was typed into a form whose session has ended comes back after signing in, for every form."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.kept_forms import KeptForm, read_kept
from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user
from activitylog.accounts.rules import Role
from activitylog.app import create_app
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.milestones.models import Milestone
from activitylog.settings import Settings
from tests.accounts.test_guards import WRITING, address_of, guarded
from tests.factories.projects import make_project

HERE = {"Origin": "http://localhost"}
PASSWORD = "Kepu-2024"
TYPED = "写了很久的一段话\r\n“第二行” <b>&amp;"


@pytest.fixture
def served(settings: Settings) -> Iterator[Flask]:
    """An application with tokens on, as it is served."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def person(session: Session) -> User:
    user = create_user(
        session, name="王芳", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=utc_now()
    )
    session.commit()
    return user


def inputs(page: str) -> dict[str, str]:
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def signed_in_again(client: FlaskClient, page: str) -> str:
    """Sign in on the page that was shown; returns the page that follows."""
    sent = inputs(page) | {"name": "王芳", "password": PASSWORD}
    answer = client.post("/login", data=sent, headers=HERE)
    assert answer.status_code == 200, answer.location
    return answer.text


def test_every_form_of_an_ended_session_comes_back(served: Flask, person: User) -> None:
    asked = 0
    for rule, _ in guarded(served, *WRITING):
        address = address_of(served, rule)
        answer = served.test_client().post(address, data={"text": TYPED, "csrf_token": "old"}, headers=HERE)
        assert answer.status_code == 401, address
        assert read_kept(inputs(answer.text)["kept"]) == KeptForm(address, (("text", TYPED),))
        assert "刚才填写的内容都在" in answer.text
        asked += 1
    assert asked > 50


def test_a_form_is_sent_again_after_signing_in(served: Flask, session: Session, person: User) -> None:
    project = make_project(session)
    session.commit()
    client, address = served.test_client(), f"/projects/{project.id}/milestones"
    typed = {"kind": "制度", "name": "值班制度", "due_on": "2024-06-30", "csrf_token": "old"}
    ended = client.post(address, data=typed, headers=HERE).text
    wrong = client.post("/login", data=inputs(ended) | {"name": "王芳", "password": "no"}, headers=HERE)
    assert (wrong.status_code, "值班制度" in wrong.text) == (422, True)
    again = signed_in_again(client, wrong.text)
    assert f'action="{address}"' in again
    assert client.post(address, data=inputs(again), headers=HERE).status_code == 302
    session.rollback()
    assert session.scalars(select(Milestone.name)).all() == ["值班制度"]


def test_who_signed_in_again_in_another_tab_sends_it_again_by_a_button(served: Flask, person: User) -> None:
    client = served.test_client()
    old = inputs(client.get("/login").text)
    client.post("/login", data=old | {"name": "王芳", "password": PASSWORD}, headers=HERE)
    stale = client.post("/me/name", data={"name": "王芳芳", "csrf_token": old["csrf_token"]}, headers=HERE)
    assert (stale.status_code, 'action="/me/name"' in stale.text) == (400, True)
    assert client.post("/me/name", data=inputs(stale.text), headers=HERE).location == "/me"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_form_from_elsewhere_is_not_kept(served: Flask, person: User, origin: str) -> None:
    answer = served.test_client().post("/me/name", data={"name": TYPED}, headers={"Origin": origin})
    assert answer.status_code == 400
    assert "写了很久" not in answer.text


@pytest.mark.parametrize(
    "text", ["", "x", "[]", '["/x"]', '["//evil.example", []]', '["/x", 3]', '[1, [["a"]]]']
)
def test_what_is_no_kept_form_is_none(text: str) -> None:
    assert read_kept(text) is None
