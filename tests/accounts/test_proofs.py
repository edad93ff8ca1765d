"""Typing the password once more, and roles that need a second factor."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from activitylog.accounts.guards import SECOND_FACTOR_ROLES
from activitylog.accounts.models import FailedSignIn, SignIn, User
from activitylog.accounts.operations import create_user
from activitylog.accounts.passwords import NO_PASSWORD
from activitylog.accounts.rules import Role
from activitylog.accounts.second_factors.queries import has_second_factor
from activitylog.accounts.sign_ins.rules import PROVEN_FOR, is_recent
from activitylog.app import create_app
from activitylog.core.database import db
from activitylog.settings import Settings
from tests.accounts.test_guards import WRITING, guarded
from tests.accounts.test_kept_forms import HERE, inputs
from tests.factories.accounts import code_at, make_second_factor
from tests.signed_in import signed_in

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
PASSWORD = "Kepu-2024"
PROTECTED = {
    "identities.link",
    "periods.close",
    "periods.reopen",
    "people.disable",
    "people.enable",
    "people.erase",
    "people.new",
    "people.show",
    "people.make_link",
    "people.sign_out",
    "people.turn_off_second_factor",
    "settings.sending",
    "settings.signing_in",
    "second_factor.turn_on",
    "second_factor.renew_codes",
}
TYPED = {"name": "赵六", "role": "officer"}


@pytest.fixture
def served(settings: Settings) -> Iterator[Flask]:
    """An application with tokens on, as it is served."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def admin(session: Session) -> User:
    user = create_user(
        session, name="王芳", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=NOW
    )
    session.commit()
    return user


@pytest.fixture
def client(served: Flask, admin: User, session: Session) -> FlaskClient:
    """Signed in, with the password typed long ago."""
    client = signed_in(served, admin)
    session.execute(update(SignIn).values(proven_at=NOW))
    session.commit()
    return client


def people(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(User.name)))


def invite(client: FlaskClient, **more: str) -> str:
    """The page that asks for the password, with what was typed."""
    token = inputs(client.get("/users/new").text)["csrf_token"]
    asked = client.post("/users/new", data=TYPED | {"csrf_token": token} | more, headers=HERE)
    assert asked.status_code == 401
    return asked.text


def test_ten_minutes_are_recent() -> None:
    assert is_recent(NOW - PROVEN_FOR + timedelta(seconds=1), NOW)
    assert not is_recent(NOW - PROVEN_FOR, NOW)
    assert not is_recent(None, NOW)


def test_what_is_asked_for_the_password_again_is_this_and_nothing_else(served: Flask) -> None:
    marked = {
        endpoint
        for endpoint, view in served.view_functions.items()
        if getattr(view, "needs_recent_sign_in", False)
    }
    assert marked == PROTECTED
    assert marked <= {rule.endpoint for rule, _ in guarded(served, *WRITING)}


def test_the_password_typed_once_more_sends_the_same_form_on(client: FlaskClient, session: Session) -> None:
    page = invite(client)
    assert people(session) == {"王芳"}
    assert "请再确认是您本人" in page
    assert "proof-code" not in page
    done = client.post("/users/new", data=inputs(page) | {"proof-password": PASSWORD}, headers=HERE)
    assert done.status_code == 302
    assert people(session) == {"王芳", "赵六"}
    token = inputs(client.get("/users/new").text)["csrf_token"]
    again = client.post("/users/new", data={"name": "钱七", "role": "officer", "csrf_token": token})
    assert again.status_code == 302  # within ten minutes


def test_a_wrong_password_asks_again_is_counted_and_stands_nowhere(
    client: FlaskClient, session: Session
) -> None:
    page = invite(client)
    for number in range(1, 6):
        answer = client.post("/users/new", data=inputs(page) | {"proof-password": "Kepu-2025"}, headers=HERE)
        assert (answer.status_code, "密码不对，请重新填写" in answer.text) == (401, True)
        assert inputs(answer.text)["name"] == "赵六"
        assert "Kepu-2025" not in answer.text
        session.rollback()
        assert len(session.scalars(select(FailedSignIn)).all()) == number
    answer = client.post("/users/new", data=inputs(page) | {"proof-password": PASSWORD}, headers=HERE)
    assert (answer.status_code, "请 15 分钟后再试" in answer.text) == (401, True)
    assert people(session) == {"王芳"}


