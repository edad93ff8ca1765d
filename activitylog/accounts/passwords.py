"""Hashes passwords and checks them against their hash; both take a tenth of a second on purpose."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from activitylog.accounts.rules import password_weakness
from activitylog.errors import BadInput

NO_PASSWORD = ""  # the hash of who has not chosen one yet; no password fits it
_HASHER = PasswordHasher()


def hashed(password: str, *, name: str = "") -> str:
    """The hash of a new password; BadInput for a weak one. Done before a transaction writes."""
    weakness = password_weakness(password, name=name)
    if weakness:
        raise BadInput(weakness, field="password")
    return _HASHER.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether the password fits the hash; takes as long where there is none."""
    try:
        return _HASHER.verify(stored or _hash_of_nobody(), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("nobody has this password")
