"""The tables of pushes and media reports, and what the trail records of them."""

from collections.abc import Hashable
from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.activities.audited import audited_record
from activitylog.activities.records import ActivityRecord
from activitylog.audit.registry import Field
from activitylog.core.database import Base
from activitylog.publicity.rules import push_title_key, report_title_key


class Push(ActivityRecord, Base):
    """One article of the WeChat official account, identified by `article_key`."""

    __tablename__ = "push"
    __table_args__ = (Index("ix_push_project_published", "project_id", "published_on"),)
    thing = "推送"
    counter = "篇"
    dated_by = "published_on"
    written_fields = ("project_id", "activity_id", "title", "link", "batch", "published_on")

    title: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str] = mapped_column(Text, default="")
    article_key: Mapped[str] = mapped_column(String(600), index=True)
    batch: Mapped[str] = mapped_column(String(60), default="")
    published_at: Mapped[datetime | None]
    published_on: Mapped[date]

    @property
    def title_key(self) -> Hashable | None:
        return push_title_key(self.title, self.published_on)


class MediaReport(ActivityRecord, Base):
    """One item about us published by others; a repost repeats somebody else's item."""

    __tablename__ = "media_report"
    __table_args__ = (Index("ix_media_report_project_published", "project_id", "published_on"),)
    thing = "媒体报道"
    counter = "篇"
    dated_by = "published_on"
    written_fields = ("project_id", "activity_id", "title", "outlet", "link", "published_on", "is_repost")

    title: Mapped[str] = mapped_column(String(200), default="")
    outlet: Mapped[str] = mapped_column(String(80), default="")
    link: Mapped[str] = mapped_column(Text, default="")
    item_key: Mapped[str] = mapped_column(String(600), index=True)
    published_on: Mapped[date]
    is_repost: Mapped[bool] = mapped_column(default=False)

    @property
    def title_key(self) -> Hashable | None:
        return report_title_key(self.title, self.outlet, self.published_on)


def _name(article: Push | MediaReport) -> str:
    return article.title or article.link


AUDITED = (
    audited_record(
        Push,
        "push",
        "公众号推送",
        {
            "title": Field("标题"),
            "link": Field("链接"),
            "batch": Field("批次"),
            "published_at": Field("发布时间"),
            "published_on": Field("发布日期"),
        },
        name=_name,
    ),
    audited_record(
        MediaReport,
        "report",
        "媒体报道",
        {
            "title": Field("标题"),
            "outlet": Field("媒体"),
            "link": Field("链接"),
            "published_on": Field("发布日期"),
            "is_repost": Field("转载"),
        },
        name=_name,
    ),
)
