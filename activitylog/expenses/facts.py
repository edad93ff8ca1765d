"""Expenses as dated, countable rows, in fen, and their kind of source."""

from sqlalchemy import select

from activitylog.activities.sources import Source, TrailKind, fact_columns, titles_of
from activitylog.core.dialects import Rows
from activitylog.expenses.models import Expense

EXPENSE = Source(
    70,
    "expense",
    "支出",
    "笔支出",
    Expense,
    dates=(Expense.paid_on,),
    trail=(TrailKind("expense", Expense),),
    titles=titles_of(Expense, lambda expense: expense.summary),
    page="expenses",
)


def expense_facts() -> Rows:
    """One row per expense on the day it was paid; its kind, planned and paid in fen."""
    return select(
        *fact_columns(EXPENSE, Expense.paid_on),
        Expense.expense_kind,
        Expense.planned_fen,
        Expense.paid_fen,
    ).where(Expense.is_counted)
