"""Figures typed in by hand for what no record can show."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base


class ManualEntry(Base):
    """A figure typed in for what no record can show."""

    __tablename__ = "manual_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    entered_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
