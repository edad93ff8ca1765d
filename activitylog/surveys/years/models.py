"""The table of years for which an office has said what counts as satisfaction."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base
from activitylog.surveys.years.rules import SatisfactionMethod


class YearSatisfaction(Base):
    """The method of a year; without a row it is the share of the satisfied."""

    __tablename__ = "year_satisfaction"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    method: Mapped[SatisfactionMethod]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
