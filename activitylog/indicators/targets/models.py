"""Tables of monthly plans, of targets adjusted in mid-year, and of the targets of closed months."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base
from activitylog.core.period import Period


class MonthlyPlan(Base):
    """The cumulative figure due by the end of a month, in the indicator's unit."""

    __tablename__ = "monthly_plan"
    __table_args__ = (CheckConstraint("month BETWEEN 1 AND 12", name="month"),)

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cumulative: Mapped[Decimal]


class ClosedTarget(Base):
    """The target of an indicator when a month was closed, with its plan: due by then, and December's.

    Without a plan it had an even share a month.
    """

    __tablename__ = "closed_target"

    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id", ondelete="CASCADE"), primary_key=True
    )
    period: Mapped[Period] = mapped_column(primary_key=True)
    operator: Mapped[str] = mapped_column(String(1))
    target: Mapped[Decimal | None]
    target_word: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(20))
    tolerance: Mapped[Decimal]
    reached: Mapped[Decimal | None]
    whole: Mapped[Decimal | None]


class TargetAdjustment(Base):
    """A target changed in mid-year by a document; the declared one stays with the indicator."""

    __tablename__ = "target_adjustment"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"), index=True)
    target: Mapped[Decimal]
    reference: Mapped[str] = mapped_column(String(120))
    adjusted_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
