"""Activities in any status, made by the operations."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, log_activity
from activitylog.activities.rules import Status
from activitylog.projects.models import Project
from tests.factories.projects import make_project

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
REASON = "测试用的原因"


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
