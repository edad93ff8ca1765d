"""Describes late records: when each was due, and whether it was done later or not at all."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.milestones.models import Milestone
from activitylog.publicity.models import Push


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late records of a source are worded: `text` takes the due day and what `look_up` found."""

    look_up: Callable[[Session, Collection[int], Period], dict[int, Any]]
    text: Callable[[date, Any], str]
    verdict: str


def month_day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _activities(session: Session, ids: Collection[int], _period: Period) -> dict[int, Any]:
    rows = session.execute(select(Activity.id, Activity.held_on, Activity.status).where(Activity.id.in_(ids)))
    return {row.id: row for row in rows}


def _activity_text(due_on: date, found: Any) -> str:
    planned = f"计划{month_day(due_on)}"
    if found is None or found.held_on is None:
        return f"{planned}，没有举办记录"
    if found.held_on > due_on:
        return f"{planned}，{month_day(found.held_on)}举办"
    return planned if found.status is Status.APPROVED else f"{planned}，记录还没有审核通过"


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


def _release_text(due_on: date, found: Any) -> str:
    if found is None or found.held_on is None:
        return f"应在{month_day(due_on)}前推送"
    held = f"{month_day(found.held_on)}举办"
    if found.published_on is None:
        return f"{held}，没有推送"
    return f"{held}，{month_day(found.published_on)}才推送"


def _milestones(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    rows = select(Milestone.id, Milestone.done_on).where(
        Milestone.id.in_(ids), Milestone.done_on <= period.last_day
    )
    return {row.id: row for row in session.execute(rows)}


def _milestone_text(due_on: date, found: Any) -> str:
    done = f"{month_day(found.done_on)}完成" if found else "没有完成"
    return f"应在{month_day(due_on)}完成，{done}"


LATE_ACTIVITY = Lateness(_activities, _activity_text, "没有按时举办")
LATE_RELEASE = Lateness(_first_pushes, _release_text, "没有按时发布信息")
LATE_MILESTONE = Lateness(_milestones, _milestone_text, "没有按时完成")
