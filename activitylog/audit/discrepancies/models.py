"""The table of discrepancies; rows are closed, never deleted."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.audit.discrepancies.rules import Sort
from activitylog.core.database import Base, word_column


class Discrepancy(Base):
    """A difference between the trail and the database; `key` is that of the difference, found only once.

    `user_id` is the person it is about; it outlives the account.
    """

    __tablename__ = "discrepancy"
    __table_args__ = (
        Index(
            "ix_discrepancy_open",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    sort: Mapped[Sort] = mapped_column(word_column(Sort, name="sort"))
    sentence: Mapped[str] = mapped_column(Text)
    project_id: Mapped[int | None]
    user_id: Mapped[int | None]
    found_at: Mapped[datetime]
    # closed
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    closed_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
