"""The table of expenses; amounts are integer fen."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.activities.records import ActivityRecord
from activitylog.core.database import Base


class Expense(ActivityRecord, Base):
    """One payment and its planned amount."""

    __tablename__ = "expense"
    __table_args__ = (
        CheckConstraint("planned_fen >= 0 AND paid_fen >= 0", name="amounts"),
        Index("ix_expense_project_paid", "project_id", "paid_on"),
    )
    thing = "支出"
    dated_by = "paid_on"
    written_fields = ("project_id", "activity_id", "summary", "planned_fen", "paid_fen", "paid_on")

    summary: Mapped[str] = mapped_column(String(200))
    planned_fen: Mapped[int] = mapped_column(BigInteger)
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date]
