"""Passwords are stored as hashes only, and checked as slowly where there is none."""

import pytest

from activitylog.accounts.passwords import NO_PASSWORD, fits, hashed
from activitylog.errors import BadInput

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


def test_a_weak_password_is_refused_beside_its_field() -> None:
    with pytest.raises(BadInput, match="密码太短") as refusal:
        hashed("short")
    assert refusal.value.field == "password"
    with pytest.raises(BadInput, match="不能有自己的名字"):
        hashed("Wangfang-2024", name="wangfang")
