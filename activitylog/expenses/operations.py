"""Records and edits expenses; amounts are integer fen."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.records import project_for
from activitylog.core import records
from activitylog.core.money import LARGEST_FEN, yuan_text
from activitylog.core.period import business_day
from activitylog.errors import BadInput, Refused
from activitylog.expenses.models import Expense
from activitylog.projects.models import Project


def add_expense(
    session: Session,
    *,
    project_id: int,
    activity_id: int | None,
    summary: str,
    planned_fen: int,
    paid_fen: int,
    paid_on: date,
    by: User | None,
    now: datetime,
) -> Expense:
    """Record one payment."""
    _check_amounts(planned_fen, paid_fen)
    _check_day(project_for(session, project_id, activity_id), paid_on, now)
    expense = Expense(
        project_id=project_id,
        activity_id=activity_id,
        summary=_summary(summary),
        planned_fen=planned_fen,
        paid_fen=paid_fen,
        paid_on=paid_on,
    )
    return records.add_record(session, expense, by=by, now=now)


def edit_expense(
    session: Session,
    expense: Expense,
    *,
    activity_id: int | None,
    summary: str,
    planned_fen: int,
    paid_fen: int,
    paid_on: date,
    token: str,
    now: datetime,
) -> None:
    """Edit an expense; refuses one that is withdrawn or was edited since the token."""
    records.check_edit(session, expense, token, _description)
    if expense.withdrawn_at is not None:
        raise Refused(f"支出“{expense.summary}”已撤下，请先恢复，再修改。")
    _check_amounts(planned_fen, paid_fen)
    _check_day(project_for(session, expense.project_id, activity_id), paid_on, now)
    expense.activity_id, expense.summary = activity_id, _summary(summary)
    expense.planned_fen, expense.paid_fen, expense.paid_on = planned_fen, paid_fen, paid_on
    session.flush()


def _description(expense: Expense) -> str:
    planned, paid = yuan_text(expense.planned_fen), yuan_text(expense.paid_fen)
    return f"“{expense.summary}”，计划 {planned} 元，实付 {paid} 元，{expense.paid_on} 支付"


def _summary(text: str) -> str:
    return records.limited_text(text, 200, thing="摘要", field="summary", is_required=True)


def _check_amounts(planned_fen: int, paid_fen: int) -> None:
    for field, word, amount in (
        ("planned_fen", "计划金额", planned_fen),
        ("paid_fen", "实付金额", paid_fen),
    ):
        if not 0 <= amount <= LARGEST_FEN:
            raise BadInput(f"{word}应在 0 到 {LARGEST_FEN // 100:,} 元之间，请核对。", field=field)


def _check_day(project: Project, paid_on: date, now: datetime) -> None:
    records.check_past(paid_on, business_day(now), thing="支付日期", field="paid_on")
    records.check_year(paid_on, project.year, thing="支付日期", field="paid_on")
