"""Sends activities that a person imports as approved to review, where the project has one."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.activities import ActivityChange, ActivityPlan, changes_anything
from activitylog.ledger.imports.queries import StoredActivity
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.projects.models import Project


def send_to_review(session: Session, plan: ActivityPlan, findings: LedgerFindings) -> None:
    """Approved becomes logged, unless the stored activity is approved and the row changes nothing counted."""
    reviewed = _reviewed_projects(session, {change.project_id for change in plan.changes})
    sent = [change for change in plan.changes if change.project_id in reviewed and _needs_review(change)]
    for change in sent:
        change.values |= {"status": Status.LOGGED, "quality_met": None}  # the reviewer judges both
    again = sum(_is_approved(change.stored) for change in sent)
    _warn(findings, len(sent) - again, "写的是“已审核”：这些项目的活动要由另一个人审核")
    _warn(findings, again, "改了已审核活动计入指标的内容，要重新审核")
    left = [change for change in plan.changes if changes_anything(change)]
    plan.unchanged += len(plan.changes) - len(left)
    plan.changes = left


def _warn(findings: LedgerFindings, rows: int, why: str) -> None:
    if rows:
        message = f"{rows:,} 行{why}，导入后是“待审核”。"
        findings.add_warning(message, sheet=ACTIVITIES.name, column="状态")


def _is_approved(stored: StoredActivity | None) -> bool:
    return stored is not None and stored.values["status"] is Status.APPROVED


def _needs_review(change: ActivityChange) -> bool:
    if change.values["status"] is not Status.APPROVED:
        return False
    return not _is_approved(change.stored) or change.may_count


def _reviewed_projects(session: Session, project_ids: Collection[int]) -> set[int]:
    reviewed = select(Project.id).where(Project.id.in_(project_ids), Project.skips_review.is_(False))
    return set(session.scalars(reviewed))
