"""Inviting people, changing what they may, and helping them back in, from the browser."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.guards import SECOND_FACTOR_ROLES
from activitylog.accounts.models import Membership, PasswordLink, User
from activitylog.accounts.queries import user_named
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, sign_in
from activitylog.core.actor import Actor, act_as
from activitylog.core.period import utc_now
from tests.factories.accounts import make_admin, make_second_factor, make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.trail import last
from tests.signed_in import signed_in

PASSWORD = "Kepu-2024"


@pytest.fixture
def admin(app: Flask, session: Session) -> FlaskClient:
    user = make_admin(session, name="管理员")
    session.commit()
    return signed_in(app, user)


def link_in(page: str) -> str:
    found = re.search(r"http://localhost:8000(/password/[\w-]+)", page)
    assert found
    return found[1]


def test_a_person_is_invited_chooses_a_password_and_sees_their_project(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    for year in (2024, 2025):
        make_project(session, name="科普资源配送", year=year)
    make_project(session, name="别的项目")
    session.commit()
    sent = {"name": "王芳", "role": "organizer", "projects": ["科普资源配送", "没有的项目"]}
    shown = admin.post("/users/new", data=sent, follow_redirects=True).text
    assert "已邀请“王芳”" in shown
    assert "还没设密码" in shown
    assert 'src="data:image/png;base64,' in shown
    invited = user_named(session, "王芳")
    assert "/password/" not in admin.get(f"/users/{invited.id}").text  # shown once
    guest = app.test_client()
    chosen = guest.post(link_in(shown), data={"name": "王芳", "password": PASSWORD, "repeated": PASSWORD})
    assert chosen.location == "/"
    own = guest.get("/me").text
    assert ("科普资源配送" in own, "别的项目" in own) == (True, False)
    assert len(session.scalars(select(Membership)).all()) == 2
    assert last(session, "membership").changes == {"user": (None, "王芳"), "project": (None, "科普资源配送")}


def test_who_forgot_the_password_gets_a_link_and_the_old_one_ends(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    user = make_user(session, role=Role.OFFICER, name="王芳")
    session.commit()
    phone = signed_in(app, user)
    first = link_in(admin.post(f"/users/{user.id}/link", follow_redirects=True).text)
    second = link_in(admin.post(f"/users/{user.id}/link", follow_redirects=True).text)
    guest = app.test_client()
    assert guest.get(first).status_code == 404
    assert phone.get("/me").status_code == 200
    guest.post(second, data={"name": "王芳", "password": PASSWORD, "repeated": PASSWORD})
    assert phone.get("/me").status_code == 302
    again = app.test_client().post("/login", data={"name": "王芳", "password": PASSWORD})
    assert again.location == "/"


def test_the_list_says_who_may_what_and_how_they_are(admin: FlaskClient, session: Session) -> None:
    project = make_project(session, name="科普资源配送")
    make_user(session, project, name="王芳")
    make_user(session, name="还没分项目")
    gone = make_user(session, name="离岗", role=Role.MANAGER)
    gone.is_enabled = False
    waiting = make_user(session, name="忘密码", role=Role.AUDITOR)
    for _ in range(5):
        assert sign_in(session, name="忘密码", fitting=None, device=Device(), now=utc_now()) is None
    session.commit()
    page = re.sub(r"<[^>]+>|\s+", " ", admin.get("/users").text)
    page = re.sub(r"\s+", " ", page)
    assert "王芳 活动组织者 科普资源配送 从未登录 正常" in page
    assert "还没分项目 活动组织者 还没有项目" in page
    assert "离岗 项目负责人 全部项目 从未登录 已停用" in page
    assert "忘密码 审计（只读） 全部项目 从未登录 多次密码错误，需等待" in page
    done = admin.post(f"/users/{waiting.id}/unlock", follow_redirects=True).text
    assert "“忘密码”可以马上再试登录" in done
    assert "允许马上再试" not in done


def test_a_person_is_edited(admin: FlaskClient, session: Session) -> None:
    first, second = make_project(session, name="甲项目"), make_project(session, name="乙项目")
    user = make_user(session, first, name="王芳")
    session.commit()
    changed = {"name": "王芳芳", "role": "organizer", "projects": ["乙项目"]}
    page = admin.get(f"/users/{user.id}").text
    seen = re.search(r'name="seen"[^>]* value="([^"]+)"', page)
    assert seen
    address, stale = f"/users/{user.id}", changed | {"seen": "older"}
    refused = admin.post(address, data=stale)
    assert (refused.status_code, "别人改过这条记录" in refused.text) == (422, True)
    assert admin.post(address, data=changed | {"seen": seen[1]}).status_code == 302
    session.rollback()
    assert user.name == "王芳芳"
    assert session.scalars(select(Membership.project_id)).all() == [second.id]
    manager = changed | {"role": "manager", "seen": _seen(admin, address)}
    refused = admin.post(address, data=manager | {"projects": []})
    assert (refused.status_code, "请选择项目负责人所在的项目" in refused.text) == (422, True)
    assert admin.post(address, data=manager).status_code == 302
    session.rollback()
    assert (user.role, user.sees_all_projects) == (Role.MANAGER, False)
    assert session.scalars(select(Membership.project_id)).all() == [second.id]
    everything = manager | {"has_all_projects": "y", "seen": _seen(admin, address)}
    assert admin.post(address, data=everything).status_code == 302
    session.rollback()
    assert user.sees_all_projects
    assert session.scalars(select(Membership.project_id)).all() == []


def _seen(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="seen"[^>]* value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def test_a_disabled_person_is_out_at_once_and_comes_back(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    user = make_user(session, role=Role.OFFICER, name="王芳")
    session.commit()
    phone = signed_in(app, user)
    assert "已停用“王芳”" in admin.post(f"/users/{user.id}/disable", follow_redirects=True).text
    assert phone.get("/me").status_code == 302
    refused = admin.post(f"/users/{user.id}/link")
    assert (refused.status_code, "已停用，请先启用" in refused.text) == (409, True)
    assert "已启用“王芳”" in admin.post(f"/users/{user.id}/enable", follow_redirects=True).text
    assert phone.get("/me").status_code == 302  # that sign-in has ended


def test_the_last_administrator_cannot_go(admin: FlaskClient, session: Session) -> None:
    own = user_named(session, "管理员")
    refused = admin.post(f"/users/{own.id}/disable")
    assert (refused.status_code, "不能停用自己的账号" in refused.text) == (409, True)
    less: dict[str, object] = {"name": "管理员", "role": "officer", "seen": _seen(admin, f"/users/{own.id}")}
    refused = admin.post(f"/users/{own.id}", data=less)
    assert (refused.status_code, "最后一个系统管理员" in refused.text) == (422, True)
    session.rollback()
    assert (own.administers_accounts, own.is_enabled) == (True, True)


def test_administering_accounts_goes_with_any_role_and_with_none(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    sent = {"name": "账号员", "role": "none"}
    refused = admin.post("/users/new", data=sent)
    assert (refused.status_code, "请选一个角色，或勾选管理账号" in refused.text) == (422, True)
    shown = admin.post("/users/new", data=sent | {"administers_accounts": "y"}, follow_redirects=True).text
    guest = app.test_client()
    guest.post(link_in(shown), data={"name": "账号员", "password": PASSWORD, "repeated": PASSWORD})
    home = guest.get("/").text
    assert ("您管理账号，不经手业务" in home, 'href="/activities"' in home) == (True, False)
    assert guest.get("/users").status_code == 200
    assert guest.get("/activities").status_code == 403
    list_of_users = re.sub(r"<[^>]+>|\s+", " ", admin.get("/users").text)
    assert re.search(r"账号员\s+系统管理员", list_of_users)
    assert re.search(r"管理员\s+绩效专员、系统管理员", list_of_users)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "请填写姓名。"),
        ({"name": "管理员"}, "用户“管理员”已经存在"),
        ({"role": "king"}, "选择"),
    ],
)
def test_an_impossible_invitation_is_refused(
    admin: FlaskClient, session: Session, changes: dict[str, str], sentence: str
) -> None:
    refused = admin.post("/users/new", data={"name": "王芳", "role": "organizer"} | changes)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert len(session.scalars(select(User)).all()) == 1
    assert session.scalars(select(PasswordLink)).all() == []


def test_somebody_who_is_not_there_is_missing(admin: FlaskClient) -> None:
    for step in ("", "/link", "/disable"):
        answer = admin.open(f"/users/999{step}", method="POST" if step else "GET")
        assert (answer.status_code, "没有这个用户" in answer.text) == (404, True)


def test_a_link_is_kept_in_no_page_of_others(admin: FlaskClient, session: Session) -> None:
    one, other = make_user(session, name="甲"), make_user(session, name="乙")
    session.commit()
    admin.post(f"/users/{one.id}/link")
    assert "/password/" not in admin.get(f"/users/{other.id}").text
    session.rollback()
    assert session.scalars(select(PasswordLink)).one().expires_at > utc_now() + timedelta(days=6)


def test_a_lost_second_factor_is_turned_off_by_an_administrator(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    user = make_user(session, role=Role.OFFICER, name="王芳")
    make_second_factor(session, user)
    make_second_factor(session, user_named(session, "管理员"))
    session.commit()
    address = f"/users/{user.id}/second-factor/off"
    assert "两步验证" in admin.get("/users").text
    assert address in admin.get(f"/users/{user.id}").text
    assert signed_in(app, user).post(address).status_code == 403
    assert "“王芳”的两步验证已关闭" in admin.post(address, follow_redirects=True).text
    session.rollback()
    assert last(session, "user").action == "user.second_factor_off"
    assert admin.post(address).status_code == 409
    own = admin.post(f"/users/{user_named(session, '管理员').id}/second-factor/off")
    assert (own.status_code, "自己的两步验证请到“我的”关闭" in own.text) == (409, True)


def test_the_list_says_who_still_lacks_a_second_factor(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    make_second_factor(session, user_named(session, "管理员"))
    make_user(session, role=Role.OFFICER, name="王芳")
    session.commit()
    assert "须开两步验证" not in admin.get("/users").text
    app.extensions[SECOND_FACTOR_ROLES] = lambda: frozenset({"officer", "admin"})
    assert admin.get("/users").text.count("须开两步验证") == 1


@pytest.mark.parametrize("name", ["Ｗang", "wANG", "wаng", "wan g"])
def test_a_name_that_looks_like_anothers_is_refused(admin: FlaskClient, session: Session, name: str) -> None:
    make_user(session, name="Wang")
    session.commit()
    refused = admin.post("/users/new", data={"name": name, "role": "organizer"})
    assert (refused.status_code, "和已有的用户“Wang”看起来一样" in refused.text) == (422, True)


def test_a_disabled_account_is_erased_and_shown_by_another_name(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    project = make_project(session)
    left = make_user(session, project, name="王芳")
    stranger = make_user(session, project)
    session.commit()
    act_as(session, Actor("王芳", "", user_id=left.id))
    make_activity(session, project, by=left)
    session.commit()
    erase = f"/users/{left.id}/erase"
    assert (admin.post(erase).status_code, signed_in(app, stranger).post(erase).status_code) == (409, 403)
    admin.post(f"/users/{left.id}/disable")
    assert "注销账号" in admin.get(f"/users/{left.id}").text
    shown = admin.post(erase, follow_redirects=True).text
    assert f"从现在起显示为“已注销用户{left.id}”" in shown
    for page in ("/users", f"/users/{left.id}", "/audit", "/audit?kind=membership"):
        answer = admin.get(page)
        assert (answer.status_code, "王芳" in answer.text.replace("管理员", "")) == (200, False)


def test_the_administrator_and_the_person_get_what_is_stored(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    person, other = make_user(session, name="王芳"), make_user(session)
    session.commit()
    given = admin.get(f"/users/{person.id}/data.json")
    assert given.get_json()["account"]["name"] == "王芳"
    assert "attachment" in given.headers["Content-Disposition"]
    client = signed_in(app, person)
    assert client.get("/me/data.json").get_json()["account"] == given.get_json()["account"]
    assert signed_in(app, other).get(f"/users/{person.id}/data.json").status_code == 403
    assert admin.get("/users/99/data.json").status_code == 404
