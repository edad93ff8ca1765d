"""Adds the rows of stored files."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.dialects import insert_for
from activitylog.files.models import StoredFile
from activitylog.files.store import StoredContent


def store(session: Session, kept: StoredContent, *, now: datetime) -> StoredFile:
    """The row of a content on the disk, whoever stored the same before or stores it at this moment."""
    fresh = {
        "sha256": kept.sha256,
        "size": kept.size,
        "content_type": kept.content_type,
        "stored_at": now,
    }
    insert = insert_for(session, StoredFile.__table__).values(fresh)  # type: ignore[arg-type]
    session.execute(insert.on_conflict_do_nothing(index_elements=["sha256"]))
    return session.scalars(select(StoredFile).where(StoredFile.sha256 == kept.sha256)).one()
