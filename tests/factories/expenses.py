"""Expenses of a project."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.expenses.models import Expense
from activitylog.expenses.operations import add_expense
from activitylog.projects.models import Project
from tests.factories.projects import make_project

NOW = datetime(2024, 12, 31, 2, 0, tzinfo=UTC)


def make_expense(
    session: Session,
    project: Project | None = None,
    *,
    activity: Activity | None = None,
    expense_kind: str = "",
    summary: str = "场地租赁",
    planned_fen: int = 5_000_00,
    paid_fen: int = 4_800_00,
    paid_on: date = date(2024, 6, 12),
    by: User | None = None,
    now: datetime = NOW,
) -> Expense:
    return add_expense(
        session,
        project_id=activity.project_id if activity else (project or make_project(session)).id,
        activity_id=activity.id if activity else None,
        expense_kind=expense_kind,
        summary=summary,
        planned_fen=planned_fen,
        paid_fen=paid_fen,
        paid_on=paid_on,
        by=by,
        now=now,
    )
