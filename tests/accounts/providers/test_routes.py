"""Signing in at a provider: who is let in as what, who is refused in which words, and what is kept."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.models import Identity, SignIn, User, WaitingForm
from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.providers import operations, routes
from activitylog.accounts.queries import user_named
from activitylog.accounts.rules import Role
from activitylog.app import create_app
from activitylog.core.period import utc_now
from activitylog.settings import Settings
from tests.accounts.providers.conftest import ROLES
from tests.accounts.providers.doubles import NEW_KEY, OLD_KEY, OpenIDDouble, WeComDouble, query_of
from tests.conftest import dispose
from tests.factories.trail import entries, last

PASSWORD = "Kepu-2024"


@pytest.fixture
def guest(office: Flask) -> FlaskClient:
    return office.test_client()


def sign_in(
    client: FlaskClient,
    openid: OpenIDDouble,
    subject: str = "u-1",
    *,
    start: str = "/login/with/oidc",
    **claims: object,
) -> TestResponse:
    """Go to the provider, sign in there with these claims, and come back."""
    address = client.get(start).location
    return client.get("/login/with/oidc/callback", query_string=openid.code_for(address, subject, **claims))


def is_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


def sentence_of(answer: TestResponse) -> str:
    return re.sub(r"<[^>]+>", "", answer.text)


def at_the_real_provider(address: str, **form: str) -> dict[str, str]:
    """Answer the provider's own form; what it sends the browser back with."""
    redirect = requests.post(address, form, allow_redirects=False, timeout=20)
    return query_of(redirect.headers["Location"])


@pytest.fixture
def real_office(settings: Settings, real_provider: str) -> Iterator[Flask]:
    found = replace(settings, public_url="http://localhost", oidc_issuer=real_provider, oidc_roles=ROLES)
    app = create_app(
        replace(found, oidc_client_id="activitylog", oidc_client_secret="any", oidc_name="单位账号")
    )
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    yield app
    dispose(app)


def test_a_real_provider_lets_somebody_in_whom_nobody_invited(
    real_office: Flask, real_provider: str, session: Session
) -> None:
    known = {"name": "王芳", "groups": ["others", "kp-officers"]}
    requests.put(f"{real_provider}/users/wang", json=known, timeout=20).raise_for_status()
    client = real_office.test_client()
    assert "用单位账号登录" in client.get("/login").text
    address = client.get("/login/with/oidc?next=/periods").location
    query = query_of(address)
    assert (query["response_type"], query["code_challenge_method"], query["scope"]) == (
        "code",
        "S256",
        "openid profile",
    )
    back = at_the_real_provider(address, sub="wang")
    answer = client.get("/login/with/oidc/callback", query_string=back)
    assert (answer.status_code, answer.location) == (302, "/periods")
    page = client.get("/me").text
    assert ("王芳" in page, "绩效专员" in page, "更换密码" in page) == (True, True, False)
    assert session.scalars(select(SignIn)).one().user.name == "王芳"


def test_a_real_provider_says_that_somebody_thought_better_of_it(real_office: Flask) -> None:
    client = real_office.test_client()
    address = client.get("/login/with/oidc").location
    back = at_the_real_provider(address, action="deny") | query_of(address)  # it leaves the state out
    answer = client.get("/login/with/oidc/callback", query_string=back)
    assert (answer.status_code, "在单位账号取消了登录" in sentence_of(answer)) == (409, True)
    assert not is_in(client)


def test_the_first_group_that_fits_gives_the_role_at_every_sign_in(
    guest: FlaskClient, office: Flask, openid: OpenIDDouble, session: Session
) -> None:
    sign_in(guest, openid, name="王芳", groups=["kp-staff"])
    assert user_named(session, "王芳").role is Role.ORGANIZER
    entry = last(session, "user")
    assert (entry.action, entry.who) == ("user.signed_in", "王芳")
    sign_in(office.test_client(), openid, name="王芳", groups=["kp-staff", "kp-officers"])
    session.rollback()
    assert user_named(session, "王芳").role is Role.OFFICER
    changed = next(each for each in reversed(entries(session, "user")) if each.action == "user.edited")
    assert (changed.who, changed.changes) == ("统一身份认证", {"role": ("organizer", "officer")})
    refused = sign_in(office.test_client(), openid, name="王芳", groups=["kp-former"])
    assert (refused.status_code, "还没有对应本系统的角色" in refused.text) == (409, True)
    session.rollback()
    assert last(session, "user").action == "user.sign_in_failed"


