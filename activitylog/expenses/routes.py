"""A project's expenses: recorded, corrected, taken back, and their sums."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.expenses import operations, queries
from activitylog.expenses.forms import ExpenseForm
from activitylog.expenses.models import Expense
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, project_seen_by
from activitylog.web.forms import ReasonForm

blueprint = Blueprint("expenses", __name__)


@blueprint.get("/projects/<int:project_id>/expenses")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """The sums, the expenses, and the form for one more."""
    project = project_seen_by(db.session(), signed_in_user(), project_id)
    return _list(project, _new_form(project))


@blueprint.post("/projects/<int:project_id>/expenses")
@needs(Permission.LOG)
def add(project_id: int) -> ResponseReturnValue:
    """Record one."""
    project = project_seen_by(db.session(), signed_in_user(), project_id)
    form = _new_form(project)
    if not _is_added(form, project_id):
        return _list(project, form), 422
    return redirect(url_for(".of_project", project_id=project_id, _anchor="main"))


def _new_form(project: Project) -> ExpenseForm:
    today = business_day(utc_now())
    return ExpenseForm(
        paid_on=today if today.year == project.year else None, activity=request.args.get("activity", "")
    )


def _is_added(form: ExpenseForm, project_id: int) -> bool:
    """Whether the form was right and its expense recorded; what was wrong stands on the form."""
    if not form.validate_on_submit():
        return False
    try:
        expense = operations.add_expense(
            db.session(), project_id=project_id, by=signed_in_user(), now=utc_now(), **_values(form)
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    if queries.repeats_another(db.session(), expense):
        db.session.rollback()
        flash("同样的一笔支出刚刚已登记，没有重复添加；确有两笔的，请在摘要中写明区别。", "info")
        return True
    db.session.commit()
    flash("已登记支出。", "success")
    return True


def _values(form: ExpenseForm) -> dict[str, Any]:
    """What was typed, with the activity found by its number."""
    return {
        "activity_id": _activity_id(form.activity.data),
        "summary": form.summary.data,
        "planned_fen": form.planned_fen.data,
        "paid_fen": form.paid_fen.data,
        "paid_on": form.paid_on.data,
    }


def _activity_id(number: str) -> int | None:
    if not number:
        return None
    try:
        return activity_by_number(db.session(), signed_in_user(), number).id
    except Missing as missing:
        raise BadInput(str(missing), field="activity") from None


@blueprint.route("/expenses/<int:expense_id>/edit", methods=["GET", "POST"])
@needs(Permission.LOG)
def edit(expense_id: int) -> ResponseReturnValue:
    """Correct one."""
    expense = queries.expense_seen_by(db.session(), signed_in_user(), expense_id)
    number = expense.activity.number if expense.activity else ""
    form = ExpenseForm(data=_shown(expense) | {"activity": number, "seen": operations.as_shown(expense)})
    if not _is_edited(form, expense):
        page = render_template("expenses/edit.html", form=form, expense=expense)
        return page, 422 if form.is_submitted() else 200
    flash("已保存。", "success")
    return redirect(_home_of(expense))


def _shown(expense: Expense) -> dict[str, Any]:
    return {name: getattr(expense, name) for name in ("summary", "planned_fen", "paid_fen", "paid_on")}


def _is_edited(form: ExpenseForm, expense: Expense) -> bool:
    if not form.validate_on_submit():
        return False
    try:
        operations.edit_expense(db.session(), expense, seen=form.seen.data, now=utc_now(), **_values(form))
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        if isinstance(refusal, StaleVersion):
            form.seen.data = operations.as_shown(expense)
        return False
    db.session.commit()
    return True


@blueprint.route("/expenses/<int:expense_id>/withdraw", methods=["GET", "POST"])
@needs(Permission.LOG)
def withdraw(expense_id: int) -> ResponseReturnValue:
    """Take one out of every sum, with the reason."""
    expense = queries.expense_seen_by(db.session(), signed_in_user(), expense_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template("expenses/withdraw.html", form=form, expense=expense)
        return page, 422 if form.is_submitted() else 200
    operations.withdraw_expense(db.session(), expense, reason=form.reason.data, now=utc_now())
    db.session.commit()
    flash("已撤下，不再计入；以后可以恢复。", "success")
    return redirect(_home_of(expense))


@blueprint.post("/expenses/<int:expense_id>/restore")
@needs(Permission.LOG)
def restore(expense_id: int) -> ResponseReturnValue:
    """Let one count again."""
    expense = queries.expense_seen_by(db.session(), signed_in_user(), expense_id)
    operations.restore_expense(db.session(), expense)
    db.session.commit()
    flash("已恢复，重新计入。", "success")
    return redirect(_home_of(expense))


def _list(project: Project, form: ExpenseForm) -> str:
    session = db.session()
    return render_template(
        "expenses/list.html",
        project=project,
        form=form,
        sums=queries.sums_of(session, project),
        page=queries.expenses_of(session, project, page=request.args.get("page", 1, type=int)),
        withdrawn=queries.withdrawn_of(session, project),
        names=branch_names(session, project),
    )


def _home_of(expense: Expense) -> str:
    return url_for(".of_project", project_id=expense.project_id)
