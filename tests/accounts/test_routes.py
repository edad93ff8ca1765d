"""Signing in: who may, the redirect after it, and the session's duration."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user, invite_user
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.passwords import fits, hashed_anew
from activitylog.accounts.rules import Role
from activitylog.activities.models import ActivityKind
from activitylog.app import create_app
from activitylog.core.database import begin_writing, db, make_engine
from activitylog.settings import Settings
from activitylog.web.requests import local_address
from tests.databases import TRAIL_KEYS

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
PASSWORD = "Kepu-2024"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(session: Session, clock: time_machine.Traveller) -> User:
    user = create_user(session, name="张三", password=PASSWORD, role=Role.OFFICER, now=NOW)
    session.commit()
    return user


def sign_in(client: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/login", data={"name": "张三", "password": password, **more})


def is_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


def test_the_page_asks_for_name_and_password(client: FlaskClient) -> None:
    page = client.get("/login")
    assert page.status_code == 200
    assert 'autocomplete="username"' in page.text
    assert 'autocomplete="current-password"' in page.text


def test_the_right_password_opens_the_home_page(client: FlaskClient, person: User) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_in(client)


def test_a_wrong_password_says_neither_which_was_wrong(client: FlaskClient, person: User) -> None:
    wrong = sign_in(client, "Kepu-2025")
    unknown = client.post("/login", data={"name": "李四", "password": PASSWORD})
    for answer in (wrong, unknown):
        assert answer.status_code == 422
        assert "姓名或密码不对" in answer.text
    assert 'value="张三"' in wrong.text
    assert "还没有保存" not in wrong.text
    assert "Kepu-2025" not in wrong.text
    assert not is_in(client)


def test_an_empty_form_says_what_to_fill_in(client: FlaskClient) -> None:
    answer = client.post("/login", data={})
    assert answer.status_code == 422
    assert "请填写姓名。" in answer.text
    assert "请填写密码。" in answer.text


def test_failures_are_kept_between_requests_and_make_one_wait_a_quarter_of_an_hour(
    client: FlaskClient, person: User, clock: time_machine.Traveller
) -> None:
    for _ in range(5):
        assert sign_in(client, "Kepu-2025").status_code == 422
    locked = sign_in(client)
    assert locked.status_code == 409
    assert "连续多次姓名或密码不对，请 15 分钟后再试" in locked.text
    clock.shift(timedelta(minutes=14, seconds=59))
    assert sign_in(client).status_code == 409
    clock.shift(timedelta(seconds=1))
    assert sign_in(client).status_code == 302


def test_one_is_led_back_to_where_one_wanted_to_go(client: FlaskClient, person: User) -> None:
    sent = client.get("/activities?year=2024&q=%E8%AE%B2%E5%BA%A7")
    page = client.get(sent.location)
    assert "/activities?year=2024" in page.text
    assert sign_in(client, next="/activities?year=2024").location == "/activities?year=2024"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        "/a\\..\\..//evil.example",
        "",
    ],
)
def test_an_address_that_is_no_path_of_ours_is_none(address: str) -> None:
    assert local_address(address) is None


def test_nobody_is_led_off_site(client: FlaskClient, person: User) -> None:
    assert sign_in(client, next="//evil.example/").location == "/"
    assert client.get("/login?next=https://evil.example/").location == "/"


def test_who_is_in_already_need_not_sign_in_again(client: FlaskClient, person: User) -> None:
    sign_in(client)
    assert client.get("/login").location == "/"
    assert client.get("/login?next=/periods").location == "/periods"


def test_a_desk_is_signed_out_after_half_an_hour_of_rest(
    client: FlaskClient, person: User, clock: time_machine.Traveller
) -> None:
    sign_in(client)
    for _ in range(3):
        clock.shift(timedelta(minutes=29))
        assert is_in(client)
    clock.shift(timedelta(minutes=31))
    assert not is_in(client)


def test_a_phone_that_stays_is_still_known_next_month(
    client: FlaskClient, person: User, clock: time_machine.Traveller
) -> None:
    answer = sign_in(client, stay="y")
    (remembered,) = (c for c in answer.headers.getlist("Set-Cookie") if c.startswith("remember_token"))
    assert "HttpOnly" in remembered
    assert "SameSite=Lax" in remembered
    assert "Expires=Tue, 10 Sep 2024" in remembered
    clock.shift(timedelta(days=30))
    assert is_in(client)


def test_a_phone_that_stays_is_forgotten_with_its_account(
    client: FlaskClient, person: User, session: Session, clock: time_machine.Traveller
) -> None:
    sign_in(client, stay="y")
    person.is_enabled = False
    session.commit()
    clock.shift(timedelta(days=1))
    assert not is_in(client)


def test_signing_out_ends_the_session_and_forgets_the_phone(client: FlaskClient, person: User) -> None:
    sign_in(client, stay="y")
    answer = client.post("/logout")
    assert answer.location == "/login"
    assert client.get_cookie("remember_token") is None
    assert not is_in(client)
    assert "已退出登录" in client.get("/login").text


def test_signing_out_takes_a_button_not_a_link(client: FlaskClient, person: User) -> None:
    sign_in(client)
    assert client.get("/logout").status_code == 405
    assert is_in(client)


def test_a_form_sent_too_late_is_told_so_and_led_to_a_page(client: FlaskClient) -> None:
    sent = client.post("/activities/new", data={"title": "讲座"})
    assert sent.location == "/login?next=/activities/new"
    assert "登录已过期" in client.get(sent.location).text
    assert client.post("/periods/2024-06/close").location == "/login"


def test_guessing_in_bulk_is_slowed_down(client: FlaskClient) -> None:
    answers = [client.post("/login", data={}).status_code for _ in range(61)]
    assert answers == [422] * 60 + [429]


@pytest.fixture
def served(settings: Settings) -> Iterator[Flask]:
    """An application as it is served, behind https and with every protection on."""
    app = create_app(replace(settings, public_url="https://kepu.example"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://kepu.example", "页面已过期"),
        ("http://kepu.example", "这里要用 https://kepu.example 打开：现在的地址是 http"),
    ],
)
def test_a_form_from_elsewhere_is_refused(served: Flask, person: User, address: str, sentence: str) -> None:
    sent = {"name": "张三", "password": PASSWORD}
    answer = served.test_client().post("/login", data=sent, base_url=address)
    assert (answer.status_code, sentence in answer.text) == (400, True)


@pytest.mark.parametrize("page", ["/login", "/s/nobody", "/nowhere"])
def test_browsers_come_back_by_https_alone_where_the_office_has_it(
    served: Flask, client: FlaskClient, page: str
) -> None:
    assert served.test_client().get(page).headers["Strict-Transport-Security"] == "max-age=31536000"
    plain = client.get(page).headers
    assert "Strict-Transport-Security" not in plain
    assert plain["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_travel_by_https_alone_where_the_office_has_it(served: Flask, person: User) -> None:
    served.config["WTF_CSRF_ENABLED"] = False
    cookies = sign_in(served.test_client(), stay="y").headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie for cookie in cookies)


def test_signing_out_ends_the_session_for_who_copied_its_cookies(client: FlaskClient, person: User) -> None:
    sign_in(client, stay="y")
    copies = [client.get_cookie(name) for name in ("session", "remember_token")]
    client.post("/logout")
    for copy in copies:
        assert copy is not None
        client.set_cookie(copy.key, copy.value)
    assert not is_in(client)


def test_the_token_of_forms_is_another_after_signing_in(served: Flask, person: User) -> None:
    client = served.test_client()
    before = token_of(client.get("/login").text)
    assert sign_in(client, csrf_token=before).status_code == 302
    assert client.post("/logout", data={"csrf_token": before}).status_code == 400
    after = token_of(client.get("/me").text)
    assert client.post("/logout", data={"csrf_token": after}).location == "/login"


def test_pages_opened_side_by_side_after_signing_in_share_one_token(served: Flask, person: User) -> None:
    """Each is answered with the cookie of signing in; the one that comes last is what the browser keeps."""
    client = served.test_client()
    assert sign_in(client, csrf_token=token_of(client.get("/login").text)).status_code == 302
    signing_in = client.get_cookie("session")
    assert signing_in
    first = token_of(client.get("/me").text)
    client.set_cookie("session", signing_in.value)
    client.get("/me")
    assert client.post("/logout", data={"csrf_token": first}).location == "/login"


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_person_hears_of_failures_with_their_name(
    client: FlaskClient, app: Flask, person: User, clock: time_machine.Traveller
) -> None:
    sign_in(client)
    clock.shift(timedelta(hours=2))
    other = app.test_client()
    for _ in range(2):
        sign_in(other, "Kepu-2025")
    sign_in(other)
    assert "有 2 次用您的姓名登录失败" in other.get("/").text
    assert "次用您的姓名登录失败" not in other.get("/").text


def test_no_lock_is_held_while_a_password_is_checked_and_hashed_anew(
    client: FlaskClient,
    session: Session,
    person: User,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older = person.password_hash = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    session.commit()
    checked = []

    def write(name: str) -> None:
        engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
        with Session(engine) as other:
            begin_writing(other)
            other.add(ActivityKind(name=name))
            other.commit()
        engine.dispose()

    def slow(stored: str | None, password: str) -> bool:
        write("写得进去")
        checked.append(stored)
        return fits(stored, password)

    def slow_anew(fitting: str, password: str) -> str | None:
        write("也写得进去")
        return hashed_anew(fitting, password)

    monkeypatch.setattr("activitylog.accounts.sign_ins.operations.fits", slow)
    monkeypatch.setattr("activitylog.accounts.routes.hashed_anew", slow_anew)
    assert sign_in(client).status_code == 302
    assert checked == [older]
    session.rollback()
    assert person.password_hash != older
    assert fits(person.password_hash, PASSWORD)


def test_a_link_leads_to_a_password_and_in(client: FlaskClient, session: Session, clock: object) -> None:
    user = invite_user(session, name="王芳", role=Role.OFFICER, now=NOW)
    invite_user(session, name="李四", role=Role.OFFICER, now=NOW)
    address = f"/password/{make_password_link(session, user, by=None, now=NOW)}"
    session.commit()
    assert "王芳，欢迎" in client.get(address).text
    sent = {"name": "王芳芳", "password": PASSWORD, "repeated": PASSWORD}
    for changes, sentence in (
        ({"password": "short", "repeated": "short"}, "密码太短"),
        ({"repeated": "Kepu-2025"}, "两次填的密码不一样"),
        ({"name": "李四"}, "用户“李四”已经存在"),
        ({"name": "Kepu"}, "密码里不能有自己的名字"),
    ):
        refused = client.post(address, data=sent | changes)
        assert (refused.status_code, sentence in refused.text) == (422, True)
    assert client.post(address, data=sent).location == "/"
    assert "王芳芳" in client.get("/me").text
    gone = client.get(address)
    assert (gone.status_code, "请向系统管理员再要一个" in gone.text) == (404, True)


def test_a_stranger_sends_no_large_form(client: FlaskClient) -> None:
    sent = client.post("/login", data={"name": "x" * (64 * 1024), "password": "y"})
    assert sent.status_code == 413