def test_who_is_in_no_group_that_gives_a_role_is_told_whom_to_ask(
    guest: FlaskClient, openid: OpenIDDouble, session: Session
) -> None:
    answer = sign_in(guest, openid, name="李四")
    assert answer.status_code == 409
    assert "“李四”已通过统一身份认证登录" in sentence_of(answer)
    assert "请联系系统管理员" in sentence_of(answer)
    assert not is_in(guest)
    assert session.scalar(select(func.count(User.id))) == 0
    entry = last(session, "user")
    assert (entry.action, entry.who, entry.object_name) == (
        "user.sign_in_failed",
        "统一身份认证",
        "没有这个用户",
    )


def test_nobody_becomes_somebody_else_by_having_the_name(
    guest: FlaskClient, openid: OpenIDDouble, session: Session
) -> None:
    create_user(
        session, name="王芳", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=utc_now()
    )
    session.commit()
    sign_in(guest, openid, name="王芳", groups=["kp-staff"], email="wang@kepu.example", email_verified=True)
    assert "王芳（统一身份认证）" in guest.get("/me").text
    session.rollback()
    assert user_named(session, "王芳").identities == []


def test_a_disabled_account_stays_disabled(
    guest: FlaskClient, office: Flask, openid: OpenIDDouble, session: Session
) -> None:
    sign_in(guest, openid, name="王芳", groups=["kp-staff"])
    disable_user(session, name="王芳", now=utc_now())
    session.commit()
    answer = sign_in(office.test_client(), openid, name="王芳", groups=["kp-staff"])
    assert (answer.status_code, "“王芳”已停用，不能登录" in answer.text) == (409, True)
    assert not is_in(guest)


def test_the_last_administrator_keeps_their_role_whatever_the_groups_say(
    guest: FlaskClient, office: Flask, openid: OpenIDDouble, session: Session
) -> None:
    sign_in(guest, openid, name="王芳", groups=["kp-admins"])
    assert sign_in(office.test_client(), openid, name="王芳", groups=["kp-staff"]).status_code == 302
    assert user_named(session, "王芳").administers_accounts
    sign_in(office.test_client(), openid, "u-2", name="李四", groups=["kp-admins"])
    sign_in(office.test_client(), openid, name="王芳", groups=["kp-staff"])
    session.rollback()
    assert user_named(session, "王芳").role is Role.ORGANIZER


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another visit"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": ["activitylog", "another client"], "azp": "another client"},
        {"iss": "https://evil.example"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000, "nbf": 4_000_000_000},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "of another token"},
    ],
)
def test_an_id_token_that_is_not_for_this_visit_is_refused(
    guest: FlaskClient, openid: OpenIDDouble, claims: dict[str, object]
) -> None:
    answer = sign_in(guest, openid, **{"name": "王芳", "groups": ["kp-admins"], **claims})
    assert (answer.status_code, "没有通过核对" in answer.text) == (409, True)
    assert not is_in(guest)


def test_a_clock_a_minute_off_is_forgiven(guest: FlaskClient, openid: OpenIDDouble) -> None:
    now = int(utc_now().timestamp())
    assert (
        sign_in(guest, openid, name="王芳", groups=["kp-staff"], exp=now - 60, iat=now + 60).status_code
        == 302
    )


def _tampered(token: str) -> str:
    head, body, signature = token.split(".")
    return ".".join((head, body[:-6] + ("AAAAAA" if body[-6:] != "AAAAAA" else "BBBBBB"), signature))


def _unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


@pytest.mark.parametrize("spoil", [_tampered, _unsigned, lambda _: "", lambda _: "a.b.c"])
def test_an_id_token_nobody_signed_is_refused(
    guest: FlaskClient, openid: OpenIDDouble, spoil: object
) -> None:
    openid.spoil = spoil  # type: ignore[assignment]
    answer = sign_in(guest, openid, name="王芳", groups=["kp-admins"])
    assert (answer.status_code, "没有通过核对" in answer.text) == (409, True)


