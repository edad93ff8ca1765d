"""Compares the stored files with their rows, and every one with its SHA-256."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.core.progress import Progress, no_progress
from activitylog.files.models import StoredFile
from activitylog.files.store import FileStore

REPORT_EVERY = 100  # files between two reports of progress
LOOKED_UP = 500  # digests in one query


def stored_size(session: Session) -> tuple[int, int]:
    """How many contents are stored, and their bytes."""
    counted = select(func.count(), func.coalesce(func.sum(StoredFile.size), 0))
    count, size = session.execute(counted).one()
    return count, size


def damaged_files(session: Session, files: FileStore, report: Progress = no_progress) -> Iterator[str]:
    """A sentence for each file that is missing or damaged."""
    total, _ = stored_size(session)
    stored = select(StoredFile.sha256, StoredFile.stored_at).order_by(StoredFile.id)
    for done, (digest, stored_at) in enumerate(session.execute(stored.execution_options(yield_per=1000))):
        if done % REPORT_EVERY == 0:
            report("核对上传的文件", done, total)
        found = files.digest_of(digest)
        if found != digest:
            trouble = "不见了或打不开" if found is None else "内容被改过或已损坏"
            when = f"{stored_at:%Y-%m-%d} 存入"
            yield f"文件 {digest}（{when}）{trouble}，请从备份恢复到 {files.path_of(digest)}。"


def orphaned_files(session: Session, files: FileStore, now: datetime) -> Iterator[Path]:
    """The stored files older than a day that no row names."""
    old_files = files.old_files(now)
    while some := tuple(islice(old_files, LOOKED_UP)):
        digests = {file.name for file in some}
        known = set(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(digests))))
        yield from (file for file in some if file.name not in known)
