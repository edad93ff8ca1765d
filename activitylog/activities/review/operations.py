"""Sets whether a project skips review, and the items of its quality check."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import JOINED_BY, QualityItem, Status
from activitylog.errors import BadInput, Refused
from activitylog.projects.models import Project


def set_review(
    session: Session, project: Project, *, skips_review: bool, must_items: Iterable[QualityItem]
) -> None:
    """Set both for activities logged and reviewed from now on; reviewed ones stay as they are."""
    if project.children:
        raise Refused(f"“{project.name}”只汇总下级项目，自己没有活动；请到下级项目里设定。")
    chosen = [item for item in QualityItem if item in set(must_items)]
    if not chosen:
        raise BadInput("质量检查至少要选一项。", field="items")
    project.skips_review = skips_review
    project.must_items = "" if len(chosen) == len(QualityItem) else JOINED_BY.join(chosen)
    session.flush()


def count_awaiting_review(session: Session, project: Project) -> int:
    """How many activities of the project await review."""
    counted = select(func.count(Activity.id)).where(
        Activity.project_id == project.id, Activity.status == Status.LOGGED
    )
    return session.scalar(counted) or 0
