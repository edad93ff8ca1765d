"""Articles about our work: our own pushes, and reports by the media."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.activities.models import Activity
from activitylog.core.database import Base


class Push(Base):
    """One article of the WeChat official account; `article_key` tells one article from another."""

    __tablename__ = "push"
    __table_args__ = (Index("ix_push_project_published", "project_id", "published_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str] = mapped_column(Text, default="")
    article_key: Mapped[str] = mapped_column(String(600), index=True)
    batch: Mapped[str] = mapped_column(String(60), default="")
    published_at: Mapped[datetime | None]
    published_on: Mapped[date]
    # bookkeeping
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    activity: Mapped[Activity | None] = relationship()


class MediaReport(Base):
    """One item about us published by others; a repost repeats somebody else's item."""

    __tablename__ = "media_report"
    __table_args__ = (Index("ix_media_report_project_published", "project_id", "published_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    outlet: Mapped[str] = mapped_column(String(80), default="")
    link: Mapped[str] = mapped_column(Text, default="")
    item_key: Mapped[str] = mapped_column(String(600), index=True)
    published_on: Mapped[date]
    is_repost: Mapped[bool] = mapped_column(default=False)
    # bookkeeping
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    activity: Mapped[Activity | None] = relationship()