def test_a_new_key_is_believed_at_once_and_a_withdrawn_one_no_longer(
    guest: FlaskClient, office: Flask, openid: OpenIDDouble
) -> None:
    assert sign_in(guest, openid, name="王芳", groups=["kp-staff"]).status_code == 302
    openid.signing, openid.published = NEW_KEY, [OLD_KEY, NEW_KEY]
    assert sign_in(office.test_client(), openid, name="王芳", groups=["kp-staff"]).status_code == 302
    openid.signing, openid.published = OLD_KEY, [NEW_KEY]
    assert sign_in(office.test_client(), openid, name="王芳", groups=["kp-staff"]).status_code == 409
    assert openid.asked.count("/.well-known/openid-configuration") == 1


def test_an_answer_to_another_visit_is_refused(
    guest: FlaskClient, office: Flask, openid: OpenIDDouble
) -> None:
    stranger = office.test_client()
    strange = openid.code_for(stranger.get("/login/with/oidc").location, "u-9", groups=["kp-admins"])
    guest.get("/login/with/oidc")
    for answer in (
        guest.get("/login/with/oidc/callback", query_string=strange),
        office.test_client().get("/login/with/oidc/callback", query_string=strange),
        office.test_client().get("/login/with/oidc/callback"),
    ):
        assert (answer.status_code, "这次登录不是从本页开始的" in answer.text) == (409, True)
    assert "/token" not in openid.asked


def test_an_answer_counts_once(guest: FlaskClient, openid: OpenIDDouble) -> None:
    back = openid.code_for(guest.get("/login/with/oidc").location, "u-1", name="王芳", groups=["kp-staff"])
    assert guest.get("/login/with/oidc/callback", query_string=back).status_code == 302
    guest.post("/logout")
    assert guest.get("/login/with/oidc/callback", query_string=back).status_code == 409


def test_a_stolen_code_is_worth_nothing_without_the_visit_it_was_made_for(
    guest: FlaskClient, office: Flask, openid: OpenIDDouble
) -> None:
    thief = office.test_client()
    stolen = openid.code_for(guest.get("/login/with/oidc").location, "u-1", groups=["kp-admins"])
    state = query_of(thief.get("/login/with/oidc").location)["state"]
    answer = thief.get("/login/with/oidc/callback", query_string={"code": stolen["code"], "state": state})
    assert (answer.status_code, "已经用过或过期" in answer.text) == (409, True)


def test_who_comes_back_too_late_starts_again(guest: FlaskClient, openid: OpenIDDouble) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        back = openid.code_for(guest.get("/login/with/oidc").location, "u-1", groups=["kp-staff"])
        clock.shift(timedelta(minutes=11))
        answer = guest.get("/login/with/oidc/callback", query_string=back)
    assert (answer.status_code, "已经失效" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("access_denied", "在统一身份认证取消了登录"),
        ("temporarily_unavailable", "统一身份认证正忙"),
        ("something_new", "没有登录成功（something_new）"),
        ("<script>", "没有登录成功（未知）"),
    ],
)
def test_an_error_of_the_provider_comes_back_as_a_sentence(
    guest: FlaskClient, error: str, sentence: str
) -> None:
    state = query_of(guest.get("/login/with/oidc?next=/periods").location)["state"]
    answer = guest.get("/login/with/oidc/callback", query_string={"error": error, "state": state})
    assert (answer.status_code, sentence in answer.text) == (409, True)
    assert 'value="/periods"' in answer.text
    assert 'autocomplete="current-password"' in answer.text


def test_a_wrong_secret_names_the_variable(guest: FlaskClient, openid: OpenIDDouble) -> None:
    openid.client_secret = "changed"
    assert "ACTIVITYLOG_OIDC_CLIENT_SECRET" not in guest.get("/login").text
    answer = sign_in(guest, openid, name="王芳", groups=["kp-staff"])
    assert (answer.status_code, "统一身份认证不认识本系统" in answer.text) == (409, True)


def test_while_the_provider_is_away_the_password_works(settings: Settings, session: Session) -> None:
    create_user(
        session, name="王芳", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=utc_now()
    )
    session.commit()
    app = create_app(replace(settings, oidc_issuer="http://127.0.0.1:9", oidc_client_id="activitylog"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    answer = client.get("/login/with/oidc")
    assert (answer.status_code, "统一身份认证现在连不上" in answer.text) == (503, True)
    assert client.post("/login", data={"name": "王芳", "password": PASSWORD}).status_code == 302
    dispose(app)


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"jwks_uri": "ftp://evil.example"}],
)
def test_a_discovery_document_of_somebody_else_is_refused(
    guest: FlaskClient, openid: OpenIDDouble, metadata: dict[str, object]
) -> None:
    openid.metadata = metadata
    answer = guest.get("/login/with/oidc")
    assert (answer.status_code, "核对 ACTIVITYLOG_OIDC_ISSUER" in answer.text) == (409, True)


