"""Users: created, invited, renamed, given roles and projects, disabled and enabled."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.operations import (
    create_user,
    disable_user,
    enable_user,
    invite_user,
    rename_user,
    set_projects,
    set_role,
)
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, begin_sign_in
from activitylog.accounts.sign_ins.queries import owner_of_cookie
from activitylog.errors import BadInput, Missing, Refused
from tests.factories.accounts import make_user
from tests.factories.projects import make_project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
PASSWORD = "Kepu-2024"


@pytest.fixture
def person(session: Session) -> User:
    return create_user(session, name="张三", password=PASSWORD, role=Role.ORGANIZER, now=NOW)


def test_a_person_belongs_to_the_projects_given(session: Session) -> None:
    projects = [make_project(session), make_project(session)]
    ids = [project.id for project in projects]
    create_user(session, name="张三", password=PASSWORD, role=Role.ORGANIZER, now=NOW, project_ids=ids)
    assert set(session.scalars(select(Membership.project_id))) == set(ids)


def test_a_taken_name_is_refused(session: Session, person: User) -> None:
    with pytest.raises(Refused, match="用户“张三”已经存在"):
        create_user(session, name=" 张三", password=PASSWORD, role=Role.OFFICER, now=NOW)


def test_a_name_that_looks_like_a_taken_one_is_refused_and_what_is_stored_stays(session: Session) -> None:
    make_user(session, name="admin")
    stored = make_user(session, name="Admin")  # from before names were compared so
    for name in ("ADMIN", "аdmin", "ａdmin"):
        with pytest.raises(Refused, match="看起来一样") as refusal:
            invite_user(session, name=name, role=Role.ORGANIZER, now=NOW)
        assert refusal.value.field == "name"
    rename_user(session, stored, name="Admin")
    rename_user(session, stored, name="Admin2")
    with pytest.raises(Refused, match="看起来一样"):
        rename_user(session, stored, name="AdmIn")
    other = make_user(session, name="Wang")
    rename_user(session, other, name="wang")  # one's own in another case
    assert other.name == "wang"


@pytest.mark.parametrize("name", ["", "  ", "长" * 65, "张\n三", "张\x00三", "<b>x</b>", "张\u202e三"])
def test_an_impossible_name_is_refused(session: Session, name: str) -> None:
    with pytest.raises(BadInput, match="请填写姓名") as refusal:
        create_user(session, name=name, password=PASSWORD, role=Role.OFFICER, now=NOW)
    assert refusal.value.field == "name"


def test_a_weak_password_is_refused_beside_its_field(session: Session) -> None:
    with pytest.raises(BadInput, match="密码太短") as refusal:
        create_user(session, name="张三", password="short", role=Role.OFFICER, now=NOW)
    assert refusal.value.field == "password"
    assert session.scalars(select(User)).all() == []


def test_a_disabled_person_is_signed_in_nowhere_until_enabled(session: Session, person: User) -> None:
    cookie = begin_sign_in(session, person, Device(), now=NOW)
    assert disable_user(session, name="张三", now=NOW) is person
    assert not person.is_active
    assert owner_of_cookie(session, cookie, now=NOW) is None
    assert enable_user(session, name="张三") is person
    assert person.is_active
    assert owner_of_cookie(session, cookie, now=NOW) is None


def test_what_is_done_to_nobody_is_refused(session: Session) -> None:
    with pytest.raises(Missing, match="没有名为“李四”的用户"):
        disable_user(session, name="李四", now=NOW)
    with pytest.raises(Missing, match="没有名为“李四”的用户"):
        enable_user(session, name="李四")


def test_a_person_is_renamed_unless_the_name_is_taken(session: Session, person: User) -> None:
    make_user(session, name="李四")
    rename_user(session, person, name=" 张三丰 ")
    assert person.name == "张三丰"
    rename_user(session, person, name="张三丰")
    with pytest.raises(Refused, match="用户“李四”已经存在") as refusal:
        rename_user(session, person, name="李四")
    assert refusal.value.field == "name"


def test_the_last_administrator_stays_one(session: Session) -> None:
    admin = create_user(
        session, name="管理员", password=PASSWORD, role=Role.OFFICER, administers_accounts=True, now=NOW
    )
    other = invite_user(  # who has not chosen a password
        session, name="新管理员", role=Role.NONE, administers_accounts=True, now=NOW
    )
    for change in (
        lambda: disable_user(session, name="管理员", now=NOW),
        lambda: set_role(session, admin, role=Role.OFFICER, administers_accounts=False),
    ):
        with pytest.raises(Refused, match="“管理员”是最后一个系统管理员"):
            change()
    assert (admin.administers_accounts, admin.is_enabled) == (True, True)
    other.password_hash = "chosen"
    session.flush()
    set_role(session, admin, role=Role.OFFICER, administers_accounts=False)
    assert admin.role is Role.OFFICER


def test_a_person_belongs_to_the_projects_last_set(session: Session, person: User) -> None:
    first, second, third = (make_project(session).id for _ in range(3))
    set_projects(session, person, [first, second])
    set_projects(session, person, [third, second, third])
    assert set(session.scalars(select(Membership.project_id))) == {second, third}
