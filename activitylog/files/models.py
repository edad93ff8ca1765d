"""The table of stored files; a file's name belongs to the record that links to it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base


class StoredFile(Base):
    """One file on the disk, found there by its SHA-256."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("ix_stored_file_stored_by_id", "stored_by_id", "stored_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int | None]  # the user whose daily quota it counts in
