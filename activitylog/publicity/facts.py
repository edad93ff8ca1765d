"""Pushes and media reports as dated, countable rows, and whether an activity was published in time."""

from sqlalchemy import case, exists, func, literal, select

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import Rows, add_days, day_text
from activitylog.publicity.models import MediaReport, Push

PUSH = "push"
MEDIA_REPORT = "media_report"
ACTIVITY_RELEASE = "release"
RELEASE_DAYS = 3


def push_facts() -> Rows:
    """One row per push on its publishing day; `article` identifies the article, `sending` the batch."""
    sending = case(
        (Push.batch != "", literal("batch:") + Push.batch),
        else_=literal("day:") + day_text(Push.published_on),
    )
    return select(
        Push.project_id,
        Push.activity_id,
        literal(PUSH).label("source"),
        Push.id.label("source_id"),
        Push.published_on.label("occurred_on"),
        Push.article_key.label("article"),
        sending.label("sending"),
    ).where(Push.withdrawn_at.is_(None))


def pushed_activity_facts() -> Rows:
    """One row per push of an approved activity on its publishing day; counted by `activity_id`."""
    return (
        select(
            Activity.project_id,
            Push.activity_id,
            literal(PUSH).label("source"),
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
        Activity.project_id,
        Activity.id.label("activity_id"),
        literal(ACTIVITY_RELEASE).label("source"),
        Activity.id.label("source_id"),
        due_on.label("occurred_on"),
        case((in_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
    ).where(Activity.status == Status.APPROVED)


def media_report_facts() -> Rows:
    """One row per media report on its publishing day; `item` identifies the item, `is_repost` a repost."""
    return select(
        MediaReport.project_id,
        MediaReport.activity_id,
        literal(MEDIA_REPORT).label("source"),
        MediaReport.id.label("source_id"),
        MediaReport.published_on.label("occurred_on"),
        MediaReport.item_key.label("item"),
        MediaReport.is_repost,
    ).where(MediaReport.withdrawn_at.is_(None))
