"""The table of deviations."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base
from activitylog.core.period import Period
from activitylog.rollup.deviations.rules import Cause, Likelihood


class Deviation(Base):
    """A person's explanation of one indicator's figure at a month's end; a newer row replaces it."""

    __tablename__ = "deviation"
    __table_args__ = (Index("ix_deviation_of", "indicator_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    period: Mapped[Period]
    cause: Mapped[Cause | None]
    explanation: Mapped[str] = mapped_column(Text)
    figure: Mapped[str | None] = mapped_column(
        String(200)
    )  # as text, as it was rolled up when this was written
    # the year's end, not in December; the forecast in the unit, or a word for a qualitative indicator
    likelihood: Mapped[Likelihood | None]
    forecast: Mapped[Decimal | None]
    forecast_word: Mapped[str] = mapped_column(String(120), default="")
    # author
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    written_at: Mapped[datetime]
