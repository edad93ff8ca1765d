"""The table of expenses and what the trail records of them; amounts are integer fen."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.models import User
from activitylog.activities.audited import audited_record
from activitylog.activities.records import ActivityRecord
from activitylog.audit.registry import Field, fen
from activitylog.core.database import Base


class Expense(ActivityRecord, Base):
    """One payment and its planned amount."""

    __tablename__ = "expense"
    __table_args__ = (
        CheckConstraint("planned_fen >= 0 AND paid_fen >= 0", name="amounts"),
        Index("ix_expense_project_paid", "project_id", "paid_on"),
    )
    thing = "支出"
    counter = "笔"
    dated_by = "paid_on"
    written_fields = (
        "project_id",
        "activity_id",
        "expense_kind",
        "summary",
        "planned_fen",
        "paid_fen",
        "paid_on",
    )

    expense_kind: Mapped[str] = mapped_column(String(40), default="", server_default="")
    summary: Mapped[str] = mapped_column(String(200))
    planned_fen: Mapped[int] = mapped_column(BigInteger)
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date]
    # who said that the amounts are no slip
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]

    confirmed_by: Mapped[User | None] = relationship(foreign_keys="Expense.confirmed_by_id")


AUDITED = (
    audited_record(
        Expense,
        "expense",
        "支出",
        {
            "expense_kind": Field("支出类别"),
            "summary": Field("摘要"),
            "planned_fen": Field("计划金额", fen),
            "paid_fen": Field("实付金额", fen),
            "paid_on": Field("支付日期"),
            "confirmed_by_id": Field("金额核对人", refers_to=User.name),
        },
        name=lambda expense: str(expense.summary),
    ),
)
