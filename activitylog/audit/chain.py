"""The hash chain of the audit trail: each entry carries a hash over the one before it, and a seal of that."""

import hashlib
import json
import socket
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, insert, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from activitylog.audit.models import ARCHIVED, AuditEntry
from activitylog.audit.seals.rules import SEALED, SealCheck, key_name, seal_of
from activitylog.core.database import trail_keys_of
from activitylog.core.locks import lock_trail

GENESIS = "0" * 64
COLUMNS = tuple(column.name for column in AuditEntry.__table__.c)
HASHED = tuple(name for name in COLUMNS if name not in {"hash", "seal"})
_ROWS = 1000  # of one statement
_STREAMED = 5000
_INSERT = insert(cast(Table, AuditEntry.__table__))
_LAST = select(AuditEntry.id, AuditEntry.hash, AuditEntry.seal).order_by(AuditEntry.id.desc()).limit(1)


def entry_hash(previous: str, values: Mapping[str, Any]) -> str:
    """The hash of an entry: sha256 over the hash before it and its own values as a JSON array."""
    hashable = [_hashable(values[name]) for name in HASHED]
    written = json.dumps(hashable, ensure_ascii=False, separators=(",", ":"), default=repr)
    return hashlib.sha256(f"{previous}{written}".encode(errors="surrogatepass")).hexdigest()


def _hashable(value: Any) -> Any:
    """A value as it is hashed, the same on both databases: moments as UTC text, booleans as 0 or 1."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return int(value) if isinstance(value, bool) else value


def as_hashed(values: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its values as they are hashed, for an archive file."""
    return {name: _hashable(values[name]) for name in COLUMNS}


def append(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Number, hash, seal and insert entries after the last one; other writers wait until the commit.

    Where the last one has no seal by today's key, an entry that says so comes first.
    """
    lock_trail(session)
    connection = session.connection()
    key = next(iter(trail_keys_of(connection)), None)
    last = session.execute(_LAST).first()
    number, previous, seal = last or (0, GENESIS, "")
    if key is None and seal:
        raise RuntimeError("this engine was made without the key by which the trail is sealed")
    if key is not None and number and seal != seal_of(key, previous):
        rows = [_sealing_entry(key, rows[0]["at"]), *rows]
    for place, row in enumerate(rows, start=number + 1):
        row["id"] = place
        row["hash"] = previous = entry_hash(previous, row)
        row["seal"] = "" if key is None else seal_of(key, previous)
    for start in range(0, len(rows), _ROWS):
        connection.execute(_INSERT, rows[start : start + _ROWS])


def _sealing_entry(key: bytes, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "user_id": None,
        "who": "系统",
        "origin": socket.gethostname(),
        "action": SEALED,
        "object_type": "trail",
        "object_id": None,
        "object_name": "",
        "project_id": None,
        "activity_id": None,
        "is_sample": False,
        "before": "{}",
        "after": json.dumps({"key": key_name(key)}),
    }


@dataclass(frozen=True, slots=True)
class VerifiedChain:
    """An unbroken chain: the number of entries, the last one's number and its hash.

    `first_sealed` is the number of the first entry with a seal; `foreign` are the first and last numbers of
    entries sealed with a key nobody gave.
    """

    count: int
    last: int
    hash: str
    first_sealed: int | None = None
    foreign: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """The number of the first entry that is not as it was written, a sentence about it, and its hash."""

    number: int
    sentence: str
    hash: str = ""


Note = Callable[[int, str, str], None]  # is given number, hash and seal of each entry
IsAccepted = Callable[[BrokenChain], bool]


def verify(
    session: Session, *, note: Note | None = None, is_accepted: IsAccepted | None = None
) -> VerifiedChain | BrokenChain:
    """Read the whole trail and recompute every hash and seal.

    A break that `is_accepted`, as a person has closed it with a reason, is passed over.
    """
    try:
        first = session.scalar(select(AuditEntry.id).order_by(AuditEntry.id).limit(1))
        if first is None:
            return VerifiedChain(0, 0, GENESIS)
        previous = hash_before(session, first)
        if previous is None:
            return BrokenChain(1, f"审计记录从第 {first} 条开始，之前的不见了，也没有归档的记载。")
        with closing(raw_entries(session)) as entries:
            return verify_entries(
                entries,
                after=first - 1,
                previous=previous,
                keys=trail_keys_of(session.connection()),
                note=note,
                is_accepted=is_accepted,
            )
    except (DBAPIError, ValueError) as error:
        return BrokenChain(0, f"审计记录读不出来（{error.__class__.__name__}），内容可能被改过。")


def verify_entries(
    entries: Iterable[Mapping[str, Any]],
    *,
    after: int,
    previous: str,
    keys: Sequence[bytes] = (),
    note: Note | None = None,
    is_accepted: IsAccepted | None = None,
) -> VerifiedChain | BrokenChain:
    """Recompute hashes, and with keys seals, of entries that should continue the one numbered `after`."""
    count, number, seals = 0, after, SealCheck(keys)
    for entry in entries:
        if note is not None:
            note(entry["id"], entry["hash"], entry.get("seal", ""))
        sentence = _problem(entry, number + 1, entry_hash(previous, entry), seals)
        if sentence:
            broken = BrokenChain(number + 1, sentence, entry["hash"])
            if is_accepted is None or not is_accepted(broken):
                return broken
        count, number, previous = count + 1, entry["id"], entry["hash"]
    return VerifiedChain(count, number, previous, seals.first_sealed, tuple(seals.foreign))


def _problem(entry: Mapping[str, Any], number: int, expected: str, seals: SealCheck) -> str:
    """What is wrong with an entry that should have this number and hash; empty when nothing is."""
    if entry["id"] != number:
        return f"审计记录缺第 {number} 条：它后面是编号 {entry['id']} 的一条。"
    if entry["hash"] != expected:
        return f"{_entry_text(entry)}与校验值不符，内容被改过。"
    problem = seals.problem(entry)
    return f"{_entry_text(entry)}{problem}。" if problem else ""


def _entry_text(entry: Mapping[str, Any]) -> str:
    name = entry["object_name"] or entry["action"]
    return f"审计记录第 {entry['id']} 条（{entry['at']}，“{name}”）"


def raw_entries(session: Session, *, until: int | None = None) -> Generator[dict[str, Any]]:
    """All entries in order, with column values as the driver returns them."""
    columns = [type_coerce(getattr(AuditEntry, name), NullType()).label(name) for name in COLUMNS]
    columns_in_order: Select[Any] = select(*columns).order_by(AuditEntry.id)  # type: ignore[assignment]
    if until is not None:
        columns_in_order = columns_in_order.where(AuditEntry.id <= until)
    with session.execute(columns_in_order, execution_options={"yield_per": _STREAMED}) as rows:
        for row in rows:
            yield dict(zip(COLUMNS, row, strict=True))


def hash_before(session: Session, first: int) -> str | None:
    """The hash of the entry before the first one present, from the entry about its archiving."""
    if first == 1:
        return GENESIS
    archived = session.scalar(
        select(AuditEntry.after).where(
            AuditEntry.object_type == "trail",
            AuditEntry.object_id == first - 1,
            AuditEntry.action == ARCHIVED,
        )
    )
    found = json.loads(archived).get("hash") if archived else None
    return found if isinstance(found, str) else None
