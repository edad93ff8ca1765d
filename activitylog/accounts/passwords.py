"""Hashes passwords and checks them against their hash, one at a time.

Both take time and 19 MB on purpose: Argon2id as OWASP recommends it for servers. Who guesses in crowds waits
for himself: the few who may wait in line keep at most so many turns, and the rest are sent away at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from activitylog.accounts.rules import password_weakness
from activitylog.errors import BadInput, Busy

NO_PASSWORD = ""  # the hash of who has not chosen one yet; no password fits it
LONGEST_LINE = 4  # in this process, the one whose turn it is among them
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # KiB
_in_line, _turn = BoundedSemaphore(LONGEST_LINE), Lock()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _in_line.acquire(blocking=False):
        raise Busy("同时登录的人太多，请过几秒再试。")
    try:
        with _turn:
            yield
    finally:
        _in_line.release()


def hashed(password: str, *, name: str = "") -> str:
    """The hash of a new password; BadInput for a weak one. Done before a transaction writes."""
    weakness = password_weakness(password, name=name)
    if weakness:
        raise BadInput(weakness, field="password")
    with _one_at_a_time():
        return _HASHER.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether the password fits the hash; takes as long where there is none."""
    with _one_at_a_time():
        try:
            return _HASHER.verify(stored or _hash_of_nobody(), password) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def hashed_anew(fitting: str, password: str) -> str | None:
    """The hash of a password that fits one made with other parameters; None where that is up to date.

    Slow; left to the next sign-in while others wait in line.
    """
    if _HASHER.check_needs_rehash(fitting):
        with suppress(Busy), _one_at_a_time():
            return _HASHER.hash(password)
    return None


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("nobody has this password")
