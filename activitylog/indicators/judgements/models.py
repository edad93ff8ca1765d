"""Tables of judgements, the grades of qualitative indicators, and of their evidence files."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.core.database import Base
from activitylog.core.period import Period
from activitylog.files.models import StoredFile
from activitylog.indicators.judgements.rules import Grade


class Judgement(Base):
    """A person's grade for a qualitative indicator at a month's end; a newer row replaces it."""

    __tablename__ = "judgement"
    __table_args__ = (
        CheckConstraint("ratio BETWEEN 0 AND 100", name="ratio"),
        Index("ix_judgement_of", "indicator_id", "period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    period: Mapped[Period]
    grade: Mapped[Grade]
    ratio: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    judged_at: Mapped[datetime]
    # the second person
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]

    files: Mapped[list["JudgementFile"]] = relationship(
        order_by="JudgementFile.position", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def material(self) -> set[tuple[str, str]]:
        """Its evidence files, by name and content."""
        return {(each.name, each.file.sha256) for each in self.files}


class JudgementFile(Base):
    """An evidence file of a judgement."""

    __tablename__ = "judgement_file"

    judgement_id: Mapped[int] = mapped_column(
        ForeignKey("judgement.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(String(120))

    file: Mapped[StoredFile] = relationship()
