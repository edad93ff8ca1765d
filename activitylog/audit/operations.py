"""Moves old audit entries into a file whose hashes can still be verified."""

import gzip
import hashlib
import itertools
import json
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from activitylog.audit import chain
from activitylog.audit.capture import store_changes
from activitylog.audit.chain import BrokenChain, VerifiedChain
from activitylog.audit.changes import Change
from activitylog.audit.models import AuditEntry
from activitylog.core.period import business_day, start_of_day
from activitylog.errors import BadInput, Refused

YOUNGEST_ARCHIVED_DAYS = 184  # six months, however long; the triggers refuse younger ones as well
_FIRST_LINE = "previous"


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive file: entries `first` to `last`, the hash of the last, and the digest of the file."""

    first: int
    last: int
    hash: str
    sha256: str


def archive(session: Session, path: Path, *, before: date, now: datetime) -> Archive:
    """Write the entries before a day to a file, verify it, and only then delete them from the trail.

    An entry about the archiving is written first: the database's triggers require it before the deletion.
    """
    _check(path, before, business_day(now))
    first, last = _span(session, start_of_day(before))
    previous = chain.hash_before(session, first)
    if previous is None:
        raise Refused(f"审计记录第 {first} 条之前不完整，不能归档；请先运行 activitylog check。")
    with closing(chain.raw_entries(session, until=last)) as entries:
        _write(path, {_FIRST_LINE: previous}, entries)
    found = verify_file(path)
    if isinstance(found, BrokenChain):
        path.unlink()
        raise Refused(f"{found.sentence}没有归档；请先运行 activitylog check。")
    archived = Archive(first, found.last, found.hash, _digest(path))
    if archived.last != last:
        path.unlink()
        raise Refused("写出的归档文件与审计记录不一致，没有归档；请检查磁盘后再试。")
    recorded = {
        "file": path.name,
        "sha256": archived.sha256,
        "first": first,
        "last": last,
        "hash": archived.hash,
    }
    store_changes(session, [Change("trail", last, f"第 {first} 至 {last} 条", "archived", after=recorded)])
    session.execute(delete(AuditEntry).where(AuditEntry.id <= last))
    return archived


def verify_file(path: Path) -> VerifiedChain | BrokenChain:
    """Recompute the hashes of an archive."""
    try:
        with closing(_lines(path)) as entries:
            return _verify_lines(path, entries)
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return BrokenChain(0, f"“{path.name}”读不出来，可能不完整或被改过。")


def _verify_lines(path: Path, entries: Iterator[dict[str, Any]]) -> VerifiedChain | BrokenChain:
    head, first = next(entries, {}), next(entries, None)
    if first is None or _FIRST_LINE not in head:
        return BrokenChain(0, f"“{path.name}”不是审计记录的归档。")
    every = itertools.chain([first], entries)
    return chain.verify_entries(every, after=first["id"] - 1, previous=head[_FIRST_LINE])


def _check(path: Path, before: date, today: date) -> None:
    latest = today - timedelta(days=YOUNGEST_ARCHIVED_DAYS)
    if before > latest:
        raise Refused(f"审计记录至少要在系统里保存 6 个月，--before 最晚可以是 {latest.isoformat()}。")
    if not path.name.endswith(".jsonl.gz"):
        raise BadInput(f"文件名“{path.name}”应以 .jsonl.gz 结尾。")
    if path.exists():
        raise BadInput(f"“{path}”已经存在，请换一个文件名；归档文件不能覆盖。")
    if not path.parent.is_dir():
        raise BadInput(f"没有“{path.parent}”这个文件夹，请先建好。")


def _span(session: Session, until: datetime) -> tuple[int, int]:
    """The numbers of the first entry and of the last one to archive."""
    first = session.scalar(select(func.min(AuditEntry.id)))
    first_to_stay = session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.at >= until))
    last = first_to_stay - 1 if first_to_stay is not None else session.scalar(select(func.max(AuditEntry.id)))
    if first is None or last is None or last < first:
        raise Refused("这一天之前没有审计记录，不用归档。")
    return first, last


def _write(path: Path, head: dict[str, Any], entries: Iterator[dict[str, Any]]) -> None:
    """Write the file atomically: a draft beside it is renamed once it is on the disk."""
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as raw, gzip.open(raw, "wt", encoding="utf-8") as file:
            file.write(_line(head))
            for entry in entries:
                file.write(_line(chain.as_hashed(entry)))
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _lines(path: Path) -> Generator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
