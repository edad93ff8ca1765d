"""Turning a second factor on and off, and codes that count once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.second_factors.models import RecoveryCode, SecondFactor
from activitylog.accounts.second_factors.operations import (
    AcceptedCode,
    accept_code,
    renew_recovery_codes,
    turn_off,
    turn_on,
)
from activitylog.accounts.second_factors.queries import (
    has_second_factor,
    holders,
    recovery_codes_left,
)
from activitylog.core.database import begin_writing, make_engine
from activitylog.errors import BadInput, Refused
from tests.databases import TRAIL_KEYS
from tests.factories.accounts import KEY, SECRET, code_at, make_second_factor, make_user
from tests.factories.trail import actions

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


@pytest.fixture
def person(session: Session) -> User:
    return make_user(session, name="王芳")


def on(session: Session, person: User, code: str = "") -> list[str]:
    return turn_on(session, person, secret=SECRET, code=code or code_at(NOW), key=KEY, now=NOW)


def accepted(session: Session, person: User, code: str, *, seconds: int = 60) -> AcceptedCode | None:
    return accept_code(session, person, code, key=KEY, now=NOW + timedelta(seconds=seconds))


def test_it_is_on_once_the_app_has_shown_a_right_code(session: Session, person: User) -> None:
    with pytest.raises(BadInput, match="验证码不对") as refusal:
        on(session, person, "000000")
    assert refusal.value.field == "code"
    assert not has_second_factor(session, person)
    codes = on(session, person)
    assert has_second_factor(session, person)
    assert holders(session, [person.id, 999]) == {person.id}
    assert recovery_codes_left(session, person) == len(codes) == 10
    with pytest.raises(Refused, match="已经开启"):
        on(session, person)
    session.commit()
    assert actions(session, "user")[-1] == "user.second_factor_on"


def test_neither_secret_nor_codes_stand_in_the_database(session: Session, person: User) -> None:
    codes = on(session, person)
    rows = [
        *session.scalars(select(RecoveryCode.code_hash)),
        *session.scalars(select(SecondFactor.sealed_secret)),
    ]
    assert not any(secret in row for row in rows for secret in (SECRET, *codes))


def test_a_code_is_accepted_once(session: Session, person: User) -> None:
    on(session, person)
    assert accepted(session, person, code_at(NOW), seconds=0) is None  # it turned it on
    code = code_at(NOW + timedelta(seconds=60))
    assert accepted(session, person, code) == AcceptedCode()
    assert accepted(session, person, code) is None
    assert accepted(session, person, code_at(NOW + timedelta(seconds=30))) is None
    assert accepted(session, person, "") is None
    assert accepted(session, person, code_at(NOW + timedelta(seconds=90))) == AcceptedCode()


def test_a_recovery_code_is_accepted_once_and_told(session: Session, person: User) -> None:
    first, second, *_ = on(session, person)
    assert accepted(session, person, first) == AcceptedCode(9)
    assert accepted(session, person, first) is None
    assert accepted(session, person, f"{second[:4]} {second[4:8]}-{second[8:]}") == AcceptedCode(8)
    session.commit()
    assert actions(session, "user")[-2:] == ["user.recovery_code_used"] * 2


def test_a_recovery_code_is_of_one_person(session: Session, person: User) -> None:
    code = on(session, person)[0]
    other = make_user(session)
    make_second_factor(session, other)
    assert accepted(session, other, code) is None
    assert accepted(session, make_user(session), code) is None


def test_new_recovery_codes_end_the_old(session: Session, person: User) -> None:
    old = on(session, person)[0]
    new = renew_recovery_codes(session, person, key=KEY)
    assert accepted(session, person, old) is None
    assert accepted(session, person, new[0]) == AcceptedCode(9)
    session.commit()
    assert "user.recovery_codes_renewed" in actions(session, "user")
    with pytest.raises(Refused, match="还没有开启"):
        renew_recovery_codes(session, make_user(session), key=KEY)


def test_turned_off_nothing_is_left(session: Session, person: User) -> None:
    on(session, person)
    turn_off(session, person)
    assert session.scalars(select(RecoveryCode)).all() == []
    assert not has_second_factor(session, person)
    with pytest.raises(Refused, match="没有开启两步验证"):
        turn_off(session, person)
    session.commit()
    assert actions(session, "user")[-1] == "user.second_factor_off"
    assert len(on(session, person)) == 10


def test_with_another_key_it_cannot_be_read_and_says_so(session: Session, person: User) -> None:
    on(session, person)
    with pytest.raises(Refused, match="系统换过密钥"):
        accept_code(session, person, code_at(NOW), key="another key of the tests", now=NOW)


def test_of_attempts_side_by_side_one_is_accepted(session: Session, person: User, database_url: str) -> None:
    make_second_factor(session, person)
    session.commit()
    gate, found = threading.Barrier(4), list[bool]()

    def attempt() -> None:
        engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
        with Session(engine) as own:
            gate.wait()
            begin_writing(own)
            found.append(accepted(own, own.get_one(User, person.id), code_at(NOW), seconds=0) is not None)
            own.commit()
        engine.dispose()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, False, True]