def test_the_discovery_document_is_asked_for_anew_after_an_hour(office: Flask, openid: OpenIDDouble) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        for minutes in (0, 59, 1):
            clock.shift(timedelta(minutes=minutes))
            office.test_client().get("/login/with/oidc")
    assert openid.asked.count("/.well-known/openid-configuration") == 2


def test_groups_that_the_token_lacks_are_asked_for(guest: FlaskClient, openid: OpenIDDouble) -> None:
    openid.userinfo = {"sub": "u-1", "name": "王芳", "groups": ["kp-officers"]}
    assert sign_in(guest, openid).status_code == 302
    assert "绩效专员" in guest.get("/me").text


def test_what_the_provider_says_of_another_person_is_not_taken(
    guest: FlaskClient, openid: OpenIDDouble
) -> None:
    openid.userinfo = {"sub": "u-2", "name": "李四", "groups": ["kp-admins"]}
    assert sign_in(guest, openid).status_code == 409


def test_a_form_of_an_ended_session_waits_and_is_sent_on(
    guest: FlaskClient, openid: OpenIDDouble, session: Session
) -> None:
    typed = "写了很久的一段话 <b>"
    ended = guest.post("/me/name", data={"name": typed}, headers={"Origin": "http://localhost"})
    assert ended.status_code == 401
    kept = unescape(re.findall(r'name="kept" value="([^"]*)"', ended.text)[0])
    left = guest.post("/login/with/oidc", data={"kept": kept})
    assert left.status_code == 200
    address = unescape(re.findall(r'content="0; url=([^"]+)"', left.text)[0])
    denied = guest.get(
        "/login/with/oidc/callback",
        query_string={"error": "access_denied", "state": query_of(address)["state"]},
    )
    assert "写了很久的一段话" in denied.text
    left = guest.post("/login/with/oidc", data={"kept": kept})
    address = unescape(re.findall(r'content="0; url=([^"]+)"', left.text)[0])
    back = openid.code_for(address, "u-1", name="王芳", groups=["kp-staff"])
    page = guest.get("/login/with/oidc/callback", query_string=back)
    assert (page.status_code, "刚才填写的内容还在" in page.text, "写了很久的一段话" in page.text) == (
        200,
        True,
        True,
    )
    assert session.scalar(select(func.count()).select_from(WaitingForm)) == 1  # of the first, given up


KEPT = '["/me/name", [["name", "写了很久"]]]'


def test_who_proves_once_more_who_they_are_signs_in_anew_at_the_provider(
    guest: FlaskClient, openid: OpenIDDouble, session: Session
) -> None:
    sign_in(guest, openid, name="王芳", groups=["kp-staff"])

    def prove(subject: str, **claims: object) -> TestResponse:
        left = guest.post("/login/with/oidc", data={"kept": KEPT})
        address = unescape(re.findall(r'content="0; url=([^"]+)"', left.text)[0])
        assert (query_of(address)["prompt"], query_of(address)["max_age"]) == ("login", "0")
        back = openid.code_for(address, subject, name="王芳", groups=["kp-staff"], **claims)
        return guest.get("/login/with/oidc/callback", query_string=back)

    now = int(utc_now().timestamp())
    for answer, sentence in (
        (prove("u-1"), "没有重新核对您的身份"),
        (prove("u-1", auth_time=now - 600), "没有重新核对您的身份"),
        (prove("u-2", auth_time=now), "登录的不是“王芳”本人"),
    ):
        assert (answer.status_code, sentence in answer.text, "写了很久" in answer.text) == (409, True, True)
    proven = prove("u-1", auth_time=now)
    assert (proven.status_code, "刚才填写的内容还在" in proven.text) == (200, True)
    before, since = session.scalars(select(SignIn).order_by(SignIn.id))
    assert (before.ended_at is None, since.ended_at is None) == (False, True)
    assert is_in(guest)


