"""The table that says how far each task of retention has come, so that a night goes on where one stopped."""

from datetime import date

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base, word_column
from activitylog.surveys.retention.rules import Task


class RetentionProgress(Base):
    """A task is done through this day of activities, or through the answer of this id."""

    __tablename__ = "retention_progress"

    task: Mapped[Task] = mapped_column(word_column(Task, name="task"), primary_key=True)
    through_on: Mapped[date | None]
    through_id: Mapped[int | None] = mapped_column(BigInteger)
