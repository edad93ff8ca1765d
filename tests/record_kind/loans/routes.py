"""The pages of a project's loans: record, edit, withdraw."""

from typing import Any

from activitylog.loans import operations
from activitylog.loans.forms import LoanForm
from activitylog.loans.models import Loan
from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.records import current_records, withdrawn_records
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.core.records import edit_token
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, visible_project, visible_record
from activitylog.web import records
from activitylog.web.formats import day
from activitylog.web.records import Column, RecordHome, RecordPages

blueprint = Blueprint("loans", __name__)
LOANS = RecordPages(
    Loan,
    add_label="登记借展",
    path="/loans",
    home=lambda loan: url_for(".of_project", project_id=loan.project_id),
    days=lambda loan: (loan.lent_on,),
    columns=(
        Column("借用单位", lambda loan: loan.borrower),
        Column("借出日期", lambda loan: day(loan.lent_on), "day"),
        Column("件数", lambda loan: f"{loan.pieces} 件", "num"),
    ),
    empty="登记后计入指标。",
    added="已登记借展。",
    repeated="这次借展刚刚已登记。",
)


@blueprint.get("/projects/<int:project_id>/loans")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """The loans, and the form for one more."""
    return _list(visible_project(db.session(), signed_in_user(), project_id), LoanForm())


@blueprint.post("/projects/<int:project_id>/loans")
@needs(Permission.LOG)
def add(project_id: int) -> ResponseReturnValue:
    """Record one."""
    project, form = visible_project(db.session(), signed_in_user(), project_id), LoanForm()

    def add_loan() -> Loan:
        return operations.add_loan(
            db.session(), project_id=project_id, by=signed_in_user(), now=utc_now(), **_details(form)
        )

    return records.add_and_return(LOANS, form, add_loan, lambda: _list(project, form))


@blueprint.route("/loans/<int:loan_id>/edit", methods=["GET", "POST"])
@needs(Permission.LOG)
def edit(loan_id: int) -> ResponseReturnValue:
    """Correct one."""
    loan = _loan(loan_id)
    form = LoanForm(obj=loan, seen=edit_token(loan))

    def save() -> None:
        operations.edit_loan(
            db.session(), loan, token=form.seen.data, by=signed_in_user(), now=utc_now(), **_details(form)
        )

    home = RecordHome(LOANS.thing, LOANS.home(loan), loan.project)
    return records.edit_page(LOANS, loan, form, save, home)


def _loan(loan_id: int) -> Loan:
    return visible_record(db.session(), signed_in_user(), Loan, loan_id)


records.register_withdrawal(blueprint, LOANS, _loan, number="loan_id", guard=needs(Permission.LOG))


def _details(form: LoanForm) -> dict[str, Any]:
    return {name: form[name].data for name in ("borrower", "pieces", "lent_on")}


def _list(project: Project, form: LoanForm) -> ResponseReturnValue:
    session = db.session()
    return records.list_page(
        LOANS,
        form,
        RecordHome(project.name, f"/projects/{project.id}", project),
        page=current_records(session, Loan, project, page=request.args.get("page", 1, type=int)),
        withdrawn=withdrawn_records(session, Loan, project),
        names=branch_names(session, project),
    )
