"""Seals: HMAC-SHA-256 of an entry's hash, and so of all entries before it; how a row of them is checked."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

SEALED = "trail.sealed"  # the entry from which on entries are sealed, or sealed with another key
_LABEL = b"name of a key"


def seal_of(key: bytes, entry_hash: str) -> str:
    return hmac.digest(key, entry_hash.encode(), "sha256").hex()


def key_name(key: bytes) -> str:
    """A name by which a key is recognised, and from which it cannot be computed."""
    return hmac.digest(key, _LABEL, "sha256").hex()[:16]


class SealCheck:
    """Checks the seals of entries in order; nothing is checked without a key.

    Keys are given the newest first. Once entries are sealed with one, those before it seal no more: whoever
    has read an old key can add nothing with it.

    `foreign` are the first and last numbers of entries sealed with any other key: they
    are older than the entries behind them, but whether the product wrote them nobody can say.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self.first_sealed: int | None = None
        self.foreign: list[tuple[int, int]] = []
        self._keys = tuple(keys)
        self._key: bytes | None = None
        self._is_foreign = False

    def problem(self, entry: Mapping[str, Any]) -> str:
        """What is wrong with the entry's seal, as the end of a sentence; empty when nothing is."""
        if not self._keys:
            return ""
        number, seal = entry["id"], entry["seal"]
        if not seal:
            return "" if self.first_sealed is None else "没有封印，不是本系统写的"
        begins = self.first_sealed is None or entry["action"] == SEALED
        if self.first_sealed is None:
            self.first_sealed = number
        if begins:
            self._begin(entry["hash"], seal)
        if self._is_foreign:
            self._note_foreign(number)
            return ""
        fits = self._key is not None and hmac.compare_digest(seal_of(self._key, entry["hash"]), seal)
        return "" if fits else "封印不符，不是本系统写的"

    def _begin(self, entry_hash: str, seal: str) -> None:
        """Find the key of the entries from here on."""
        self._key = next((key for key in self._keys if seal_of(key, entry_hash) == seal), None)
        self._is_foreign = self._key is None
        if self._key is not None:
            self._keys = self._keys[: self._keys.index(self._key) + 1]

    def _note_foreign(self, number: int) -> None:
        if self.foreign and self.foreign[-1][1] == number - 1:
            self.foreign[-1] = (self.foreign[-1][0], number)
        else:
            self.foreign.append((number, number))
