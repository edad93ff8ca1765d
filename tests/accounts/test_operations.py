"""Users: created, signed in, locked temporarily, disabled."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.operations import create_user, disable_user, sign_in
from activitylog.accounts.rules import LOCK_MINUTES, MAX_FAILED_LOGINS, Role
from activitylog.errors import BadInput, Missing, Refused
from tests.factories.projects import make_project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
LOCK = timedelta(minutes=LOCK_MINUTES)
PASSWORD = "Kepu-2024"
WRONG = "Kepu-2025"


@pytest.fixture
def person(session: Session) -> User:
    return create_user(session, name="张三", password=PASSWORD, role=Role.ORGANIZER, now=NOW)


def fail(session: Session, times: int, *, now: datetime = NOW) -> None:
    for _ in range(times):
        assert sign_in(session, name="张三", password=WRONG, now=now) is None


def test_a_person_signs_in_with_name_and_password(session: Session, person: User) -> None:
    assert sign_in(session, name="张三", password=PASSWORD, now=NOW) is person
    assert sign_in(session, name=" 张三 ", password=PASSWORD, now=NOW) is person


def test_a_wrong_name_or_password_is_refused(session: Session, person: User) -> None:
    assert sign_in(session, name="张三", password=WRONG, now=NOW) is None
    assert sign_in(session, name="李四", password=PASSWORD, now=NOW) is None
    assert sign_in(session, name="", password="", now=NOW) is None


def test_the_password_itself_is_not_stored(session: Session, person: User) -> None:
    assert PASSWORD not in person.password_hash
    assert person.password_hash.startswith("$argon2id$")
    twin = create_user(session, name="李四", password=PASSWORD, role=Role.ORGANIZER, now=NOW)
    assert twin.password_hash != person.password_hash
    assert twin.session_key != person.session_key


def test_a_person_belongs_to_the_projects_given(session: Session) -> None:
    projects = [make_project(session), make_project(session)]
    ids = [project.id for project in projects]
    create_user(session, name="张三", password=PASSWORD, role=Role.ORGANIZER, now=NOW, project_ids=ids)
    assert set(session.scalars(select(Membership.project_id))) == set(ids)


def test_a_taken_name_is_refused(session: Session, person: User) -> None:
    with pytest.raises(Refused, match="用户“张三”已经存在"):
        create_user(session, name=" 张三", password=PASSWORD, role=Role.ADMIN, now=NOW)


@pytest.mark.parametrize("name", ["", "  ", "长" * 65, "张\n三", "张\x00三"])
def test_an_impossible_name_is_refused(session: Session, name: str) -> None:
    with pytest.raises(BadInput, match="请填写姓名") as refusal:
        create_user(session, name=name, password=PASSWORD, role=Role.ADMIN, now=NOW)
    assert refusal.value.field == "name"


def test_a_weak_password_is_refused_beside_its_field(session: Session) -> None:
    with pytest.raises(BadInput, match="密码太短") as refusal:
        create_user(session, name="张三", password="short", role=Role.ADMIN, now=NOW)
    assert refusal.value.field == "password"
    assert session.scalars(select(User)).all() == []


def test_four_failures_are_forgiven_by_the_right_password(session: Session, person: User) -> None:
    fail(session, MAX_FAILED_LOGINS - 1)
    assert sign_in(session, name="张三", password=PASSWORD, now=NOW) is person
    fail(session, MAX_FAILED_LOGINS - 1)
    assert sign_in(session, name="张三", password=PASSWORD, now=NOW) is person


def test_five_failures_lock_even_the_right_password_out(session: Session, person: User) -> None:
    fail(session, MAX_FAILED_LOGINS)
    for password in (PASSWORD, WRONG):
        with pytest.raises(Refused, match="账号已锁定，请 15 分钟后再试"):
            sign_in(session, name="张三", password=password, now=NOW + timedelta(seconds=1))


def test_a_lock_says_how_long_it_lasts_and_then_is_over(session: Session, person: User) -> None:
    fail(session, MAX_FAILED_LOGINS)
    with pytest.raises(Refused, match="请 1 分钟后再试"):
        sign_in(session, name="张三", password=PASSWORD, now=NOW + LOCK - timedelta(seconds=1))
    assert sign_in(session, name="张三", password=PASSWORD, now=NOW + LOCK) is person
    assert person.locked_until is None


def test_knocking_at_a_locked_door_does_not_lock_it_longer(session: Session, person: User) -> None:
    fail(session, MAX_FAILED_LOGINS)
    for second in range(60):
        with pytest.raises(Refused):
            sign_in(session, name="张三", password=WRONG, now=NOW + timedelta(seconds=second))
    assert sign_in(session, name="张三", password=PASSWORD, now=NOW + LOCK) is person


def test_after_a_lock_five_more_failures_lock_again(session: Session, person: User) -> None:
    fail(session, MAX_FAILED_LOGINS)
    fail(session, MAX_FAILED_LOGINS, now=NOW + LOCK)
    with pytest.raises(Refused):
        sign_in(session, name="张三", password=PASSWORD, now=NOW + LOCK)


def test_one_persons_failures_lock_nobody_else(session: Session, person: User) -> None:
    other = create_user(session, name="李四", password=PASSWORD, role=Role.ORGANIZER, now=NOW)
    fail(session, MAX_FAILED_LOGINS)
    assert sign_in(session, name="李四", password=PASSWORD, now=NOW) is other


def test_a_disabled_person_cannot_sign_in_and_the_cookie_goes_stale(session: Session, person: User) -> None:
    cookie = person.get_id()
    assert disable_user(session, name="张三") is person
    assert person.get_id() != cookie
    assert not person.is_active
    assert sign_in(session, name="张三", password=PASSWORD, now=NOW) is None


def test_disabling_nobody_is_refused(session: Session) -> None:
    with pytest.raises(Missing, match="没有名为“李四”的用户"):
        disable_user(session, name="李四")
