"""Checks uploads and stores them before a transaction writes, and adds the rows of stored files."""

import io
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, SessionTransaction

from activitylog.core.dialects import insert_for
from activitylog.core.period import business_day, start_of_day
from activitylog.errors import Busy, Refused
from activitylog.files.check import orphaned_files
from activitylog.files.models import StoredFile
from activitylog.files.pictures import Picture, read_picture
from activitylog.files.rules import (
    FileType,
    clean_name,
    document_type,
    file_type_of,
    megabytes,
)
from activitylog.files.store import FileStore, StoredContent, partial_sizes


def add_stored_file(
    session: Session, content: StoredContent, *, by_id: int | None = None, now: datetime
) -> StoredFile:
    """The row of a staged file, added unless there is one, also by a concurrent upload.

    The file moves to its place right before the commit, so that a rollback leaves nothing.
    """
    content.check()
    session.info.setdefault(_TO_KEEP, []).append(content)
    values = {
        "sha256": content.sha256,
        "size": content.size,
        "content_type": content.content_type,
        "stored_at": now,
        "stored_by_id": by_id,
    }
    insert = insert_for(session, StoredFile.__table__).values(values)  # type: ignore[arg-type]
    session.execute(insert.on_conflict_do_nothing(index_elements=["sha256"]))
    return session.scalars(select(StoredFile).where(StoredFile.sha256 == content.sha256)).one()


_TO_KEEP = "staged files with a row"


@event.listens_for(Session, "before_commit")
def _keep_files(session: Session) -> None:
    for content in session.info.pop(_TO_KEEP, ()):
        content.keep()


@event.listens_for(Session, "after_transaction_end")
def _forget_files(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_TO_KEEP, None)


def check_quota(
    session: Session,
    files: FileStore,
    *,
    by_id: int,
    incoming: int,
    now: datetime,
    most: int,
) -> None:
    """Refuse a file before it is taken in: the person has stored enough today, or the disk is nearly full.

    Counted are the bytes of what the person stored on this business day, and of what is on its way.
    """
    since = start_of_day(business_day(now))
    stored = select(func.coalesce(func.sum(StoredFile.size), 0)).where(
        StoredFile.stored_by_id == by_id, StoredFile.stored_at >= since
    )
    today = (session.scalar(stored) or 0) + sum(partial_sizes(files, by_id))
    if today + incoming > most:
        raise Refused(
            f"今天已上传 {megabytes(today)}，上限 {megabytes(most)}，这次的 {megabytes(incoming)} 放不下了；"
            "请明天再传，或先把照片压缩。"
        )
    files.check_space(incoming)


JPEG = "image/jpeg"
MOST_DECODING = 8  # pictures in one process: half its threads
_PICTURES = frozenset({FileType.JPEG, FileType.PNG, FileType.WEBP, FileType.HEIC})
_decoding_slots = threading.BoundedSemaphore(MOST_DECODING)


def sweep_orphans(session: Session, files: FileStore, *, now: datetime) -> int:
    """Remove stored files without a row, left by a request that failed halfway; returns how many."""
    return sum(files.remove_orphan(file, now) for file in orphaned_files(session, files, now))


def remove_unused(session: Session, files: FileStore, digests: set[str]) -> None:
    """Delete those of the files that have no row in the database, after the commit."""
    used = set(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(digests))))
    for digest in digests - used:
        files.path_of(digest).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture on the disk, large and small, with time and fingerprint of the original."""

    name: str
    large: StoredContent
    small: StoredContent
    width: int
    height: int
    taken_at: datetime | None
    original_sha256: str
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document on the disk with the name it came under."""

    name: str
    content: StoredContent


def store_picture(files: FileStore, content: BinaryIO, name: str | None) -> StoredPicture:
    """Verify a picture, draw it anew and store that; raises UnusableFile with the reason."""
    file_name = clean_name(name)
    drawn = _read(files, content, file_name)
    return StoredPicture(
        name=file_name,
        large=files.put(io.BytesIO(drawn.large), JPEG),
        small=files.put(io.BytesIO(drawn.small), JPEG),
        width=drawn.width,
        height=drawn.height,
        taken_at=drawn.taken_at,
        original_sha256=drawn.original_sha256,
        fingerprint=drawn.fingerprint,
    )


def store_document(files: FileStore, content: BinaryIO, name: str | None) -> StoredDocument:
    """Store a PDF, Word or Excel file as it is, a picture drawn anew; raises UnusableFile with the reason."""
    file_name = clean_name(name)
    if file_type_of(content) in _PICTURES:
        drawn = _read(files, content, file_name)
        return StoredDocument(_as_jpeg(file_name), files.put(io.BytesIO(drawn.large), JPEG))
    return StoredDocument(file_name, files.put(content, document_type(content, file_name)))


def _read(files: FileStore, content: BinaryIO, name: str) -> Picture:
    """Decode one picture at a time; raises Busy when too many wait, since pages need threads, too."""
    if not _decoding_slots.acquire(blocking=False):
        raise Busy(f"正在处理别的照片，“{name}”还没有存上；请过几秒再传一次。")
    try:
        return read_picture(content, name, files.decoding_lock())
    finally:
        _decoding_slots.release()


def _as_jpeg(name: str) -> str:
    return name if name.lower().endswith((".jpg", ".jpeg")) else f"{name.rpartition('.')[0] or name}.jpg"
