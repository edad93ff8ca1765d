"""Recording, correcting and withdrawing expenses."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.records import edit_token, restore_record, withdraw_record
from activitylog.errors import BadInput, Refused, StaleVersion
from activitylog.expenses import operations
from activitylog.expenses.models import Expense
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import NOW, make_expense
from tests.factories.projects import make_project


def edit(session: Session, expense: Expense, *, token: str | None = None, **changes: Any) -> None:
    names = ("activity_id", "expense_kind", "summary", "planned_fen", "paid_fen", "paid_on")
    values = {name: getattr(expense, name) for name in names} | changes
    operations.edit_expense(session, expense, token=token or edit_token(expense), by=None, now=NOW, **values)


def test_an_expense_is_recorded_by_somebody(session: Session) -> None:
    activity = make_activity(session)
    person = make_user(session, activity.project)
    expense = operations.add_expense(
        session,
        project_id=activity.project_id,
        activity_id=activity.id,
        summary=" 讲师课酬 ",
        planned_fen=1_000_00,
        paid_fen=0,
        paid_on=date(2024, 6, 12),
        by=person,
        now=NOW,
    )
    assert (expense.summary, expense.planned_fen, expense.paid_fen) == ("讲师课酬", 1_000_00, 0)
    assert (expense.activity, expense.created_by_id) == (activity, person.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"summary": " "}, "summary"),
        ({"expense_kind": "类" * 41}, "expense_kind"),
        ({"planned_fen": -1}, "planned_fen"),
        ({"paid_fen": 10**15 + 1}, "paid_fen"),
        ({"paid_on": date(2023, 12, 31)}, "paid_on"),
        ({"paid_on": date(2025, 1, 1)}, "paid_on"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(session: Session, values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        make_expense(session, **values)
    assert refusal.value.field == field


def test_a_kind_is_read_as_one_word_whatever_it_is_typed_like(session: Session) -> None:
    kinds = [
        make_expense(session, expense_kind=typed).expense_kind
        for typed in ("劳务费", " 劳 务费", "劳\u200b务费")
    ]
    assert set(kinds) == {"劳务费"}


def test_an_activity_of_another_project_is_refused(session: Session) -> None:
    expense = make_expense(session, make_project(session))
    with pytest.raises(BadInput, match="不属于项目") as refusal:
        edit(session, expense, activity_id=make_activity(session).id)
    assert refusal.value.field == "activity"


def test_an_edit_corrects_the_amounts(session: Session) -> None:
    expense = make_expense(session)
    edit(session, expense, paid_fen=1, summary="更正")
    assert (expense.paid_fen, expense.summary) == (1, "更正")


def test_a_stale_edit_is_refused_with_the_current_values(session: Session) -> None:
    expense = make_expense(session)
    token = edit_token(expense)
    edit(session, expense, paid_fen=1_234_56)
    with pytest.raises(StaleVersion, match=r"实付 1,234\.56 元"):
        edit(session, expense, token=token, paid_fen=1)
    assert expense.paid_fen == 1_234_56


def test_a_withdrawn_expense_takes_no_edit_until_restored(session: Session) -> None:
    expense = make_expense(session)
    with pytest.raises(BadInput, match="理由"):
        withdraw_record(session, expense, reason="", now=NOW)
    withdraw_record(session, expense, reason="重复", now=NOW)
    with pytest.raises(Refused, match="已撤下"):
        edit(session, expense, paid_fen=1)
    restore_record(session, expense, by=None, now=NOW)
    edit(session, expense, paid_fen=1)
    assert expense.paid_fen == 1
