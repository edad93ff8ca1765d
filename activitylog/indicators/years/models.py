"""The table of years whose figures are rounded before they are compared with their targets."""

from datetime import datetime

from sqlalchemy import ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base


class YearRounding(Base):
    """Whether a year's figures are rounded first, as some finance bureaus do; without a row they are not."""

    __tablename__ = "year_rounding"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rounds_first: Mapped[bool] = mapped_column(server_default=false())
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
