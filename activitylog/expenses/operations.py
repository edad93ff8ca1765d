"""Recording money spent; amounts are integer fen."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.records import project_for
from activitylog.core.period import business_day
from activitylog.errors import BadInput, Refused
from activitylog.expenses.models import Expense
from activitylog.projects import records
from activitylog.projects.models import Project

THING = "支出"
EDITED = ("activity_id", "summary", "planned_fen", "paid_fen", "paid_on", "withdrawn_at")
LARGEST_FEN = 10_000_000_000_00


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
        created_by_id=by.id if by else None,
        created_at=now,
    )
    session.add(expense)
    session.flush()
    return expense


def edit_expense(
    session: Session,
    expense: Expense,
    *,
    activity_id: int | None,
    summary: str,
    planned_fen: int,
    paid_fen: int,
    paid_on: date,
    seen: str,
    now: datetime,
) -> None:
    """Correct what was written; `seen` is what `as_shown` was when the page was made."""
    session.refresh(expense, EDITED, with_for_update=True)
    records.check_seen(as_shown(expense), seen, shown=_sentence(expense))
    if expense.withdrawn_at is not None:
        raise Refused(f"支出“{expense.summary}”已撤下，请先恢复，再修改。")
    _check_amounts(planned_fen, paid_fen)
    _check_day(project_for(session, expense.project_id, activity_id), paid_on, now)
    expense.activity_id, expense.summary = activity_id, _summary(summary)
    expense.planned_fen, expense.paid_fen, expense.paid_on = planned_fen, paid_fen, paid_on
    session.flush()


def withdraw_expense(session: Session, expense: Expense, *, reason: str, now: datetime) -> None:
    records.withdraw(expense, thing=THING, reason=reason, now=now)
    session.flush()


def restore_expense(session: Session, expense: Expense) -> None:
    records.restore(expense, thing=THING)
    session.flush()


def as_shown(expense: Expense) -> str:
    """What an edit page hands back, so that nobody overwrites another's edit unseen."""
    return records.text_seen(*(getattr(expense, name) for name in EDITED))


def _sentence(expense: Expense) -> str:
    planned, paid = (f"{Decimal(amount) / 100:,.2f}" for amount in (expense.planned_fen, expense.paid_fen))
    return f"“{expense.summary}”，计划 {planned} 元，实付 {paid} 元，{expense.paid_on} 支付"


def _summary(text: str) -> str:
    return records.short(text, 200, thing="摘要", field="summary", needed=True)


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
