"""Signing in with a code after the password: who gets in, until when, and what was typed meanwhile."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.models import FailedSignIn, PendingSignIn, SignIn, User
from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.rules import Role
from activitylog.accounts.second_factors.operations import renew_recovery_codes
from activitylog.accounts.sign_ins.operations import end_sign_ins
from activitylog.accounts.sign_ins.rules import MOST_OF_NAME_HERE
from activitylog.app import create_app
from activitylog.core.database import db
from activitylog.milestones.models import Milestone
from activitylog.settings import Settings
from tests.accounts.test_kept_forms import HERE, inputs
from tests.factories.accounts import KEY, code_at, make_second_factor
from tests.factories.projects import make_project
from tests.factories.trail import actions

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
PASSWORD = "Kepu-2024"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(session: Session, clock: time_machine.Traveller) -> User:
    user = create_user(session, name="张三", password=PASSWORD, role=Role.OFFICER, now=NOW)
    make_second_factor(session, user)
    session.commit()
    return user


def password(client: FlaskClient, **more: str) -> TestResponse:
    return client.post("/login", data={"name": "张三", "password": PASSWORD, **more})


def code(client: FlaskClient, typed: str = "", **more: str) -> TestResponse:
    return client.post("/login/code", data={"code": typed or code_at(datetime.now(UTC)), **more})


def is_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


def test_the_password_alone_opens_nothing(client: FlaskClient, session: Session, person: User) -> None:
    answer = password(client, next="/periods")
    assert answer.location == "/login/code?next=/periods"
    assert not is_in(client)
    assert session.scalars(select(SignIn)).all() == []
    page = client.get(answer.location).text
    assert 'autocomplete="one-time-code"' in page
    assert 'value="/periods"' in page


def test_the_code_opens_the_page_one_wanted(client: FlaskClient, session: Session, person: User) -> None:
    password(client, stay="y")
    answer = code(client, next="/periods")
    assert answer.location == "/periods"
    assert is_in(client)
    assert client.get_cookie("remember_token") is not None
    begun = session.scalars(select(SignIn)).one()
    assert (begun.stays, begun.proven_at) == (True, NOW)
    assert session.scalars(select(PendingSignIn)).all() == []
    assert client.get("/login/code").location == "/"
    assert actions(session, "user")[-1] == "user.signed_in"


@pytest.mark.parametrize("typed", ["000000", "12345", "abc", "000000000000"])
def test_a_wrong_code_is_refused_and_counted(
    client: FlaskClient, session: Session, person: User, typed: str
) -> None:
    password(client)
    answer = code(client, typed)
    assert (answer.status_code, "验证码不对或已经用过" in answer.text) == (422, True)
    assert not is_in(client)
    assert len(session.scalars(select(FailedSignIn)).all()) == 1
    assert actions(session, "user")[-1] == "user.sign_in_failed"
    assert code(client).status_code == 302


def test_an_empty_code_says_what_to_fill_in(client: FlaskClient, session: Session, person: User) -> None:
    password(client)
    answer = client.post("/login/code", data={"code": ""})
    assert (answer.status_code, "请填写验证码。" in answer.text) == (422, True)
    assert session.scalars(select(FailedSignIn)).all() == []


def test_guessing_codes_waits_like_guessing_passwords(
    client: FlaskClient, app: Flask, person: User, clock: time_machine.Traveller
) -> None:
    for _ in range(MOST_OF_NAME_HERE):  # the right password in between forgives nothing
        password(client)
        assert code(client, "000000").status_code == 422
    waiting = code(client)
    assert (waiting.status_code, "连续多次验证码不对，请 15 分钟后再试" in waiting.text) == (409, True)
    assert password(app.test_client()).status_code == 409
    clock.shift(timedelta(minutes=15))
    password(client)
    assert code(client).status_code == 302


def test_the_second_screen_lasts_minutes(
    client: FlaskClient, person: User, clock: time_machine.Traveller
) -> None:
    password(client)
    clock.shift(timedelta(minutes=10))
    late = code(client)
    assert (late.status_code, "填写验证码的时间过了" in late.text) == (409, True)
    assert 'name="password"' in late.text
    assert not is_in(client)


def test_without_a_password_before_there_is_no_second_screen(client: FlaskClient, person: User) -> None:
    for answer in (client.get("/login/code"), code(client)):
        assert answer.status_code == 409
        assert 'name="password"' in answer.text
    assert not is_in(client)


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_what_ends_sign_ins_ends_those_that_await_a_code(
    client: FlaskClient, session: Session, person: User, change: str
) -> None:
    password(client)
    if change == "disabled":
        create_user(
            session, name="李四", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=NOW
        )
        disable_user(session, name="张三", now=NOW)
    else:
        end_sign_ins(session, person, now=NOW)
    session.commit()
    assert code(client).status_code == 409
    assert not is_in(client)


def test_a_second_screen_is_of_one_sign_in(client: FlaskClient, app: Flask, person: User) -> None:
    other = app.test_client()
    password(client)
    password(other)
    assert code(client).status_code == 302
    assert (is_in(client), is_in(other)) == (True, False)
    assert code(other).status_code == 422  # the code was used


def test_a_recovery_code_signs_in_once_and_tells_how_many_are_left(
    client: FlaskClient, app: Flask, session: Session, person: User
) -> None:
    codes = renew_recovery_codes(session, person, key=KEY)
    session.commit()
    password(client)
    assert code(client, codes[0]).status_code == 302
    assert "刚才用掉了一个恢复码，还剩 9 个" in client.get("/").text
    again = app.test_client()
    password(again)
    assert code(again, codes[0]).status_code == 422
    assert "user.recovery_code_used" in actions(session, "user")


def test_a_new_password_by_a_link_asks_for_the_code_as_well(
    client: FlaskClient, session: Session, person: User
) -> None:
    token = make_password_link(session, person, by=None, now=NOW)
    session.commit()
    sent = {"name": "张三", "password": "Kepu-2025", "repeated": "Kepu-2025"}
    answer = client.post(f"/password/{token}", data=sent)
    assert answer.location == "/login/code"
    assert not is_in(client)
    assert "密码已设好" in client.get(answer.location).text
    assert code(client).location == "/"


def test_a_name_signs_in_in_another_case_and_is_counted_as_the_same(
    client: FlaskClient, session: Session, clock: time_machine.Traveller
) -> None:
    create_user(
        session, name="Admin", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=NOW
    )
    session.commit()
    for name in ("ADMIN", "admin", "Аdmin", "ａｄｍｉｎ", "adMin"):  # one Cyrillic, one full-width
        assert client.post("/login", data={"name": name, "password": "wrong"}).status_code == 422
    assert client.post("/login", data={"name": "Admin", "password": PASSWORD}).status_code == 409
    clock.shift(timedelta(minutes=15))
    assert client.post("/login", data={"name": "admin", "password": PASSWORD}).location == "/"


@pytest.fixture
def served(settings: Settings) -> Iterator[Flask]:
    """An application with tokens on, as it is served."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_form_of_an_ended_session_is_sent_on_after_both_steps(
    served: Flask, session: Session, person: User, clock: time_machine.Traveller
) -> None:
    project = make_project(session)
    session.commit()
    client, address = served.test_client(), f"/projects/{project.id}/milestones"
    typed = {"kind": "制度", "name": "值班制度", "due_on": "2024-06-30", "csrf_token": "old"}
    ended = client.post(address, data=typed, headers=HERE).text
    screen = client.post("/login", data=inputs(ended) | {"name": "张三", "password": PASSWORD}, headers=HERE)
    assert (screen.status_code, "值班制度" in screen.text) == (200, True)
    wrong = client.post("/login/code", data=inputs(screen.text) | {"code": "000000"}, headers=HERE)
    assert wrong.status_code == 422
    late = wrong.text
    clock.shift(timedelta(minutes=11))
    late = client.post("/login/code", data=inputs(late) | {"code": "000000"}, headers=HERE).text
    screen = client.post("/login", data=inputs(late) | {"name": "张三", "password": PASSWORD}, headers=HERE)
    sent = inputs(screen.text) | {"code": code_at(datetime.now(UTC))}
    again = client.post("/login/code", data=sent, headers=HERE)
    assert client.post(address, data=inputs(again.text), headers=HERE).status_code == 302
    session.rollback()
    assert session.scalars(select(Milestone.name)).all() == ["值班制度"]


def test_a_sign_in_page_left_too_long_keeps_what_waits_in_it(
    served: Flask, session: Session, person: User
) -> None:
    client = served.test_client()
    ended = client.post("/me/name", data={"name": "张三丰", "csrf_token": "old"}, headers=HERE).text
    for address in ("/login", "/login/code"):
        stale = client.post(address, data=inputs(ended) | {"csrf_token": "old"}, headers=HERE)
        assert stale.status_code == 400
        assert re.search('name="kept" value="[^"]*张三丰', stale.text)
    elsewhere = client.post("/login", data=inputs(ended) | {"csrf_token": "old"})
    assert "张三丰" not in elsewhere.text
