"""A project's money in the browser: one taken, one refused, one stranger per address.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.core.period import utc_now
from activitylog.core.records import edit_token
from activitylog.expenses.models import Expense
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.projects import make_project
from tests.factories.records import approve_waiting
from tests.signed_in import signed_in
from tests.workbooks import sent_rows

SPENT = {"summary": "场地租赁", "planned_fen": "5,000", "paid_fen": "4800.50", "paid_on": "2024-06-12"}


@dataclass
class Cast:
    """An organizer of the project, one of another, and an auditor."""

    project: Project
    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient

    @property
    def address(self) -> str:
        return f"/projects/{self.project.id}/expenses"


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project = make_project(session, budget_fen=10_000_00)
    organizer = make_user(session, project)
    stranger = make_user(session, make_project(session))
    auditor = make_user(session, role=Role.AUDITOR)
    session.commit()
    return Cast(project, *(signed_in(app, user) for user in (organizer, stranger, auditor)))


def test_an_expense_is_recorded_approved_and_summed(cast: Cast, session: Session) -> None:
    assert "这里会列出本项目的支出" in cast.organizer.get(cast.address).text
    assert cast.organizer.post(cast.address, data=SPENT).location == f"{cast.address}#main"
    assert "0.00%" in cast.organizer.get(cast.address).text  # it waits
    session.rollback()
    approve_waiting(session)
    page = cast.organizer.get(cast.address).text
    assert "4,800.50" in page
    assert "48.01%" in page
    assert "3.99%" in page


def test_an_expense_has_a_kind_of_the_list_or_a_new_one(cast: Cast, session: Session) -> None:
    for number, kind in enumerate(
        ({"expense_kind": "劳务费"}, {"other_kind": "直播费"}, {"expense_kind": ""})
    ):
        assert (
            cast.organizer.post(cast.address, data=SPENT | kind | {"summary": f"{number}"}).status_code == 302
        )
    page = cast.organizer.get(cast.address).text
    assert 'value="直播费"' in page
    session.rollback()
    expenses = session.scalars(select(Expense).order_by(Expense.id)).all()
    assert [expense.expense_kind for expense in expenses] == ["劳务费", "直播费", ""]
    edited = cast.organizer.get(f"/expenses/{expenses[0].id}/edit").text
    assert re.search(r'<input[^>]* checked[^>]* value="劳务费"|value="劳务费"[^>]* checked', edited)


def test_an_expense_may_name_its_activity(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project)
    session.commit()
    prefilled = cast.organizer.get(f"{cast.address}?activity={activity.number}")
    assert f'value="{activity.number}"' in prefilled.text
    assert cast.organizer.post(cast.address, data=SPENT | {"activity": activity.number}).status_code == 302
    session.rollback()
    assert session.scalars(select(Expense.activity_id)).all() == [activity.id]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"summary": " "}, "请填写摘要"),
        ({"expense_kind": "劳务费", "other_kind": "直播费"}, "类别只能有一个"),
        ({"paid_fen": ""}, "请填写实付金额"),
        ({"planned_fen": "五千"}, "计划金额应为金额"),
        ({"paid_on": "2023-06-12"}, "2024 年的项目"),
        ({"activity": "2024-9999"}, "没有编号为“2024-9999”的活动"),
    ],
)
def test_what_is_wrong_is_reported_and_nothing_stored(
    cast: Cast, session: Session, changes: dict[str, str], sentence: str
) -> None:
    answer = cast.organizer.post(cast.address, data=SPENT | changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    session.rollback()
    assert session.scalars(select(Expense)).all() == []


def test_an_activity_of_another_project_is_refused_beside_its_field(cast: Cast, session: Session) -> None:
    other = make_project(session)
    activity = make_activity(session, other)
    session.commit()
    answer = cast.organizer.post(cast.address, data=SPENT | {"activity": activity.number})
    assert answer.status_code == 422
    assert 'id="activity-error"' in answer.text


def test_a_form_sent_twice_is_stored_once(cast: Cast, session: Session) -> None:
    for _ in range(2):
        assert cast.organizer.post(cast.address, data=SPENT).status_code == 302
    session.rollback()
    assert len(session.scalars(select(Expense)).all()) == 1


def test_strangers_see_nothing_and_auditors_only_read(cast: Cast, session: Session) -> None:
    expense = make_expense(session, cast.project)
    session.commit()
    assert cast.stranger.get(cast.address).status_code == 404
    page_of_auditor = cast.auditor.get(cast.address).text
    assert "场地租赁" in page_of_auditor
    assert 'method="post"' not in page_of_auditor
    for client, status in ((cast.stranger, 404), (cast.auditor, 403)):
        assert client.post(cast.address, data=SPENT).status_code == status
        for step in ("edit", "withdraw", "restore"):
            assert client.post(f"/expenses/{expense.id}/{step}").status_code == status


def test_an_umbrella_sends_to_its_children_to_record(app: Flask, session: Session) -> None:
    umbrella = make_project(session)
    child = make_project(session, parent=umbrella)
    make_expense(session, child)
    officer = signed_in(app, make_user(session, role=Role.OFFICER))
    session.commit()
    page = officer.get(f"/projects/{umbrella.id}/expenses").text
    assert f'href="/projects/{child.id}/expenses"' in page
    assert child.name in page
    assert 'name="paid_fen"' not in page


def test_an_edit_is_saved_and_a_stale_one_shows_both(cast: Cast, session: Session) -> None:
    expense = make_expense(session, activity=make_activity(session, cast.project))
    session.commit()
    address = f"/expenses/{expense.id}/edit"
    page = cast.organizer.get(address).text
    assert 'value="5000.00"' in page
    token = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page)
    assert token is not None
    values = SPENT | {"paid_fen": "4000", "activity": "", "seen": token[1]}
    assert cast.organizer.post(address, data=values).location == cast.address
    stale = cast.organizer.post(address, data=values | {"paid_fen": "3000"})
    assert stale.status_code == 422
    assert "实付 4,000.00 元" in stale.text
    assert 'value="3000"' in stale.text
    session.rollback()
    assert (expense.paid_fen, expense.activity_id) == (4_000_00, None)


def test_an_expense_is_withdrawn_with_a_reason_and_restored(cast: Cast, session: Session) -> None:
    expense = make_expense(session, cast.project)
    session.commit()
    address = f"/expenses/{expense.id}/withdraw"
    assert "撤下支出" in cast.organizer.get(address).text
    assert cast.organizer.post(address, data={}).status_code == 422
    assert cast.organizer.post(address, data={"reason": "重复登记"}).location == cast.address
    assert "重复登记" in cast.organizer.get(cast.address).text
    assert cast.organizer.post(f"/expenses/{expense.id}/restore").status_code == 302
    assert cast.organizer.post(f"/expenses/{expense.id}/restore").status_code == 409


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ({"planned_fen": "5000", "paid_fen": "48000"}, "实付 48,000.00 元，与计划的 5,000.00 元相差很大"),
        ({"planned_fen": "0", "paid_fen": "480"}, "实付 480.00 元，而计划金额是 0 元"),
        ({"planned_fen": "48000", "paid_fen": "48000"}, "实付 48,000.00 元，而本项目一笔一般是 1,850.50 元"),
    ],
)
def test_amounts_that_look_like_a_slip_are_asked_about_and_shown_with_who_confirmed_them(
    cast: Cast, session: Session, amounts: dict[str, str], sentence: str
) -> None:
    for _ in range(5):
        make_expense(session, cast.project, planned_fen=2000_00, paid_fen=1850_50)
    session.commit()
    asked = cast.organizer.post(cast.address, data=SPENT | amounts)
    assert asked.status_code == 422
    assert sentence in asked.text
    assert "金额没有写错" in asked.text
    confirmed = SPENT | amounts | {"amounts_confirmed": "y"}
    assert cast.organizer.post(cast.address, data=confirmed).status_code == 302
    page = cast.auditor.get(cast.address).text
    assert sentence in page
    assert "确认过。" in page
    session.rollback()
    expense = session.scalars(select(Expense).order_by(Expense.id.desc())).first()
    assert expense is not None
    assert expense.confirmed_by is not None
    mended = SPENT | {"seen": edit_token(expense)}
    assert cast.organizer.post(f"/expenses/{expense.id}/edit", data=mended).status_code == 302
    session.rollback()
    assert session.get_one(Expense, expense.id).confirmed_by is None


def test_a_payment_entered_once_more_is_asked_about(cast: Cast, session: Session) -> None:
    cast.organizer.post(cast.address, data=SPENT)
    session.rollback()
    session.execute(update(Expense).values(created_at=utc_now() - timedelta(minutes=5)))
    session.commit()
    asked = cast.organizer.post(cast.address, data=SPENT)
    assert asked.status_code == 422
    assert "同一天已有一笔摘要相同的支出，实付也是 4,800.50 元" in asked.text
    for other in ({"summary": "茶歇"}, {"paid_on": "2024-06-13"}, {"paid_fen": "4800.60"}):
        assert cast.organizer.post(cast.address, data=SPENT | other).status_code == 302
    assert cast.organizer.post(cast.address, data=SPENT | {"amounts_confirmed": "y"}).status_code == 302
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Expense)) == 5
    assert cast.auditor.get(cast.address).text.count("同一天已有一笔") == 2


def test_an_ordinary_payment_raises_no_question(cast: Cast, session: Session) -> None:
    make_expense(session, cast.project, planned_fen=2000_00, paid_fen=1850_50)
    session.commit()
    assert cast.organizer.post(cast.address, data=SPENT).status_code == 302


def test_all_pages_of_the_expenses_leave_as_a_workbook_of_numbers(cast: Cast, session: Session) -> None:
    for n in range(31):
        make_expense(session, cast.project, summary=f"第{n}笔", paid_fen=480_050)
    make_expense(session, make_project(session), summary="别的项目的")
    session.commit()
    assert "format=xlsx" in cast.auditor.get(cast.address).text
    answer = cast.auditor.get(f"{cast.address}?format=xlsx")
    rows = sent_rows(answer)
    assert len(rows) == 31
    assert {row["实付金额（元）"] for row in rows} == {4800.5}
    assert {f"{row['支付日期']:%Y-%m-%d}" for row in rows} == {"2024-06-12"}
    name = quote(f"{cast.project.year}年{cast.project.name}支出.xlsx")
    assert f'filename="{name}"' in answer.headers["Content-Disposition"]
    assert cast.stranger.get(f"{cast.address}?format=xlsx").status_code == 404