def test_so_many_forms_wait_and_the_next_is_not_lost(
    guest: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_WAITING", 1)
    assert guest.post("/login/with/oidc", data={"kept": KEPT}).status_code == 200
    refused = guest.post("/login/with/oidc", data={"kept": KEPT})
    assert (refused.status_code, "写了很久" in refused.text) == (503, True)


def test_the_address_to_go_on_to_is_one_of_ours(guest: FlaskClient, openid: OpenIDDouble) -> None:
    answer = sign_in(
        guest, openid, start="/login/with/oidc?next=//evil.example/", name="王芳", groups=["kp-staff"]
    )
    assert answer.location == "/"
    assert guest.get("/login/with/oidc?next=/periods").location == "/periods"  # signed in already


def test_signing_out_offers_to_sign_out_at_the_provider(
    guest: FlaskClient, openid: OpenIDDouble, session: Session
) -> None:
    sign_in(guest, openid, name="王芳", groups=["kp-staff"])
    left = guest.post("/logout").location
    assert left == "/login?left=oidc"
    assert "退出统一身份认证" in guest.get(left).text
    address = guest.get("/login/with/oidc/end").location
    assert address.startswith(f"{openid.url}/end_session?")
    assert query_of(address) == {
        "client_id": "activitylog",
        "post_logout_redirect_uri": "http://localhost/login",
    }
    assert not is_in(guest)


def test_no_button_stands_where_no_provider_is_set(client: FlaskClient) -> None:
    assert "/login/with/" not in client.get("/login").text
    for key in ("oidc", "wecom", "nobody"):
        answer = client.get(f"/login/with/{key}")
        assert (answer.status_code, "没有开通这种登录方式" in answer.text) == (404, True)


def test_a_slow_provider_leaves_threads_to_everybody_else(guest: FlaskClient) -> None:
    taken = [routes._asking.acquire(blocking=False) for _ in range(routes.AT_ONCE)]
    try:
        answer = guest.get("/login/with/oidc?next=/periods")
    finally:
        for _ in taken:
            routes._asking.release()
    assert all(taken)
    assert (answer.status_code, "同时去别处登录的人太多" in answer.text) == (503, True)
    assert 'value="/periods"' in answer.text
    assert guest.get("/login/with/oidc").status_code == 302


@pytest.fixture
def wecom_office(settings: Settings, wecom: WeComDouble) -> Iterator[Flask]:
    found = replace(settings, public_url="https://kepu.example", wecom_url=wecom.url, wecom_corp_id="ww1")
    roles = (("tag:3", "officer"), ("2", "organizer"))
    app = create_app(replace(found, wecom_agent_id="1000002", wecom_secret=wecom.secret, wecom_roles=roles))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, SESSION_COOKIE_SECURE=False)
    yield app
    dispose(app)


def test_a_member_of_wecom_signs_in_from_the_desk_and_from_the_app(
    wecom_office: Flask, wecom: WeComDouble, session: Session
) -> None:
    wecom.members["WangFang"] = {"userid": "WangFang", "name": "王芳", "department": [2], "status": 1}
    wecom.tags["3"] = {"tagname": "绩效", "userlist": [], "partylist": []}
    for agent, begins in (
        (
            "Chrome",
            "https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&appid=ww1&agentid=1000002&",
        ),
        ("MicroMessenger wxwork", "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww1&"),
    ):
        client = wecom_office.test_client()
        address = client.get("/login/with/wecom", headers={"User-Agent": agent}).location
        assert address.startswith(begins)
        query = query_of(address)
        assert query["redirect_uri"] == "https://kepu.example/login/with/wecom/callback"
        wecom.codes["c"] = {"userid": "WangFang", "user_ticket": "t"}
        answer = client.get("/login/with/wecom/callback", query_string={"code": "c", "state": query["state"]})
        assert answer.location == "/"
        assert is_in(client)
        assert client.post("/logout").location == "/login"
    assert session.scalars(select(Identity.subject)).all() == ["wangfang"]
    assert user_named(session, "王芳").role is Role.ORGANIZER


def test_an_outsider_of_wecom_is_told_so(wecom_office: Flask, wecom: WeComDouble) -> None:
    client = wecom_office.test_client()
    state = query_of(client.get("/login/with/wecom").location)["state"]
    wecom.codes["c"] = {"openid": "o-1"}
    answer = client.get("/login/with/wecom/callback", query_string={"code": "c", "state": state})
    assert (answer.status_code, "不是本单位企业微信的成员" in answer.text) == (409, True)
