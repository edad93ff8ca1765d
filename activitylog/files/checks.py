"""Whether every stored content is on the disk as it was stored."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.files.disk import FileStore
from activitylog.files.models import StoredFile


def damaged_files(session: Session, files: FileStore) -> Iterator[str]:
    """A sentence for each content that is missing or no longer what it was."""
    stored = select(StoredFile.sha256, StoredFile.stored_at).order_by(StoredFile.id)
    for digest, stored_at in session.execute(stored.execution_options(yield_per=1000)):
        found = files.digest_of(digest)
        if found != digest:
            trouble = "不见了或打不开" if found is None else "内容被改过或已损坏"
            when = f"{stored_at:%Y-%m-%d} 存入"
            yield f"文件 {digest}（{when}）{trouble}，请从备份恢复到 {files.path_of(digest)}。"
