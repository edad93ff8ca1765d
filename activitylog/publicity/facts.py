"""Pushes and media reports as dated, countable rows, and whether an activity was published in time."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import String, case, cast, exists, func, literal, select
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY_TRAIL, HELD
from activitylog.activities.models import Activity
from activitylog.activities.sources import (
    Lateness,
    Source,
    TrailKind,
    activity_titles,
    fact_columns,
    titles_of,
)
from activitylog.core.dialects import Rows, add_days, day_text, month_of
from activitylog.core.period import Period, month_day
from activitylog.publicity.models import MediaReport, Push

RELEASE_DAYS = 3


def _first_pushes(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    published_on = func.min(Push.published_on).label("published_on")
    rows = session.execute(
        select(Activity.id, Activity.held_on, published_on)
        .outerjoin(
            Push,
            (Push.activity_id == Activity.id) & Push.is_counted & (Push.published_on <= _last_seen(period)),
        )
        .where(Activity.id.in_(ids))
        .group_by(Activity.id, Activity.held_on)
    )
    return {row.id: row for row in rows}


def _last_seen(period: Period) -> date:
    """The last day whose pushes a month's lateness tells of; a December's activities are due in January."""
    return period.last_day if period.month < 12 else period.next.last_day


def _lateness_text(due_on: date, found: Any) -> str:
    if found is None or found.held_on is None:
        return f"应在{month_day(due_on)}前推送"
    held = f"{month_day(found.held_on)}举办"
    if found.published_on is None:
        return f"{held}，没有推送"
    return f"{held}，{month_day(found.published_on)}才推送"


def _january_day(article: Any) -> str:
    """The day of an article of January, which may count in the year of its activity's December."""
    return f"{month_day(article.published_on)}发布" if article.published_on.month == 1 else ""


RELEASE = Source(
    30,
    "release",
    "信息发布",
    "场活动",
    Activity,
    dates=(Activity.held_on,),
    trail=(ACTIVITY_TRAIL, TrailKind("push", Push, is_by_activity=True)),
    titles=activity_titles,
    lateness=Lateness(_first_pushes, _lateness_text, "没有按时发布信息"),
    tells_of_december=True,
)
PUSH = Source(
    40,
    "push",
    "公众号推送",
    "篇推送",
    Push,
    dates=(Push.published_on,),
    trail=(TrailKind("push", Push),),
    titles=titles_of(
        Push,
        lambda push: push.title or "未填标题的推送",
        note=lambda push: "，".join(filter(None, (push.batch and f"批次 {push.batch}", _january_day(push)))),
    ),
    page="publicity?show=pushes",
    tells_of_december=True,
)
MEDIA_REPORT = Source(
    50,
    "media_report",
    "媒体报道",
    "篇报道",
    MediaReport,
    dates=(MediaReport.published_on,),
    trail=(TrailKind("report", MediaReport),),
    titles=titles_of(
        MediaReport,
        lambda report: report.title or "未填标题的报道",
        note=lambda report: "，".join(
            filter(None, (report.outlet + ("（转载）" if report.is_repost else ""), _january_day(report)))
        ),
    ),
    page="publicity?show=reports",
    tells_of_december=True,
)


def push_facts() -> Rows:
    """One row per push on its publishing day; `article` identifies the article, `sending` the batch.

    A label is one batch within its project's month: many offices count 第1次 anew every month.
    """
    project, month = cast(Push.project_id, String), month_of(Push.published_on)
    sending = case(
        (Push.batch != "", literal("batch:") + project + ":" + month + ":" + Push.batch),
        else_=literal("day:") + day_text(Push.published_on),
    )
    return select(
        *fact_columns(PUSH, Push.published_on),
        Push.article_key.label("article"),
        sending.label("sending"),
    ).where(Push.is_counted)


def pushed_activity_facts() -> Rows:
    """One row per push of an approved activity on its publishing day; counted by `activity_id`."""
    return (
        select(
            Activity.project_id,
            Push.activity_id,
            literal(PUSH.key).label("source"),
            Push.id.label("source_id"),
            Push.published_on.label("occurred_on"),
        )
        .join(Activity, Activity.id == Push.activity_id)
        .where(Push.is_counted, HELD)
    )


def release_facts() -> Rows:
    """One row per approved activity, RELEASE_DAYS after it was held; on time 0 or 1."""
    due_on = add_days(Activity.held_on, literal(RELEASE_DAYS))
    in_time = exists().where(Push.activity_id == Activity.id, Push.is_counted, Push.published_on <= due_on)
    return select(
        *fact_columns(RELEASE, due_on),
        case((in_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
    ).where(HELD)


def media_report_facts() -> Rows:
    """One row per media report on its publishing day; `item` identifies the item, `is_repost` a repost."""
    return select(
        *fact_columns(MEDIA_REPORT, MediaReport.published_on),
        MediaReport.item_key.label("item"),
        MediaReport.is_repost,
    ).where(MediaReport.is_counted)
