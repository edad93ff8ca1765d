"""Sums and lists of expenses."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.records import current_records, withdrawn_records
from activitylog.core.records import is_repeated, withdraw_record
from activitylog.errors import Missing
from activitylog.expenses import queries
from activitylog.expenses.models import Expense
from activitylog.expenses.queries import ExpenseSums
from activitylog.expenses.rules import KINDS
from activitylog.projects.queries import visible_record
from tests.factories.accounts import make_user
from tests.factories.expenses import NOW, make_expense
from tests.factories.projects import make_project


def test_sums_leave_out_what_was_withdrawn_and_other_projects(session: Session) -> None:
    umbrella = make_project(session, budget_fen=100_000_00)
    child = make_project(session, parent=umbrella, budget_fen=60_000_00)
    make_expense(session, child, planned_fen=10_000_00, paid_fen=9_000_00)
    make_expense(session, child, planned_fen=2_000_00, paid_fen=2_500_00)
    gone = make_expense(session, child)
    withdraw_record(session, gone, reason="重复", now=NOW)
    make_expense(session, make_project(session))
    sums = queries.expense_sums(session, child)
    assert sums == ExpenseSums(2, 12_000_00, 11_500_00, 60_000_00)
    assert (sums.execution, sums.saving, sums.left_fen) == ("19.17%", "4.17%", 48_500_00)
    assert queries.expense_sums(session, umbrella) == ExpenseSums(2, 12_000_00, 11_500_00, 100_000_00)
    assert withdrawn_records(session, Expense, umbrella) == [gone]


def test_a_project_that_has_spent_nothing_has_no_saving_rate(session: Session) -> None:
    sums = queries.expense_sums(session, make_project(session, budget_fen=0))
    assert (sums, sums.execution, sums.saving) == (ExpenseSums(0, 0, 0, 0), "—", "—")


def test_expenses_come_latest_first_in_pages(session: Session) -> None:
    project = make_project(session)
    old = make_expense(session, project, paid_on=date(2024, 1, 1))
    new = make_expense(session, project, paid_on=date(2024, 12, 1))
    for _ in range(29):
        make_expense(session, project)
    first = current_records(session, Expense, project, page=1)
    assert (first.rows[0], first.pages, first.total) == (new, 2, 31)
    assert current_records(session, Expense, project, page=2).rows == [old]


def test_the_usual_kinds_come_before_those_the_office_has_added(session: Session) -> None:
    for kind in ("直播费", "劳务费", "", "直播费"):
        make_expense(session, expense_kind=kind)
    assert queries.kinds_used(session) == [*KINDS, "直播费"]


def test_the_same_sent_twice_in_a_minute_is_known(session: Session) -> None:
    project = make_project(session)
    assert not is_repeated(session, make_expense(session, project))
    assert is_repeated(session, make_expense(session, project))
    assert not is_repeated(session, make_expense(session, project, paid_fen=1))
    later = make_expense(session, project, now=NOW + timedelta(minutes=5))
    assert not is_repeated(session, later)


def test_a_stranger_does_not_find_it(session: Session) -> None:
    expense = make_expense(session)
    with pytest.raises(Missing):
        visible_record(session, make_user(session, make_project(session)), Expense, expense.id)
