"""Adds the rows of stored files."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.dialects import insert_for
from activitylog.files.models import StoredFile
from activitylog.files.store import StoredContent


def add_stored_file(session: Session, content: StoredContent, *, now: datetime) -> StoredFile:
    """The row of a file on the disk, added unless there is one, also by a concurrent upload."""
    values = {
        "sha256": content.sha256,
        "size": content.size,
        "content_type": content.content_type,
        "stored_at": now,
    }
    insert = insert_for(session, StoredFile.__table__).values(values)  # type: ignore[arg-type]
    session.execute(insert.on_conflict_do_nothing(index_elements=["sha256"]))
    return session.scalars(select(StoredFile).where(StoredFile.sha256 == content.sha256)).one()
