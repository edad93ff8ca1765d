"""Activities as dated, countable rows, and their kind of source."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityDistrict
from activitylog.activities.rules import Status
from activitylog.activities.sources import (
    Lateness,
    Source,
    TrailKind,
    activity_titles,
    fact_columns,
)
from activitylog.core.dialects import Rows, likely
from activitylog.core.period import Period, month_day

HELD = likely(Activity.status == Status.APPROVED)


def _activities(session: Session, ids: Collection[int], _period: Period) -> dict[int, Any]:
    rows = session.execute(select(Activity.id, Activity.held_on, Activity.status).where(Activity.id.in_(ids)))
    return {row.id: row for row in rows}


def _lateness_text(due_on: date, found: Any) -> str:
    planned = f"计划{month_day(due_on)}"
    if found is None or found.held_on is None:
        return f"{planned}，没有举办记录"
    if found.held_on > due_on:
        return f"{planned}，{month_day(found.held_on)}举办"
    return planned if found.status is Status.APPROVED else f"{planned}，记录还没有审核通过"


ACTIVITY_TRAIL = TrailKind("activity", Activity)
ACTIVITY = Source(
    10,
    "activity",
    "活动",
    "场活动",
    Activity,
    dates=(Activity.held_on, Activity.planned_on),
    trail=(ACTIVITY_TRAIL,),
    titles=activity_titles,
    lateness=Lateness(_activities, _lateness_text, "没有按时举办"),
)


def activity_facts() -> Rows:
    """One row per approved activity, on the day it was held; heads, by group too, form, quality 0 or 1."""
    return select(
        *fact_columns(ACTIVITY, Activity.held_on),
        literal(1).label("one"),
        Activity.audience_onsite,
        Activity.audience_online,
        Activity.audience_young,
        Activity.audience_elderly,
        Activity.audience_office,
        Activity.audience_others,
        func.nullif(Activity.form, "").label("form"),
        case((Activity.quality_met.is_(True), 1), else_=0).label("quality_met"),
    ).where(HELD)


def activity_district_facts() -> Rows:
    """One row per approved activity and district it reached."""
    return (
        select(
            *fact_columns(ACTIVITY, Activity.held_on),
            ActivityDistrict.district,
        )
        .join(ActivityDistrict, ActivityDistrict.activity_id == Activity.id)
        .where(HELD)
    )


def planned_activity_facts() -> Rows:
    """One row per activity with a planned day and not cancelled, on that day; on time 0 or 1."""
    is_on_time = and_(HELD, Activity.held_on <= Activity.planned_on)
    return select(
        *fact_columns(ACTIVITY, Activity.planned_on),
        case((is_on_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
    ).where(Activity.planned_on.is_not(None), Activity.status != Status.WITHDRAWN)
