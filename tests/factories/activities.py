"""Activities in any status, made by the operations."""

from dataclasses import fields
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, log_activity
from activitylog.activities.rules import QualityItem, Status
from activitylog.projects.models import Project
from tests.factories.projects import make_project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
REASON = "测试用的原因"
# The values of details whose fields have choices or limits, and those of the other types but text.
CHOSEN: dict[str, Any] = {
    "kinds": ("下乡服务",),
    "form": "讲座",
    "venue_kind": "学校",
    "districts": ("310107", "310151"),
    "planned_on": date(2024, 6, 8),
    "held_on": date(2024, 6, 9),
    "audience_young": 40,
    "audience_elderly": 30,
    "audience_office": 20,
    "audience_others": 10,
    "counting_method": "清点",
    "checks": (QualityItem.SAFETY,),
}
BY_TYPE = {int: 1234, time | None: time(9, 30)}


def make_details(project: Project, **changes: Any) -> ActivityDetails:
    values: dict[str, Any] = {
        "project_id": project.id,
        "title": "社区科普讲座",
        "kinds": ("资源配送",),
        "form": "讲座",
        "venue_name": "曹杨社区书院",
        "venue_kind": "社区书院",
        "districts": ("310107",),
        "held_on": date(project.year, 6, 10),
        "audience_onsite": 60,
    }
    return ActivityDetails(**values | changes)


def details_with_every_field(project_id: int) -> ActivityDetails:
    """Details of which none is its default."""
    values = {"project_id": project_id} | CHOSEN
    for field in fields(ActivityDetails):
        values.setdefault(field.name, BY_TYPE.get(field.type, f"填写的{field.name}"))  # type: ignore[call-overload]
    return ActivityDetails(**values)


def make_activity(
    session: Session,
    project: Project | None = None,
    *,
    status: Status = Status.APPROVED,
    quality_met: bool | None = True,
    by: User | None = None,
    now: datetime = NOW,
    number: str | None = None,
    nonce: str | None = None,
    **changes: Any,
) -> Activity:
    """An approved activity of 2024-06-10; further keywords are details."""
    project = project or make_project(session)
    if status is Status.PLANNED:
        changes = {"held_on": None, "planned_on": date(project.year, 6, 20)} | changes
        details = make_details(project, **changes)
        return log_activity(session, details, status, by=by, now=now, number=number, nonce=nonce)[0]
    details = make_details(project, **changes)
    activity, _ = log_activity(session, details, by=by, now=now, number=number, nonce=nonce)
    if status is not Status.LOGGED:
        change_status(session, activity, status, by=None, now=now, reason=REASON, quality_met=quality_met)
    return activity
