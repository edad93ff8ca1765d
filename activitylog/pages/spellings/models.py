"""The table of pairs of spellings, and what the trail records of merging them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.audit.registry import Audited, Field
from activitylog.core.database import Base


class SpellingPair(Base):
    """Two stored spellings of one word: `other` becomes `stays` once somebody merges them."""

    __tablename__ = "spelling_pair"

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(String(20))  # a key of operations.SORTS
    stays: Mapped[str] = mapped_column(Text)
    other: Mapped[str] = mapped_column(Text)
    district: Mapped[str] = mapped_column(String(6), default="")  # of two venues
    # merging
    merged_at: Mapped[datetime | None]
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))


AUDITED = (
    Audited(
        SpellingPair,
        "spelling",
        "同一个词的两种写法",
        {
            "sort": Field("类别"),
            "district": Field("区"),
            "stays": Field("留用的写法"),
            "other": Field("并入的写法"),
            "merged_at": Field("合并时间"),
        },
        name=lambda pair: str(pair.stays),
        is_made_by_migrations=True,
    ),
)
