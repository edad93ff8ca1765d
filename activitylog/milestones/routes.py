"""A project's milestones: planned, done, corrected, taken back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Refused, StaleVersion
from activitylog.milestones import operations, queries
from activitylog.milestones.forms import DoneForm, MilestoneForm
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, project_seen_by
from activitylog.web.forms import ReasonForm

blueprint = Blueprint("milestones", __name__)


@blueprint.get("/projects/<int:project_id>/milestones")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """The milestones by kind, and the form for one more."""
    project = project_seen_by(db.session(), signed_in_user(), project_id)
    return _list(project, MilestoneForm(kinds=queries.kinds_used(db.session())))


@blueprint.post("/projects/<int:project_id>/milestones")
@needs(Permission.LOG)
def plan(project_id: int) -> ResponseReturnValue:
    """Add one."""
    project = project_seen_by(db.session(), signed_in_user(), project_id)
    form = MilestoneForm(kinds=queries.kinds_used(db.session()))
    if not _is_planned(form, project_id):
        return _list(project, form), 422
    return redirect(url_for(".of_project", project_id=project_id, _anchor="main"))


def _is_planned(form: MilestoneForm, project_id: int) -> bool:
    """Whether the form was right and its milestone added; what was wrong stands on the form."""
    if not form.validate_on_submit():
        return False
    try:
        milestone = operations.plan_milestone(
            db.session(),
            project_id=project_id,
            kind=form.chosen_kind,
            name=form.name.data,
            due_on=form.due_on.data,
            done_on=form.done_on.data,
            by=signed_in_user(),
            now=utc_now(),
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    if queries.repeats_another(db.session(), milestone):
        db.session.rollback()
        flash("同样的里程碑刚刚已登记，没有重复添加。", "info")
        return True
    db.session.commit()
    flash("已添加里程碑。", "success")
    return True


@blueprint.route("/milestones/<int:milestone_id>/edit", methods=["GET", "POST"])
@needs(Permission.LOG)
def edit(milestone_id: int) -> ResponseReturnValue:
    """Correct one, or take its mark back."""
    milestone = queries.milestone_seen_by(db.session(), signed_in_user(), milestone_id)
    form = MilestoneForm(
        obj=milestone, kinds=queries.kinds_used(db.session()), seen=operations.as_shown(milestone)
    )
    if not _is_edited(form, milestone):
        page = render_template("milestones/edit.html", form=form, milestone=milestone)
        return page, 422 if form.is_submitted() else 200
    flash("已保存。", "success")
    return redirect(_home_of(milestone))


def _is_edited(form: MilestoneForm, milestone: Milestone) -> bool:
    if not form.validate_on_submit():
        return False
    try:
        operations.edit_milestone(
            db.session(),
            milestone,
            kind=form.chosen_kind,
            name=form.name.data,
            due_on=form.due_on.data,
            done_on=form.done_on.data,
            seen=form.seen.data,
            now=utc_now(),
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        if isinstance(refusal, StaleVersion):
            form.seen.data = operations.as_shown(milestone)
        return False
    db.session.commit()
    return True


@blueprint.post("/milestones/<int:milestone_id>/done")
@needs(Permission.LOG)
def mark_done(milestone_id: int) -> ResponseReturnValue:
    """Done on the day sent, today when none is."""
    milestone = queries.milestone_seen_by(db.session(), signed_in_user(), milestone_id)
    now = utc_now()
    form = DoneForm(done_on=business_day(now))
    form.validate()
    if form.done_on.errors:
        raise BadInput(form.done_on.errors[0])
    operations.mark_done(
        db.session(), milestone, done_on=form.done_on.data or business_day(now), by=signed_in_user(), now=now
    )
    db.session.commit()
    flash(f"“{milestone.name}”已标记完成。", "success")
    return redirect(_home_of(milestone))


@blueprint.route("/milestones/<int:milestone_id>/withdraw", methods=["GET", "POST"])
@needs(Permission.LOG)
def withdraw(milestone_id: int) -> ResponseReturnValue:
    """Take one out of every count, with the reason."""
    milestone = queries.milestone_seen_by(db.session(), signed_in_user(), milestone_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template("milestones/withdraw.html", form=form, milestone=milestone)
        return page, 422 if form.is_submitted() else 200
    operations.withdraw_milestone(db.session(), milestone, reason=form.reason.data, now=utc_now())
    db.session.commit()
    flash("已撤下，不再计入；以后可以恢复。", "success")
    return redirect(_home_of(milestone))


@blueprint.post("/milestones/<int:milestone_id>/restore")
@needs(Permission.LOG)
def restore(milestone_id: int) -> ResponseReturnValue:
    """Let one count again."""
    milestone = queries.milestone_seen_by(db.session(), signed_in_user(), milestone_id)
    operations.restore_milestone(db.session(), milestone)
    db.session.commit()
    flash("已恢复，重新计入。", "success")
    return redirect(_home_of(milestone))


def _list(project: Project, form: MilestoneForm) -> str:
    session, today = db.session(), business_day(utc_now())
    groups, withdrawn = queries.milestones_by_kind(session, project, today)
    return render_template(
        "milestones/list.html",
        project=project,
        form=form,
        groups=groups,
        withdrawn=withdrawn,
        names=branch_names(session, project),
        today=today,
    )


def _home_of(milestone: Milestone) -> str:
    return url_for(".of_project", project_id=milestone.project_id)
