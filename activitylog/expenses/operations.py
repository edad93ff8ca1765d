"""Records and edits expenses; amounts are integer fen."""

from datetime import date, datetime
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.records import project_for
from activitylog.core import records
from activitylog.core.money import LARGEST_FEN, yuan_text
from activitylog.core.period import business_day
from activitylog.core.text.words import one_line, read_word
from activitylog.errors import BadInput
from activitylog.expenses.models import Expense
from activitylog.expenses.queries import Payment, payments, usual_payment
from activitylog.expenses.rules import amount_doubts
from activitylog.projects.queries import project_of


class ExpenseDetails(TypedDict):
    """What a person writes of an expense; its kind is a word of the office's own, "" for none."""

    activity_id: int | None
    expense_kind: NotRequired[str]
    summary: str
    planned_fen: int
    paid_fen: int
    paid_on: date


def add_expense(
    session: Session, *, project_id: int, by: User | None, now: datetime, **details: Unpack[ExpenseDetails]
) -> Expense:
    """Record one payment."""
    expense = Expense(project_id=project_id, **_checked(session, project_id, details, now))
    return records.add_record(session, expense, project_of(session, project_id), by=by, now=now)


def edit_expense(
    session: Session,
    expense: Expense,
    *,
    token: str,
    by: User | None,
    now: datetime,
    **details: Unpack[ExpenseDetails],
) -> None:
    """Edit an expense; refuses one that is withdrawn or was edited since the token."""
    records.check_edit(session, expense, token, _description)
    before = expense.planned_fen, expense.paid_fen
    checked = _checked(session, expense.project_id, details, now)
    records.write_fields(session, expense, checked, by=by, now=now)
    if before != (expense.planned_fen, expense.paid_fen):
        expense.confirmed_by_id = expense.confirmed_at = None
        session.flush()


def check_amounts(
    session: Session,
    *,
    project_id: int,
    planned_fen: int,
    payment: Payment,
    is_confirmed: bool,
    by: User,
    now: datetime,
    stored: Expense | None = None,
) -> bool:
    """Ask about amounts that look like a slip; returns whether there was anything to confirm.

    A form sent twice within a minute is no second payment.
    """
    amounts = planned_fen, payment.fen
    if stored is not None and stored.confirmed_at and amounts == (stored.planned_fen, stored.paid_fen):
        return True
    is_other = Expense.id != (stored.id if stored else 0)
    is_earlier = records.is_no_double_tap(Expense, by=by, now=now)
    paid = payments(session, [project_id], is_other, is_earlier)[project_id]
    doubts = amount_doubts(
        planned_fen=planned_fen,
        paid_fen=payment.fen,
        usual=usual_payment(paid),
        is_repeated=payment in paid,
    )
    if doubts and not is_confirmed:
        sentence = f"{'；'.join(doubts)}。请核对；确实没有写错的，勾选后再保存。"
        raise BadInput(sentence, field="amounts_confirmed")
    return bool(doubts)


def confirm_amounts(session: Session, expense: Expense, *, by: User, now: datetime) -> None:
    """Record that a person said the amounts are right."""
    expense.confirmed_by_id, expense.confirmed_at = by.id, now
    session.flush()


def _checked(session: Session, project_id: int, details: ExpenseDetails, now: datetime) -> ExpenseDetails:
    """The details as they are stored; refused when an amount or the day is not possible."""
    for field, word, amount in (
        ("planned_fen", "计划金额", details["planned_fen"]),
        ("paid_fen", "实付金额", details["paid_fen"]),
    ):
        if not 0 <= amount <= LARGEST_FEN:
            raise BadInput(f"{word}应在 0 到 {LARGEST_FEN // 100:,} 元之间，请核对。", field=field)
    project = project_for(session, project_id, details["activity_id"])
    records.check_past(details["paid_on"], business_day(now), thing="支付日期", field="paid_on")
    records.check_year(details["paid_on"], project.year, thing="支付日期", field="paid_on")
    summary = records.limited_text(
        details["summary"], 200, thing="摘要", field="summary", is_required=True, read=one_line
    )
    kind = records.limited_text(
        details.get("expense_kind", ""), 40, thing="支出类别", field="expense_kind", read=read_word
    )
    return {**details, "expense_kind": kind, "summary": summary}


def _description(expense: Expense) -> str:
    planned, paid = yuan_text(expense.planned_fen), yuan_text(expense.paid_fen)
    named = f"{expense.expense_kind}“{expense.summary}”"
    return f"{named}，计划 {planned} 元，实付 {paid} 元，{expense.paid_on} 支付"
