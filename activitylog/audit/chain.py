"""The hash chain of the audit trail: each entry carries a hash over the one before it."""

import hashlib
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, insert, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from activitylog.audit.models import ARCHIVED, AuditEntry
from activitylog.core.locks import lock_trail

GENESIS = "0" * 64
COLUMNS = tuple(column.name for column in AuditEntry.__table__.c)
HASHED = tuple(name for name in COLUMNS if name != "hash")
_ROWS = 1000  # of one statement
_STREAMED = 5000
_INSERT = insert(cast(Table, AuditEntry.__table__))
_LAST = select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)


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
    """Number, hash and insert entries after the last one; other writers wait until this transaction ends."""
    lock_trail(session)
    last = session.execute(_LAST).first()
    number, previous = (last.id, last.hash) if last else (0, GENESIS)
    for place, row in enumerate(rows, start=number + 1):
        row["id"] = place
        row["hash"] = previous = entry_hash(previous, row)
    for start in range(0, len(rows), _ROWS):
        session.connection().execute(_INSERT, rows[start : start + _ROWS])


@dataclass(frozen=True, slots=True)
class VerifiedChain:
    """An unbroken chain: the number of entries, the last one's number and its hash."""

    count: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """The number of the first entry that is not as it was written, and a sentence about it."""

    number: int
    sentence: str


def verify(session: Session) -> VerifiedChain | BrokenChain:
    """Read the whole trail and recompute every hash."""
    try:
        first = session.scalar(select(AuditEntry.id).order_by(AuditEntry.id).limit(1))
        if first is None:
            return VerifiedChain(0, 0, GENESIS)
        previous = hash_before(session, first)
        if previous is None:
            return BrokenChain(1, f"审计记录从第 {first} 条开始，之前的不见了，也没有归档的记载。")
        with closing(raw_entries(session)) as entries:
            return verify_entries(entries, after=first - 1, previous=previous)
    except (DBAPIError, ValueError) as error:
        return BrokenChain(0, f"审计记录读不出来（{error.__class__.__name__}），内容可能被改过。")


def verify_entries(
    entries: Iterable[Mapping[str, Any]], *, after: int, previous: str
) -> VerifiedChain | BrokenChain:
    """Recompute the hashes of entries that should continue the one numbered `after`."""
    count, number = 0, after
    for entry in entries:
        count, number = count + 1, number + 1
        if entry["id"] != number:
            return BrokenChain(number, f"审计记录缺第 {number} 条：它后面是编号 {entry['id']} 的一条。")
        previous = entry_hash(previous, entry)
        if entry["hash"] != previous:
            name = entry["object_name"] or entry["action"]
            return BrokenChain(
                number, f"审计记录第 {number} 条（{entry['at']}，“{name}”）与校验值不符，内容被改过。"
            )
    return VerifiedChain(count, number, previous)


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
