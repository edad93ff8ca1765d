"""Milestones of a project."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from activitylog.milestones.models import Milestone
from activitylog.milestones.operations import plan_milestone
from activitylog.projects.models import Project
from tests.factories.projects import make_project

NOW = datetime(2024, 12, 31, 2, 0, tzinfo=UTC)


def make_milestone(
    session: Session,
    project: Project | None = None,
    *,
    kind: str = "制度",
    name: str = "科普活动管理办法",
    due_on: date | None = date(2024, 6, 30),
    done_on: date | None = None,
    now: datetime = NOW,
) -> Milestone:
    return plan_milestone(
        session,
        project_id=(project or make_project(session)).id,
        kind=kind,
        name=name,
        due_on=due_on,
        done_on=done_on,
        by=None,
        now=now,
    )
