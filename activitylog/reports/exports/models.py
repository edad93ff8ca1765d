"""The table of exported workbooks, each with its month and revision."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.core.database import Base
from activitylog.core.period import Period
from activitylog.files.models import StoredFile


class PeriodExport(Base):
    """A file made from a project's month; a later revision makes others and leaves it readable."""

    __tablename__ = "period_export"
    __table_args__ = (Index("ix_period_export_of", "period", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[Period]
    revision: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(String(120))
    is_closed: Mapped[bool]  # whether the month was, when this was made
    exported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    exported_at: Mapped[datetime]

    file: Mapped[StoredFile] = relationship()
