"""Tables of the closings of periods and of their reopenings."""

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base
from activitylog.core.period import Period


class Closing(Base):
    """A month that takes no more postings; triggers refuse them. `digest` is the hash of what it holds.

    `pending` has a line for each matter that was pending in it when it was closed.
    """

    __tablename__ = "closing"

    period: Mapped[Period] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    digest: Mapped[str] = mapped_column("seal", String(64), default="")
    pending: Mapped[str] = mapped_column(Text, default="", server_default="")


class Reopening(Base):
    """One opening of a closed month: the revision it ended, why, and until when."""

    __tablename__ = "reopening"

    period: Mapped[Period] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reopened_at: Mapped[datetime]
    reopened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime]
    closed_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column("seal", String(64))
