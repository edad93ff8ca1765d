"""Articles about our work: our own pushes, and reports by the media."""

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.activities.records import ActivityRecord
from activitylog.core.database import Base


class Push(ActivityRecord, Base):
    """One article of the WeChat official account, identified by `article_key`."""

    __tablename__ = "push"
    __table_args__ = (Index("ix_push_project_published", "project_id", "published_on"),)
    thing = "推送"
    dated_by = "published_on"
    written_fields = ("project_id", "activity_id", "title", "link", "batch", "published_on")

    title: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str] = mapped_column(Text, default="")
    article_key: Mapped[str] = mapped_column(String(600), index=True)
    batch: Mapped[str] = mapped_column(String(60), default="")
    published_at: Mapped[datetime | None]
    published_on: Mapped[date]


class MediaReport(ActivityRecord, Base):
    """One item about us published by others; a repost repeats somebody else's item."""

    __tablename__ = "media_report"
    __table_args__ = (Index("ix_media_report_project_published", "project_id", "published_on"),)
    thing = "媒体报道"
    dated_by = "published_on"
    written_fields = ("project_id", "activity_id", "title", "outlet", "link", "published_on", "is_repost")

    title: Mapped[str] = mapped_column(String(200), default="")
    outlet: Mapped[str] = mapped_column(String(80), default="")
    link: Mapped[str] = mapped_column(Text, default="")
    item_key: Mapped[str] = mapped_column(String(600), index=True)
    published_on: Mapped[date]
    is_repost: Mapped[bool] = mapped_column(default=False)
