"""Activities as dated, countable rows."""

from sqlalchemy import and_, case, func, literal, select

from activitylog.activities.models import Activity, ActivityDistrict
from activitylog.activities.rules import Status
from activitylog.core.dialects import Rows

SOURCE = "activity"
HELD = Activity.status == Status.APPROVED


def activity_facts() -> Rows:
    """One row per approved activity, on the day it was held; heads, form, quality 0 or 1."""
    return select(
        Activity.project_id,
        Activity.id.label("activity_id"),
        literal(SOURCE).label("source"),
        Activity.id.label("source_id"),
        Activity.held_on.label("occurred_on"),
        literal(1).label("one"),
        Activity.audience_onsite,
        Activity.audience_online,
        func.nullif(Activity.form, "").label("form"),
        case((Activity.quality_met.is_(True), 1), else_=0).label("quality_met"),
    ).where(HELD)


def activity_district_facts() -> Rows:
    """One row per approved activity and district it reached."""
    return (
        select(
            Activity.project_id,
            Activity.id.label("activity_id"),
            literal(SOURCE).label("source"),
            Activity.id.label("source_id"),
            Activity.held_on.label("occurred_on"),
            ActivityDistrict.district,
        )
        .join(ActivityDistrict, ActivityDistrict.activity_id == Activity.id)
        .where(HELD)
    )


def planned_activity_facts() -> Rows:
    """One row per activity with a planned day and not cancelled, on that day; on time 0 or 1."""
    is_on_time = and_(HELD, Activity.held_on <= Activity.planned_on)
    return select(
        Activity.project_id,
        Activity.id.label("activity_id"),
        literal(SOURCE).label("source"),
        Activity.id.label("source_id"),
        Activity.planned_on.label("occurred_on"),
        case((is_on_time, 1), else_=0).label("on_time"),
        literal(1).label("due"),
    ).where(Activity.planned_on.is_not(None), Activity.status != Status.WITHDRAWN)
