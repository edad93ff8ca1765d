"""Linking an identity to an account by the person or by an invitation, and unlinking it."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.models import Identity, User
from activitylog.accounts.operations import create_user, invite_user
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.rules import Role
from activitylog.core.period import utc_now
from tests.accounts.providers.doubles import OpenIDDouble
from tests.factories.trail import last
from tests.signed_in import signed_in

PASSWORD = "Kepu-2024"


@pytest.fixture
def person(session: Session) -> User:
    user = create_user(session, name="王芳", password=PASSWORD, role=Role.MANAGER, now=utc_now())
    session.commit()
    return user


def go(
    client: FlaskClient, openid: OpenIDDouble, start: str, subject: str = "u-1", **claims: object
) -> TestResponse:
    """Press the button, sign in at the provider, and come back."""
    left = client.post(start)
    assert "正在前往统一身份认证" in left.text
    address = unescape(re.findall(r'content="0; url=([^"]+)"', left.text)[0])
    back = openid.code_for(address, subject, name="王芳芳", **claims)
    return client.get("/login/with/oidc/callback", query_string=back)


def test_a_person_links_their_identity_and_signs_in_by_it(
    office: Flask, openid: OpenIDDouble, person: User, session: Session
) -> None:
    client = signed_in(office, person)
    assert "关联统一身份认证" in client.get("/me").text
    answer = go(client, openid, "/me/identities/oidc")
    assert answer.location == "/me#identities"
    page = client.get("/me").text
    assert "以后也可以用统一身份认证登录" in page
    assert ("王芳芳" in page, "关联统一身份认证" in page) == (True, False)
    session.rollback()
    entry = last(session, "identity")
    assert (entry.action, entry.who, entry.object_name) == ("identity.created", "王芳", "王芳")
    assert entry.changes == {
        "user": (None, "王芳"),
        "provider": (None, "oidc"),
        "subject": (None, "u-1"),
        "name": (None, "王芳芳"),
    }
    other = office.test_client()
    back = openid.code_for(other.get("/login/with/oidc").location, "u-1", name="王芳芳", groups=["kp-admins"])
    assert other.get("/login/with/oidc/callback", query_string=back).location == "/"
    session.rollback()
    assert person.role is Role.MANAGER  # the groups give roles only to accounts that they made
    assert "项目负责人" in other.get("/me").text


def test_nobody_links_the_identity_of_somebody_else(
    office: Flask, openid: OpenIDDouble, person: User, session: Session
) -> None:
    go(signed_in(office, person), openid, "/me/identities/oidc")
    session.rollback()
    other = create_user(
        session, name="李四", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=utc_now()
    )
    session.commit()
    client = signed_in(office, other)
    assert go(client, openid, "/me/identities/oidc").location == "/me#identities"
    assert "已经是另一个用户的登录方式" in client.get("/me").text
    session.rollback()
    assert session.scalars(select(Identity.user_id)).all() == [person.id]


def test_a_link_that_one_person_began_is_not_finished_for_another(
    office: Flask, openid: OpenIDDouble, person: User, session: Session
) -> None:
    client = signed_in(office, person)
    left = client.post("/me/identities/oidc")
    address = unescape(re.findall(r'content="0; url=([^"]+)"', left.text)[0])
    with client.session_transaction() as cookie:
        del cookie["_user_id"]
    back = openid.code_for(address, "u-1", name="王芳")
    answer = client.get("/login/with/oidc/callback", query_string=back)
    assert (answer.status_code, "没有关联。请重新登录" in answer.text) == (409, True)
    assert session.scalars(select(Identity)).all() == []


def test_linking_takes_a_button_not_a_link_and_a_person(office: Flask, person: User) -> None:
    assert signed_in(office, person).get("/me/identities/oidc").status_code == 405
    assert office.test_client().post("/me/identities/oidc").location.startswith("/login")


def test_unlinking_leaves_the_password(
    office: Flask, openid: OpenIDDouble, person: User, session: Session
) -> None:
    client = signed_in(office, person)
    go(client, openid, "/me/identities/oidc")
    session.rollback()
    number = session.scalars(select(Identity.id)).one()
    session.rollback()
    stranger = create_user(
        session, name="李四", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=utc_now()
    )
    session.commit()
    refused = signed_in(office, stranger).post(f"/me/identities/{number}/unlink")
    assert (refused.status_code, "没有这个登录方式" in refused.text) == (404, True)
    assert client.post(f"/me/identities/{number}/unlink").location == "/me#identities"
    assert "不能再用统一身份认证登录" in client.get("/me").text
    session.rollback()
    assert last(session, "identity").action == "identity.removed"


def test_the_last_way_in_stays(office: Flask, openid: OpenIDDouble, session: Session) -> None:
    client = office.test_client()
    back = openid.code_for(client.get("/login/with/oidc").location, "u-1", name="王芳", groups=["kp-staff"])
    client.get("/login/with/oidc/callback", query_string=back)
    assert "取消关联" not in client.get("/me").text
    session.rollback()
    number = session.scalars(select(Identity.id)).one()
    refused = client.post(f"/me/identities/{number}/unlink")
    assert (refused.status_code, "唯一的登录方式" in refused.text) == (409, True)
    changed = client.post("/me/password", data={"current": "x", "password": PASSWORD, "repeated": PASSWORD})
    assert (changed.status_code, "您没有密码" in changed.text) == (409, True)


def test_an_invitation_is_accepted_without_a_password(
    office: Flask, openid: OpenIDDouble, person: User, session: Session
) -> None:
    invited = invite_user(session, name="赵六", role=Role.OFFICER, now=utc_now())
    token = make_password_link(session, invited, by=None, now=utc_now())
    session.commit()
    guest = office.test_client()
    assert "或者不设密码" in guest.get(f"/password/{token}").text
    assert go(guest, openid, f"/password/{token}/with/oidc").location == "/"
    assert "赵六" in guest.get("/me").text
    session.rollback()
    assert not invited.is_invited
    assert [each.subject for each in invited.identities] == ["u-1"]
    assert last(session, "identity").who == "赵六"
    assert guest.post(f"/password/{token}/with/oidc").status_code == 404  # used
    assert office.test_client().post("/password/nobody/with/oidc").status_code == 404


def test_an_invitation_that_is_refused_at_the_provider_stays_open(
    office: Flask, openid: OpenIDDouble, session: Session
) -> None:
    invited = invite_user(session, name="赵六", role=Role.OFFICER, now=utc_now())
    token = make_password_link(session, invited, by=None, now=utc_now())
    session.commit()
    guest = office.test_client()
    answer = go(guest, openid, f"/password/{token}/with/oidc", aud="another client")
    assert answer.location == f"/password/{token}"
    assert "没有通过核对" in guest.get(answer.location).text


def test_a_person_s_page_says_how_they_sign_in(
    office: Flask, openid: OpenIDDouble, person: User, session: Session
) -> None:
    go(signed_in(office, person), openid, "/me/identities/oidc")
    session.rollback()
    admin = create_user(
        session, name="李四", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=utc_now()
    )
    invited = invite_user(session, name="赵六", role=Role.OFFICER, now=utc_now())
    session.commit()
    client = signed_in(office, admin)
    assert "登录方式：姓名和密码、统一身份认证（王芳芳）。" in client.get(f"/users/{person.id}").text
    assert "还没有设密码。" in client.get(f"/users/{invited.id}").text


def test_who_has_no_password_proves_at_the_provider_who_they_are(
    office: Flask, openid: OpenIDDouble, session: Session
) -> None:
    client = office.test_client()
    back = openid.code_for(client.get("/login/with/oidc").location, "u-1", name="王芳", groups=["kp-admins"])
    client.get("/login/with/oidc/callback", query_string=back)
    here = {"Origin": "http://localhost"}
    asked = client.post("/users/new", data={"name": "赵六", "role": "officer"}, headers=here)
    assert (asked.status_code, "请再确认是您本人" in asked.text) == (401, True)
    assert ("现在的密码" in asked.text, "用统一身份认证确认" in asked.text) == (False, True)
    kept = unescape(re.findall(r'name="kept" value="([^"]*)"', asked.text)[0])
    left = client.post("/login/with/oidc", data={"kept": kept})
    address = unescape(re.findall(r'content="0; url=([^"]+)"', left.text)[0])
    now = int(utc_now().timestamp())
    back = openid.code_for(address, "u-1", name="王芳", groups=["kp-admins"], auth_time=now)
    page = client.get("/login/with/oidc/callback", query_string=back)
    assert "刚才填写的内容还在" in page.text
    done = client.post("/users/new", data={"name": "赵六", "role": "officer"}, headers=here)
    assert done.status_code == 302
    assert session.scalars(select(User.name).where(User.name == "赵六")).all() == ["赵六"]
