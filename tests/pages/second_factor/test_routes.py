"""The pages of one's own second factor."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user
from activitylog.accounts.rules import Role
from activitylog.accounts.second_factors.queries import has_second_factor, recovery_codes_left
from activitylog.accounts.second_factors.rules import seal_secret
from activitylog.core.period import utc_now
from tests.factories.accounts import KEY, SECRET, code_at, make_second_factor
from tests.factories.trail import actions
from tests.signed_in import signed_in

PASSWORD = "Kepu-2024"
PAGE = "/me/second-factor"


@pytest.fixture
def person(session: Session) -> User:
    user = create_user(session, name="王芳", password=PASSWORD, role=Role.ORGANIZER, now=utc_now())
    session.commit()
    return user


@pytest.fixture
def client(app: Flask, person: User) -> FlaskClient:
    return signed_in(app, person)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found
    return found[1]


def secret_of(page: str) -> str:
    found = re.search(r'data-text="([A-Z2-7]{32})"', page)
    assert found
    return found[1]


def test_it_is_turned_on_by_a_code_and_shows_recovery_codes_once(
    client: FlaskClient, session: Session, person: User
) -> None:
    assert "开启两步验证" in client.get("/me").text
    answer = client.get(PAGE)
    page = answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'src="data:image/png;base64,' in page
    sent = {"sealed": hidden(page, "sealed"), "code": "000000"}
    wrong = client.post(f"{PAGE}/on", data=sent)
    assert (wrong.status_code, "验证码不对" in wrong.text) == (422, True)
    assert secret_of(wrong.text) == secret_of(page)  # what the phone has scanned stays good
    sent = {"sealed": hidden(wrong.text, "sealed"), "code": code_at(datetime.now(UTC), secret_of(page))}
    done = client.post(f"{PAGE}/on", data=sent)
    codes = re.findall(r"<li>(\d{4}-\d{4}-\d{4})</li>", done.text)
    assert len(codes) == 10
    assert 'download="恢复码.txt"' in done.text
    assert done.headers["Cache-Control"] == "no-store"
    session.rollback()
    assert recovery_codes_left(session, person) == 10
    shown = client.get("/me").text + client.get(PAGE).text
    assert "恢复码还剩 10 个" in shown
    assert not any(code in shown for code in codes)
    assert "user.second_factor_on" in actions(session, "user")


def test_a_secret_that_waited_too_long_or_is_anothers_is_replaced(
    client: FlaskClient, session: Session, person: User
) -> None:
    other = create_user(session, name="李四", password=PASSWORD, role=Role.ORGANIZER, now=utc_now())
    session.commit()
    with time_machine.travel(utc_now() - timedelta(minutes=31), tick=False):
        late = seal_secret(SECRET, user_id=person.id, key=KEY)
    for sealed in (late, seal_secret(SECRET, user_id=other.id, key=KEY), "", "x"):
        answer = client.post(f"{PAGE}/on", data={"sealed": sealed, "code": code_at(datetime.now(UTC))})
        assert answer.status_code == 200
        assert secret_of(answer.text) != SECRET
    session.rollback()
    assert not has_second_factor(session, person)


def test_new_recovery_codes_are_made_on_request(client: FlaskClient, session: Session, person: User) -> None:
    refused = client.post(f"{PAGE}/recovery-codes")
    assert (refused.status_code, "请先开启" in refused.text) == (409, True)
    make_second_factor(session, person)
    session.commit()
    page = client.post(f"{PAGE}/recovery-codes").text
    assert "以前的恢复码已经作废" in page
    assert len(re.findall(r"<li>\d{4}-\d{4}-\d{4}</li>", page)) == 10
    session.rollback()
    assert recovery_codes_left(session, person) == 10


def test_it_is_turned_off_by_password_and_code(client: FlaskClient, session: Session, person: User) -> None:
    make_second_factor(session, person)
    session.commit()
    assert "关闭后，知道密码的人就能登录" in client.get(f"{PAGE}/off").text
    code = code_at(datetime.now(UTC))
    for sent in ({"password": "no", "code": code}, {"password": PASSWORD, "code": "000000"}):
        refused = client.post(f"{PAGE}/off", data=sent)
        assert (refused.status_code, "密码或验证码不对" in refused.text) == (422, True)
        assert has_second_factor(session, person)
    assert (
        client.post(f"{PAGE}/off", data={"password": PASSWORD, "code": code}).location == "/me#second-factor"
    )
    session.rollback()
    session.expire_all()
    assert not has_second_factor(session, person)
    assert actions(session, "user")[-1] == "user.second_factor_off"
