"""Money spent, in fen."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.activities.models import Activity
from activitylog.core.database import Base


class Expense(Base):
    """One payment and what had been planned for it."""

    __tablename__ = "expense"
    __table_args__ = (
        CheckConstraint("planned_fen >= 0 AND paid_fen >= 0", name="amounts"),
        Index("ix_expense_project_paid", "project_id", "paid_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    summary: Mapped[str] = mapped_column(String(200))
    planned_fen: Mapped[int] = mapped_column(BigInteger)
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date]
    # bookkeeping
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    activity: Mapped[Activity | None] = relationship()
