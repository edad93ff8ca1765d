"""The user's own page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import SignIn, User
from activitylog.accounts.operations import create_user
from activitylog.accounts.rules import ROLE_LABELS, Role
from activitylog.core.period import utc_now
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.signed_in import signed_in


def page_of(app: Flask, session: Session, role: Role, *, member: bool = False) -> str:
    project = make_project(session, name="科普资源配送", year=2024)
    make_project(session, name="大型科普活动", year=2025)
    user = make_user(session, *([project] if member else []), role=role, name="王小青")
    session.commit()
    answer = signed_in(app, user).get("/me")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("role", list(Role))
def test_it_tells_who_one_is_and_what_one_may_do(app: Flask, session: Session, role: Role) -> None:
    page = page_of(app, session, role)
    assert "王小青" in page
    assert ROLE_LABELS[role] in page
    assert ("查看活动、指标" in page) is (role is not Role.NONE)
    assert ("汇总月份并结账" in page) is (role is Role.OFFICER)
    assert ("记活动，登记推送" in page) is (role not in {Role.AUDITOR, Role.NONE})


def test_an_organizer_finds_their_projects_and_no_other(app: Flask, session: Session) -> None:
    page = page_of(app, session, Role.ORGANIZER, member=True)
    assert "2024年我的项目" in page
    assert "科普资源配送" in page
    assert "大型科普活动" not in page


def test_an_organizer_without_a_project_learns_whom_to_ask(app: Flask, session: Session) -> None:
    assert "请项目负责人或系统管理员把您加入" in page_of(app, session, Role.ORGANIZER)


def test_the_office_finds_every_project_newest_year_first(app: Flask, session: Session) -> None:
    page = page_of(app, session, Role.AUDITOR)
    assert page.index("2025年的项目") < page.index("大型科普活动") < page.index("2024年的项目")


def test_rules_are_to_be_checked_by_those_who_may_change_them(app: Flask, session: Session) -> None:
    assert "核对计数规则" in page_of(app, session, Role.MANAGER)


def test_others_only_read_them(app: Flask, session: Session) -> None:
    page = page_of(app, session, Role.AUDITOR)
    assert "看计数规则" in page
    assert "核对计数规则" not in page


PASSWORD, OTHER = "Kepu-2024", "Kepu-2025"


@pytest.fixture
def person(session: Session) -> User:
    user = create_user(session, name="王芳", password=PASSWORD, role=Role.OFFICER, now=utc_now())
    session.commit()
    return user


def changed(**changes: str) -> dict[str, str]:
    return {"current": PASSWORD, "password": OTHER, "repeated": OTHER} | changes


def test_a_person_changes_their_password_and_other_devices_are_out(app: Flask, person: User) -> None:
    here, elsewhere = signed_in(app, person), signed_in(app, person)
    assert "密码已更换" in here.post("/me/password", data=changed(), follow_redirects=True).text
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302
    guest = app.test_client()
    assert guest.post("/login", data={"name": "王芳", "password": PASSWORD}).status_code == 422
    assert guest.post("/login", data={"name": "王芳", "password": OTHER}).location == "/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"current": "Kepu-2020"}, "和现在的密码不一样"),
        ({"current": ""}, "请填写现在的密码。"),
        ({"password": "short", "repeated": "short"}, "密码太短"),
        ({"repeated": "Kepu-2026"}, "两次填的密码不一样"),
    ],
)
def test_a_password_is_not_changed_by_a_form_that_is_wrong(
    app: Flask, session: Session, person: User, changes: dict[str, str], sentence: str
) -> None:
    before = person.password_hash
    answer = signed_in(app, person).post("/me/password", data=changed(**changes))
    assert (answer.status_code, sentence in answer.text) == (422, True)
    session.expire_all()
    assert person.password_hash == before


def test_a_person_changes_their_name(app: Flask, session: Session, person: User) -> None:
    make_user(session, name="李四")
    session.commit()
    client = signed_in(app, person)
    taken = client.post("/me/name", data={"name": "李四"})
    assert (taken.status_code, "用户“李四”已经存在" in taken.text) == (422, True)
    assert "姓名已改" in client.post("/me/name", data={"name": "王芳芳"}, follow_redirects=True).text
    assert app.test_client().post("/login", data={"name": "王芳芳", "password": PASSWORD}).location == "/"


def test_a_person_sees_and_ends_their_sign_ins_and_nobody_elses(
    app: Flask, session: Session, person: User
) -> None:
    phone, desk, lost = (signed_in(app, person) for _ in range(3))
    stranger = make_user(session, role=Role.OFFICER)
    session.commit()
    other = signed_in(app, stranger)
    numbers = {
        user_id: list(session.scalars(select(SignIn.id).where(SignIn.user_id == user_id).order_by(SignIn.id)))
        for user_id in (person.id, stranger.id)
    }
    assert phone.get("/me").text.count("未知设备") == 3
    assert phone.post(f"/me/sign-ins/{numbers[stranger.id][0]}/end").status_code == 404
    assert other.get("/me").status_code == 200
    assert "已结束那台设备上的登录" in (
        phone.post(f"/me/sign-ins/{numbers[person.id][2]}/end", follow_redirects=True).text
    )
    assert lost.get("/me").status_code == 302
    assert "已结束其他 1 台设备" in phone.post("/me/sign-ins/end-others", follow_redirects=True).text
    assert desk.get("/me").status_code == 302
    assert phone.get("/me").status_code == 200


def test_a_device_is_noted_as_used_once_an_hour(app: Flask, session: Session) -> None:
    with time_machine.travel(datetime(2024, 6, 12, 2, tzinfo=UTC), tick=False) as clock:
        create_user(session, name="王芳", password=PASSWORD, role=Role.OFFICER, now=utc_now())
        session.commit()
        client = app.test_client()
        client.post("/login", data={"name": "王芳", "password": PASSWORD, "stay": "y"})
        seen = []
        for minutes in (30, 31, 20):
            clock.shift(timedelta(minutes=minutes))
            assert client.get("/me").status_code == 200
            session.rollback()
            seen.append(session.scalars(select(SignIn.seen_at)).one().minute)
    assert seen == [0, 1, 1]
