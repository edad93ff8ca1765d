"""Signing in on a device, waiting after failures, and sign-ins that end on the server."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, SignIn, User
from activitylog.accounts.operations import create_user
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import (
    Device,
    SignedIn,
    allow_attempts,
    check_wait,
    end_sign_in,
    end_sign_ins,
    fitting_hash,
    forget_old,
    sign_in,
)
from activitylog.accounts.sign_ins.queries import current_sign_ins, owner_of_cookie
from activitylog.accounts.sign_ins.rules import (
    COUNTED_FOR,
    LASTS_FOR,
    MOST_FROM_ADDRESS,
    MOST_OF_NAME,
    MOST_OF_NAME_HERE,
    STAYS_FOR,
)
from activitylog.audit.models import AuditEntry
from activitylog.errors import Refused
from tests.factories.trail import last

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
PASSWORD, WRONG = "Kepu-2024", "Kepu-2025"
HERE, ELSEWHERE = "10.0.0.1", "203.0.113.9"
WAITS = "连续多次姓名或密码不对"


@pytest.fixture
def person(session: Session) -> User:
    return create_user(session, name="张三", password=PASSWORD, role=Role.ORGANIZER, now=NOW)


def attempt(
    session: Session,
    password: str = PASSWORD,
    *,
    name: str = "张三",
    address: str = HERE,
    stays: bool = False,
    now: datetime = NOW,
) -> SignedIn | None:
    """What a person does; the hash is checked only for a password that may fit, as it is slow."""
    fitting = None if password == WRONG else fitting_hash(session, name=name, password=password)
    device = Device(address, "微信，安卓手机", stays=stays)
    return sign_in(session, name=name, fitting=fitting, device=device, now=now)


def fail(
    session: Session, times: int, *, name: str = "张三", address: str = HERE, now: datetime = NOW
) -> None:
    for _ in range(times):
        assert attempt(session, WRONG, name=name, address=address, now=now) is None


def test_a_person_signs_in_with_name_and_password(session: Session, person: User) -> None:
    for name in ("张三", " 张三 "):
        found = attempt(session, name=name)
        assert found is not None
        assert found.user is person
        owner = owner_of_cookie(session, found.cookie, now=NOW)
        assert owner is not None
        assert (owner.user, owner.sign_in.device, owner.sign_in.address) == (person, "微信，安卓手机", HERE)


@pytest.mark.parametrize(("name", "password"), [("张三", "Kepu-2023"), ("李四", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_is_refused(
    session: Session, person: User, name: str, password: str
) -> None:
    assert fitting_hash(session, name=name, password=password) is None
    assert attempt(session, password, name=name) is None
    assert session.scalars(select(SignIn)).all() == []


def test_a_password_changed_while_it_was_checked_fits_no_more(session: Session, person: User) -> None:
    fitting = fitting_hash(session, name="张三", password=PASSWORD)
    person.password_hash = "another"
    session.flush()
    with pytest.raises(Refused, match="密码刚刚更新过，请再登录一次"):
        sign_in(session, name="张三", fitting=fitting, device=Device(HERE), now=NOW)
    assert session.scalars(select(FailedSignIn)).all() == []


def test_another_hash_of_the_same_password_is_no_change_of_it(session: Session, person: User) -> None:
    begun = attempt(session)
    assert begun is not None
    fitting = fitting_hash(session, name="张三", password=PASSWORD)
    assert sign_in(session, name="张三", fitting=fitting, device=Device(HERE), now=NOW, anew="anew")
    assert person.password_hash == "anew"
    assert owner_of_cookie(session, begun.cookie, now=NOW) is not None
    session.commit()
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert [(each.action, each.who) for each in entries] == [
        ("user.signed_in", "张三"),
        ("user.password_rehashed", "张三"),
    ]


def test_failures_are_forgiven_by_the_right_password(session: Session, person: User) -> None:
    for _ in range(2):
        fail(session, MOST_OF_NAME_HERE - 1)
        assert attempt(session) is not None


@pytest.mark.parametrize("name", ["张三", "没有这个人"])
def test_five_failures_make_the_next_wait_whether_or_not_there_is_such_a_person(
    session: Session, person: User, name: str
) -> None:
    fail(session, MOST_OF_NAME_HERE, name=name)
    for password in (PASSWORD, WRONG):
        with pytest.raises(Refused, match=f"{WAITS}，请 15 分钟后再试"):
            attempt(session, password, name=name, now=NOW + timedelta(seconds=1))
    with pytest.raises(Refused, match="请 1 分钟后再试"):
        check_wait(session, name=name, address=HERE, now=NOW + COUNTED_FOR - timedelta(seconds=1))
    check_wait(session, name=name, address=HERE, now=NOW + COUNTED_FOR)


def test_knocking_while_waiting_makes_nobody_wait_longer(session: Session, person: User) -> None:
    fail(session, MOST_OF_NAME_HERE)
    for second in range(60):
        with pytest.raises(Refused):
            attempt(session, WRONG, now=NOW + timedelta(seconds=second))
    assert attempt(session, now=NOW + COUNTED_FOR) is not None


def test_a_guesser_elsewhere_locks_nobody_out(session: Session, person: User) -> None:
    assert attempt(session) is not None
    for number in range(MOST_OF_NAME):
        fail(session, 1, address=f"203.0.113.{number}")
    with pytest.raises(Refused):  # from an address where the person was never
        attempt(session, address=ELSEWHERE)
    assert attempt(session) is not None


def test_one_persons_failures_make_nobody_else_wait(session: Session, person: User) -> None:
    create_user(session, name="李四", password=PASSWORD, role=Role.ORGANIZER, now=NOW)
    fail(session, MOST_OF_NAME_HERE)
    assert attempt(session, name="李四") is not None


def test_who_tries_many_names_from_one_address_waits(session: Session, person: User) -> None:
    for number in range(MOST_FROM_ADDRESS):
        fail(session, 1, name=f"猜{number}", address=ELSEWHERE)
    with pytest.raises(Refused):
        attempt(session, address=ELSEWHERE)
    assert attempt(session) is not None


def test_a_guesser_in_the_office_locks_out_nobody_who_works_there(session: Session, person: User) -> None:
    assert attempt(session) is not None
    for number in range(MOST_FROM_ADDRESS):
        fail(session, 1, name=f"猜{number}")
    assert attempt(session) is not None


def test_who_waits_can_be_let_in_at_once(session: Session, person: User) -> None:
    fail(session, MOST_OF_NAME_HERE)
    allow_attempts(session, person)
    assert attempt(session) is not None


def test_a_person_is_told_what_was_tried_with_their_name(session: Session, person: User) -> None:
    first = attempt(session)
    assert first is not None
    assert first.failures is None
    later = NOW + timedelta(hours=1)
    fail(session, 3, address=ELSEWHERE, now=later)
    second = attempt(session, now=later + timedelta(hours=1))
    assert second is not None
    assert second.failures == (3, later, ELSEWHERE)
    third = attempt(session, now=later + timedelta(hours=2))
    assert third is not None
    assert third.failures is None


def test_the_typed_name_is_not_kept(session: Session, person: User) -> None:
    fail(session, 1, name=PASSWORD)
    kept = session.scalars(select(FailedSignIn)).one()
    assert len(kept.name_digest) == 8
    assert PASSWORD not in (kept.name_digest, kept.address)


@pytest.mark.parametrize(("stays", "lasts"), [(False, LASTS_FOR), (True, STAYS_FOR)])
def test_a_sign_in_ends_by_itself(session: Session, person: User, *, stays: bool, lasts: timedelta) -> None:
    found = attempt(session, stays=stays)
    assert found is not None
    just_before = NOW + lasts - timedelta(seconds=1)
    assert owner_of_cookie(session, found.cookie, now=just_before) is not None
    assert owner_of_cookie(session, found.cookie, now=NOW + lasts) is None


def test_one_sign_in_ends_and_the_others_stay(session: Session, person: User) -> None:
    phone, desk = attempt(session), attempt(session, address=ELSEWHERE)
    assert phone is not None
    assert desk is not None
    owner = owner_of_cookie(session, phone.cookie, now=NOW)
    assert owner is not None
    end_sign_in(session, owner.sign_in, now=NOW)
    session.commit()
    assert owner_of_cookie(session, phone.cookie, now=NOW) is None
    assert owner_of_cookie(session, desk.cookie, now=NOW) is not None
    assert last(session, "user").action == "user.signed_out"
    assert [each.address for each in current_sign_ins(session, person, now=NOW)] == [ELSEWHERE]


def test_all_others_end_at_once(session: Session, person: User) -> None:
    cookies = [found.cookie for _ in range(3) if (found := attempt(session))]
    kept = owner_of_cookie(session, cookies[0], now=NOW)
    assert kept is not None
    assert end_sign_ins(session, person, now=NOW, besides=kept.sign_in) == 2
    assert [owner_of_cookie(session, each, now=NOW) is None for each in cookies] == [False, True, True]
    assert end_sign_ins(session, person, now=NOW) == 1
    assert end_sign_ins(session, person, now=NOW) == 0


def test_old_sign_ins_and_failures_are_forgotten(session: Session, person: User) -> None:
    attempt(session)
    fail(session, 2)
    kept = timedelta(days=184)  # six months, however long
    assert forget_old(session, now=NOW + kept - timedelta(days=2)) == 0
    assert forget_old(session, now=NOW + kept + LASTS_FOR + timedelta(days=1)) == 3
    session.commit()
    assert last(session, "retention").changes == {"sign_ins": (None, 3)}
    assert forget_old(session, now=NOW + kept + LASTS_FOR + timedelta(days=1)) == 0
    assert session.scalar(select(func.count(SignIn.id))) == 0
