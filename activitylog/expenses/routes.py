"""The pages of a project's expenses: record, edit, withdraw, and their sums."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.queries import activity_by_number
from activitylog.activities.records import (
    PLACE_COLUMNS,
    all_current_records,
    current_records,
    withdrawn_records,
)
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.core.records import edit_token
from activitylog.core.spreadsheets import MONEY, ListColumn
from activitylog.errors import BadInput, Missing
from activitylog.expenses import operations, queries
from activitylog.expenses.forms import ExpenseForm
from activitylog.expenses.models import Expense
from activitylog.files.routes import send_list
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, visible_project, visible_record
from activitylog.web import records
from activitylog.web.formats import day, yuan
from activitylog.web.records import Column, RecordHome, RecordPages
from activitylog.web.requests import bounded_int, wants_workbook

blueprint = Blueprint("expenses", __name__)


def _list_address(expense: Expense) -> str:
    return url_for(".of_project", project_id=expense.project_id)


EXPENSES = RecordPages(
    Expense,
    add_label="登记支出",
    path="/expenses",
    home=_list_address,
    days=lambda expense: (expense.paid_on,),
    columns=(
        Column("摘要", lambda expense: expense.summary),
        Column("支出类别", lambda expense: expense.expense_kind or "—"),
        Column("支付日期", lambda expense: day(expense.paid_on), "day"),
        Column("计划", lambda expense: f"{yuan(expense.planned_fen)} 元", "num"),
        Column("实付", lambda expense: f"{yuan(expense.paid_fen)} 元", "num"),
    ),
    empty="登记并审核通过后计入预算执行率和成本节约率。",
    added="已登记支出。",
    repeated="同样的一笔支出刚刚已登记，没有重复添加；确有两笔的，请在摘要中写明区别。",
    macros="expenses/record.html",
)
EXPORTED: tuple[ListColumn[Expense], ...] = (
    ListColumn("摘要", lambda expense: expense.summary, 40),
    ListColumn("支出类别", lambda expense: expense.expense_kind),
    ListColumn("支付日期", lambda expense: expense.paid_on),
    ListColumn("计划金额（元）", lambda expense: Decimal(expense.planned_fen) / 100, 16, MONEY),
    ListColumn("实付金额（元）", lambda expense: Decimal(expense.paid_fen) / 100, 16, MONEY),
    *PLACE_COLUMNS,
)


@blueprint.get("/projects/<int:project_id>/expenses")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """The sums, the expenses, and the form for one more; or all expenses as a workbook."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    if wants_workbook():
        name = f"{project.year}年{project.name}支出"
        return send_list(name, EXPORTED, all_current_records(db.session(), Expense, project))
    return _list(project, _new_form(project))


@blueprint.post("/projects/<int:project_id>/expenses")
@needs(Permission.LOG)
def add(project_id: int) -> ResponseReturnValue:
    """Record one."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    form = _new_form(project)

    def add_expense() -> Expense:
        session, user, now = db.session(), signed_in_user(), utc_now()
        is_doubted = _check_amounts(form, project_id)
        expense = operations.add_expense(session, project_id=project_id, by=user, now=now, **_details(form))
        if is_doubted:
            operations.confirm_amounts(session, expense, by=user, now=now)
        return expense

    return records.add_and_return(EXPENSES, form, add_expense, lambda: _list(project, form))


@blueprint.route("/expenses/<int:expense_id>/edit", methods=["GET", "POST"])
@needs(Permission.LOG)
def edit(expense_id: int) -> ResponseReturnValue:
    """Correct one."""
    expense = _expense(expense_id)
    number = expense.activity.number if expense.activity else ""
    written = {name: getattr(expense, name) for name in ("expense_kind", *_WRITTEN)}
    kinds = queries.kinds_used(db.session())
    form = ExpenseForm(kinds=kinds, data=written | {"activity": number, "seen": edit_token(expense)})

    def save() -> None:
        session, user, now = db.session(), signed_in_user(), utc_now()
        is_confirmed = expense.confirmed_at is not None
        is_doubted = _check_amounts(form, expense.project_id, expense)
        operations.edit_expense(session, expense, token=form.seen.data, by=user, now=now, **_details(form))
        if is_doubted and not (is_confirmed and expense.confirmed_at):
            operations.confirm_amounts(session, expense, by=user, now=now)

    home = RecordHome("支出", _list_address(expense), expense.project)
    return records.edit_page(EXPENSES, expense, form, save, home)


def _check_amounts(form: ExpenseForm, project_id: int, stored: Expense | None = None) -> bool:
    return operations.check_amounts(
        db.session(),
        project_id=project_id,
        planned_fen=form.planned_fen.data or 0,
        payment=queries.Payment(form.paid_fen.data or 0, form.paid_on.data or date.min, form.summary.data),
        is_confirmed=form.amounts_confirmed.data,
        by=signed_in_user(),
        now=utc_now(),
        stored=stored,
    )


def _expense(expense_id: int) -> Expense:
    return visible_record(db.session(), signed_in_user(), Expense, expense_id)


records.register_withdrawal(blueprint, EXPENSES, _expense, number="expense_id", guard=needs(Permission.LOG))


def _new_form(project: Project) -> ExpenseForm:
    today = business_day(utc_now())
    return ExpenseForm(
        kinds=queries.kinds_used(db.session()),
        paid_on=today if today.year == project.year else None,
        activity=request.args.get("activity", ""),
    )


_WRITTEN = ("summary", "planned_fen", "paid_fen", "paid_on")


def _details(form: ExpenseForm) -> dict[str, Any]:
    """What was typed, with the activity found by its number."""
    written = {name: form[name].data for name in _WRITTEN}
    return written | {
        "expense_kind": form.chosen_kind,
        "activity_id": _activity_id(form.activity.data),
    }


def _activity_id(number: str) -> int | None:
    if not number:
        return None
    try:
        return activity_by_number(db.session(), signed_in_user(), number).id
    except Missing as missing:
        raise BadInput(str(missing), field="activity") from None


def _list(project: Project, form: ExpenseForm) -> ResponseReturnValue:
    session = db.session()
    page = current_records(session, Expense, project, page=request.args.get("page", 1, type=bounded_int))
    return records.list_page(
        EXPENSES,
        form,
        RecordHome(project.name, f"/projects/{project.id}", project),
        project=project,
        sums=queries.expense_sums(session, project),
        page=page,
        doubts=queries.reviewed_amounts(session, page.rows),
        withdrawn=withdrawn_records(session, Expense, project),
        names=branch_names(session, project),
    )
