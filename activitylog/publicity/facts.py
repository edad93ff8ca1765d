"""Pushes and media reports as dated, countable rows, and whether an activity was published in time."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import case, exists, func, literal, select
from sqlalchemy.orm import Session

from activitylog.activities.facts import OF_ACTIVITY
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.activities.sources import (
    Lateness,
    Source,
    TrailKind,
    activity_titles,
    fact_columns,
    month_day,
    titles_of,
)
from activitylog.core.dialects import Rows, add_days, day_text
from activitylog.core.period import Period
from activitylog.publicity.models import MediaReport, Push

RELEASE_DAYS = 3


def _first_pushes(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    published_on = func.min(Push.published_on).label("published_on")
    rows = session.execute(
        select(Activity.id, Activity.held_on, published_on)
        .outerjoin(
            Push,
            (Push.activity_id == Activity.id)
            & Push.withdrawn_at.is_(None)
            & (Push.published_on <= period.last_day),
        )
        .where(Activity.id.in_(ids))
        .group_by(Activity.id, Activity.held_on)
    )
    return {row.id: row for row in rows}


def _lateness_text(due_on: date, found: Any) -> str:
    if found is None or found.held_on is None:
        return f"应在{month_day(due_on)}前推送"
    held = f"{month_day(found.held_on)}举办"
    if found.published_on is None:
        return f"{held}，没有推送"
    return f"{held}，{month_day(found.published_on)}才推送"


RELEASE = Source(
    30,
    "release",
    "信息发布",
    "场活动",
    Activity,
    dates=(Activity.held_on,),
    trail=(OF_ACTIVITY, TrailKind("push", Push, is_by_activity=True)),
    titles=activity_titles,
    lateness=Lateness(_first_pushes, _lateness_text, "没有按时发布信息"),
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
        note=lambda push: f"批次 {push.batch}" if push.batch else "",
    ),
    page="publicity?show=pushes",
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
        note=lambda report: report.outlet + ("（转载）" if report.is_repost else ""),
    ),
    page="publicity?show=reports",
)


def push_facts() -> Rows:
    """One row per push on its publishing day; `article` identifies the article, `sending` the batch."""
    sending = case(
        (Push.batch != "", literal("batch:") + Push.batch),
        else_=literal("day:") + day_text(Push.published_on),
    )
    return select(
        *fact_columns(PUSH, Push.published_on),
        Push.article_key.label("article"),
        sending.label("sending"),
    ).where(Push.withdrawn_at.is_(None))


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
        # as an expression, or SQLite would search all activities by the index of the status
        .where(Push.withdrawn_at.is_(None), func.coalesce(Activity.status, "") == Status.APPROVED)
    )


def release_facts() -> Rows:
    """One row per approved activity, RELEASE_DAYS after it was held; on time 0 or 1."""
    due_on = add_days(Activity.held_on, literal(RELEASE_DAYS))
    in_time = exists().where(
        Push.activity_id == Activity.id, Push.withdrawn_at.is_(None), Push.published_on <= due_on
    )
    return select(
        *fact_columns(RELEASE, due_on),
        case((in_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
    ).where(Activity.status == Status.APPROVED)


def media_report_facts() -> Rows:
    """One row per media report on its publishing day; `item` identifies the item, `is_repost` a repost."""
    return select(
        *fact_columns(MEDIA_REPORT, MediaReport.published_on),
        MediaReport.item_key.label("item"),
        MediaReport.is_repost,
    ).where(MediaReport.withdrawn_at.is_(None))
