"""Codes of an authenticator app, and what of them the database can be read without the key."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from activitylog.accounts.second_factors.rules import (
    RECOVERY_CODES,
    app_address,
    new_recovery_codes,
    new_secret,
    open_secret,
    read_code,
    recovery_code_hash,
    seal_secret,
    spaced_code,
    spaced_secret,
    step_of_code,
)
from tests.factories.accounts import KEY, SECRET, code_at

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(
    ("seconds", "step"), [(-60, None), (-30, STEP - 1), (0, STEP), (29, STEP), (30, STEP + 1), (60, None)]
)
def test_a_clock_may_be_half_a_minute_off(seconds: int, step: int | None) -> None:
    code = code_at(NOW + timedelta(seconds=seconds))
    assert step_of_code(SECRET, code, now=NOW, last=0) == step


def test_a_step_used_before_and_those_before_it_are_refused() -> None:
    for earlier in (0, -30):
        code = code_at(NOW + timedelta(seconds=earlier))
        assert step_of_code(SECRET, code, now=NOW, last=STEP) is None
    assert step_of_code(SECRET, code_at(NOW + timedelta(seconds=30)), now=NOW, last=STEP) == STEP + 1


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("１２３４５６", "123456"),
        ("1234-5678-9012", "123456789012"),
        ("1234 5678 9012", "123456789012"),
        ("1234—5678–9012", "123456789012"),
        ("12345", ""),
        ("1234567", ""),
        ("12345a", ""),
        ("一二三四五六", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, code: str) -> None:
    assert read_code(typed) == code


def test_a_sealed_secret_opens_with_the_key_for_its_person_only() -> None:
    sealed = seal_secret(SECRET, user_id=7, key=KEY)
    assert SECRET not in sealed
    assert len(sealed) <= 200
    assert open_secret(sealed, user_id=7, key=KEY) == SECRET
    assert open_secret(sealed, user_id=8, key=KEY) is None
    assert open_secret(sealed, user_id=7, key="another key of the tests") is None
    assert open_secret("nonsense", user_id=7, key=KEY) is None
    assert open_secret("", user_id=7, key=KEY) is None


def test_a_secret_waits_half_an_hour_for_its_first_code() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sealed = seal_secret(SECRET, user_id=7, key=KEY)
        clock.shift(1800)
        assert open_secret(sealed, user_id=7, key=KEY, seconds=1800) == SECRET
        clock.shift(1)
        assert open_secret(sealed, user_id=7, key=KEY, seconds=1800) is None


def test_recovery_codes_are_ten_and_stored_as_nothing_that_can_be_tried_without_the_key() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert all(read_code(spaced_code(code)) == code for code in codes)
    stored = recovery_code_hash(codes[0], user_id=7, key=KEY)
    assert len(stored) == 64
    assert stored != recovery_code_hash(codes[0], user_id=8, key=KEY)
    assert stored != recovery_code_hash(codes[0], user_id=7, key="another key of the tests")


def test_an_app_reads_the_secret_from_an_address_or_a_person_types_it() -> None:
    secret = new_secret()
    address = app_address(secret, name="王芳", issuer="科普活动台账")
    assert address.startswith("otpauth://totp/")
    assert f"secret={secret}" in address
    assert spaced_secret("ABCDEFGHIJ") == "ABCD EFGH IJ"
