"""Which expenses count, and on which day."""

from datetime import date

from sqlalchemy.orm import Session

from activitylog.core.records import withdraw_record
from activitylog.expenses.facts import expense_facts
from tests.factories.expenses import NOW, make_expense


def test_an_expense_counts_in_fen_on_the_day_it_was_paid(session: Session) -> None:
    make_expense(session, planned_fen=500_00, paid_fen=480_50, paid_on=date(2024, 6, 12))
    row = session.execute(expense_facts()).one()
    assert (row.occurred_on, row.planned_fen, row.paid_fen) == (date(2024, 6, 12), 500_00, 480_50)


def test_a_withdrawn_expense_counts_nowhere(session: Session) -> None:
    withdraw_record(session, make_expense(session), reason="重复", now=NOW)
    assert session.execute(expense_facts()).all() == []