def test_who_has_a_second_factor_types_its_code_too(
    client: FlaskClient, session: Session, admin: User
) -> None:
    make_second_factor(session, admin)
    session.commit()
    page = invite(client)
    with time_machine.travel(datetime.now(UTC), tick=False):
        code = code_at(datetime.now(UTC))
        for proof in ({"proof-password": PASSWORD}, {"proof-password": "no", "proof-code": code}):
            answer = client.post("/users/new", data=inputs(page) | proof, headers=HERE)
            assert answer.status_code == 401
        proof = {"proof-password": PASSWORD, "proof-code": code}
        assert client.post("/users/new", data=inputs(page) | proof, headers=HERE).status_code == 302


def test_no_password_goes_with_a_form_whose_session_ended_meanwhile(
    client: FlaskClient, session: Session, served: Flask
) -> None:
    sent = inputs(invite(client)) | {"proof-password": PASSWORD, "proof-code": "123456"}
    ended = served.test_client().post("/users/new", data=sent, headers=HERE)
    assert (ended.status_code, "赵六" in ended.text) == (401, True)
    assert PASSWORD not in ended.text
    assert "123456" not in ended.text


def test_pages_are_read_without(client: FlaskClient, session: Session) -> None:
    assert client.get("/users").status_code == 200
    assert client.get("/periods/2024-06/reopen").status_code in {200, 404, 409}
    token = inputs(client.get("/me").text)["csrf_token"]
    asked = client.post(
        "/periods/2024-06/close", data={"csrf_token": token}, headers=HERE | {"Accept": "application/json"}
    )
    assert (asked.status_code, asked.json["result"]) == (403, "refused")  # type: ignore[index]


def test_who_has_no_password_here_is_not_asked_for_one(
    client: FlaskClient, session: Session, admin: User
) -> None:
    admin.password_hash = NO_PASSWORD
    session.commit()
    page = invite(client)
    assert ("请再确认是您本人" in page, "proof-password" in page) == (True, False)


@pytest.fixture
def strict(served: Flask) -> Flask:
    """An office whose administrators need a second factor."""
    served.extensions[SECOND_FACTOR_ROLES] = lambda: frozenset({"admin"})
    return served


def test_whose_role_needs_a_second_factor_reaches_nothing_before(
    strict: Flask, session: Session, admin: User
) -> None:
    client = signed_in(strict, admin)
    for rule, _ in guarded(strict, "GET"):
        if not rule.arguments and rule.endpoint != "second_factor.show":
            answer = client.get(rule.rule)
            assert (answer.status_code, answer.location) == (302, "/me/second-factor"), rule.rule
    told = client.get("/", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["result"]) == (401, "sign_in")  # type: ignore[index]
    page = client.get("/me/second-factor").text
    assert "您的角色登录时除了密码还要填验证码" in page
    assert "退出登录" in page
    assert client.post("/logout", data={"csrf_token": inputs(page)["csrf_token"]}).location == "/login"


def test_others_are_not_held_up(strict: Flask, session: Session) -> None:
    officer = create_user(session, name="李四", password=PASSWORD, role=Role.OFFICER, now=NOW)
    elsewhere = User(
        name="单位账号", role=Role.NONE, administers_accounts=True, password_hash=NO_PASSWORD, created_at=NOW
    )
    session.add(elsewhere)
    session.commit()
    for user in (officer, elsewhere):
        assert signed_in(strict, user).get("/me").status_code == 200


def test_what_was_typed_waits_until_the_second_factor_is_on(
    strict: Flask, session: Session, admin: User
) -> None:
    strict.extensions[SECOND_FACTOR_ROLES] = frozenset
    client = signed_in(strict, admin)
    sent = TYPED | {"csrf_token": inputs(client.get("/me").text)["csrf_token"]}
    strict.extensions[SECOND_FACTOR_ROLES] = lambda: frozenset({"admin"})
    first = client.post("/users/new", data=sent, headers=HERE)
    assert (first.status_code, "请先开启两步验证" in first.text) == (403, True)
    form = client.post("/me/second-factor/on", data=inputs(first.text), headers=HERE).text
    secret = form.split('data-text="')[1].split('"')[0]
    code = {"code": code_at(datetime.now(UTC), secret)}
    codes = client.post("/me/second-factor/on", data=inputs(form) | code, headers=HERE).text
    assert "两步验证已开启" in codes
    session.rollback()
    assert has_second_factor(session, admin)
    assert client.post("/users/new", data=inputs(codes), headers=HERE).status_code == 302
    assert "赵六" in people(session)
