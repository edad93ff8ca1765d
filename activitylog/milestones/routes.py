"""The pages of a project's milestones: plan, mark done, edit, withdraw."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.core.records import edit_token
from activitylog.core.spreadsheets import ListColumn
from activitylog.core.text.words import read_word
from activitylog.errors import BadInput
from activitylog.files.routes import send_list
from activitylog.milestones import operations, queries
from activitylog.milestones.forms import DoneForm, MilestoneForm
from activitylog.milestones.models import Milestone
from activitylog.milestones.queries import MilestoneRow
from activitylog.milestones.rules import KINDS
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, visible_project, visible_record
from activitylog.web import records
from activitylog.web.forms import KEPT, TAKEN
from activitylog.web.records import RecordHome, RecordPages
from activitylog.web.requests import bounded_int, wants_workbook

blueprint = Blueprint("milestones", __name__)
UNCOUNTED_KIND = "uncounted_milestone_kind"  # the application's answer: rules are of a room above


def _list_address(milestone: Milestone) -> str:
    return url_for(".of_project", project_id=milestone.project_id)


MILESTONES = RecordPages(
    Milestone,
    add_label="添加里程碑",
    path="/milestones",
    home=_list_address,
    days=lambda milestone: (milestone.due_on, milestone.done_on),
    added="已添加里程碑。",
    repeated="同样的里程碑刚刚已登记，没有重复添加。",
    macros="milestones/record.html",
)
EXPORTED: tuple[ListColumn[MilestoneRow], ...] = (
    ListColumn("类别", lambda row: row.milestone.kind),
    ListColumn("名称", lambda row: row.milestone.name, 40),
    ListColumn("项目", lambda row: row.milestone.project.name, 24),
    ListColumn("计划日期", lambda row: row.milestone.due_on),
    ListColumn("完成日期", lambda row: row.milestone.done_on),
    ListColumn("状态", lambda row: row.state),
    ListColumn("审核", lambda row: "待审核" if row.milestone.is_waiting else "已审核", 10),
)


@blueprint.get("/projects/<int:project_id>/milestones")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """The milestones by kind, and the form for one more; or all of them as a workbook."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    if wants_workbook():
        rows = queries.all_milestones(db.session(), project, business_day(utc_now()))
        return send_list(f"{project.year}年{project.name}里程碑", EXPORTED, rows)
    return _list(project, _form())


@blueprint.post("/projects/<int:project_id>/milestones")
@needs(Permission.LOG)
def plan(project_id: int) -> ResponseReturnValue:
    """Add one."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    form = _form()

    def add() -> Milestone:
        details = _details(form, project_id)
        return operations.plan_milestone(
            db.session(), project_id=project_id, by=signed_in_user(), now=utc_now(), **details
        )

    return records.add_and_return(MILESTONES, form, add, lambda: _list(project, form))


@blueprint.route("/milestones/<int:milestone_id>/edit", methods=["GET", "POST"])
@needs(Permission.LOG)
def edit(milestone_id: int) -> ResponseReturnValue:
    """Edit one, or clear its day done."""
    milestone = _milestone(milestone_id)
    form = _form(obj=milestone, seen=edit_token(milestone))

    def save() -> None:
        operations.edit_milestone(
            db.session(),
            milestone,
            token=form.seen.data,
            by=signed_in_user(),
            now=utc_now(),
            **_details(form, milestone.project_id, stored=milestone.kind),
        )

    home = RecordHome("里程碑", _list_address(milestone), milestone.project)
    return records.edit_page(MILESTONES, milestone, form, save, home)


@blueprint.post("/milestones/<int:milestone_id>/done")
@needs(Permission.LOG)
def mark_done(milestone_id: int) -> ResponseReturnValue:
    """Done on the day sent, today when none is."""
    milestone = _milestone(milestone_id)
    now = utc_now()
    form = DoneForm(done_on=business_day(now))
    form.validate()
    if form.done_on.errors:
        raise BadInput(form.done_on.errors[0])
    operations.mark_done(
        db.session(), milestone, done_on=form.done_on.data or business_day(now), by=signed_in_user(), now=now
    )
    db.session.commit()
    waits = records.WAITS if milestone.is_waiting else ""
    flash(f"“{milestone.name}”已标记完成。{waits}", "success")
    return redirect(_list_address(milestone))


def _milestone(milestone_id: int) -> Milestone:
    return visible_record(db.session(), signed_in_user(), Milestone, milestone_id)


records.register_withdrawal(
    blueprint, MILESTONES, _milestone, number="milestone_id", guard=needs(Permission.LOG)
)


def _form(**values: Any) -> MilestoneForm:
    return MilestoneForm(kinds=queries.kinds_used(db.session()), **values)


def _details(form: MilestoneForm, project_id: int, *, stored: str = "") -> dict[str, Any]:
    kind = _settled_kind(form, project_id, stored)
    return {"kind": kind} | {name: form[name].data for name in ("name", "due_on", "done_on")}


def _settled_kind(form: MilestoneForm, project_id: int, stored: str) -> str:
    """The kind chosen, or the counted one taken for it; asks where it is new here and no rule counts it."""
    kind = read_word(form.chosen_kind)
    if kind == stored or queries.is_kind_used(db.session(), project_id, kind):
        return kind
    uncounted = current_app.extensions[UNCOUNTED_KIND](project_id, kind)
    if uncounted is None or form.kind_answer.data == KEPT or (kind in KINDS and not uncounted.meant):
        return kind
    if form.kind_answer.data == TAKEN and uncounted.meant:
        return str(uncounted.meant)
    raise BadInput(uncounted.sentence, field="kind_answer")


def _list(project: Project, form: MilestoneForm) -> ResponseReturnValue:
    session, today = db.session(), business_day(utc_now())
    number = request.args.get("page", 1, type=bounded_int)
    groups, page = queries.milestones_by_kind(session, project, today, page=number)
    withdrawn = queries.withdrawn_milestones(session, project)
    home = RecordHome(project.name, f"/projects/{project.id}", project)
    names = branch_names(session, project)
    return records.list_page(
        MILESTONES, form, home, page=page, withdrawn=withdrawn, groups=groups, names=names, today=today
    )
