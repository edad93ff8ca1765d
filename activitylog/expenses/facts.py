"""Expenses as dated, countable rows, in fen."""

from sqlalchemy import literal, select

from activitylog.core.dialects import Rows
from activitylog.expenses.models import Expense

SOURCE = "expense"


def expense_facts() -> Rows:
    """One row per expense on the day it was paid; planned and paid in fen."""
    return select(
        Expense.project_id,
        Expense.activity_id,
        literal(SOURCE).label("source"),
        Expense.id.label("source_id"),
        Expense.paid_on.label("occurred_on"),
        Expense.planned_fen,
        Expense.paid_fen,
    ).where(Expense.withdrawn_at.is_(None))
