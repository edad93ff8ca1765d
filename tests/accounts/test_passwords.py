"""Passwords are stored as hashes only, and checked as slowly where there is none."""

import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher

from activitylog.accounts import passwords
from activitylog.accounts.passwords import LONGEST_LINE, NO_PASSWORD, fits, hashed, hashed_anew
from activitylog.errors import BadInput, Busy

PASSWORD = "Kepu-2024"


def test_the_password_itself_is_not_stored() -> None:
    first, second = hashed(PASSWORD), hashed(PASSWORD)
    assert first.startswith("$argon2id$")
    assert PASSWORD not in first
    assert first != second
    assert fits(first, PASSWORD)
    assert not fits(first, "Kepu-2025")


@pytest.mark.parametrize("stored", [None, NO_PASSWORD, "damaged"])
def test_no_password_fits_what_is_no_hash(stored: str | None) -> None:
    assert not fits(stored, PASSWORD)
    assert not fits(stored, "nobody has this password")


def test_a_hash_made_with_other_parameters_is_made_anew() -> None:
    older = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    newer = hashed_anew(older, PASSWORD)
    assert newer is not None
    assert fits(newer, PASSWORD)
    assert hashed_anew(newer, PASSWORD) is None


def test_a_weak_password_is_refused_beside_its_field() -> None:
    with pytest.raises(BadInput, match="密码太短") as refusal:
        hashed("short")
    assert refusal.value.field == "password"
    with pytest.raises(BadInput, match="不能有自己的名字"):
        hashed("Wangfang-2024", name="wangfang")


def test_a_crowd_of_guesses_is_checked_one_at_a_time_and_the_rest_is_sent_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()
    at_once: list[int] = []

    class Slow(PasswordHasher):
        def verify(self, *_given: object) -> Literal[True]:
            at_once.append(1)
            begun.release()
            may_end.wait(10)
            at_once.pop()
            return True

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    line = [threading.Thread(target=fits, args=("stored", PASSWORD)) for _ in range(LONGEST_LINE)]
    for each in line:
        each.start()
    assert begun.acquire(timeout=10)
    while passwords._in_line.acquire(blocking=False):  # the others are on their way into the line
        passwords._in_line.release()
    with pytest.raises(Busy, match="同时登录的人太多"):
        fits("stored", PASSWORD)
    assert len(at_once) == 1
    may_end.set()
    for each in line:
        each.join()
    assert fits("stored", PASSWORD)
