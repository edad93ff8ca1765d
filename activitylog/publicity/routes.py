"""Recording pushes and media reports on an activity or a project, and taking them back."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Refused
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, project_seen_by
from activitylog.publicity import operations, queries
from activitylog.publicity.forms import MediaReportForm, PushForm
from activitylog.publicity.models import MediaReport, Push
from activitylog.web.forms import ReasonForm

blueprint = Blueprint("publicity", __name__)
ArticleForm: TypeAlias = PushForm | MediaReportForm
PUSHES, REPORTS = "pushes", "reports"


@blueprint.route("/activities/<number>/pushes", methods=["GET", "POST"])
@needs(Permission.LOG)
def add_push_to(number: str) -> ResponseReturnValue:
    """A push of one activity."""
    return _add_to_activity(number, PUSHES)


@blueprint.route("/activities/<number>/reports", methods=["GET", "POST"])
@needs(Permission.LOG)
def add_report_to(number: str) -> ResponseReturnValue:
    """A media report of one activity."""
    return _add_to_activity(number, REPORTS)


def _add_to_activity(number: str, show: str) -> ResponseReturnValue:
    activity = activity_by_number(db.session(), signed_in_user(), number)
    form = _form(show, activity.project)
    if not _is_added(form, activity.project_id, activity.id):
        status = 422 if form.is_submitted() else 200
        return render_template("publicity/new.html", form=form, show=show, activity=activity), status
    flash("已登记推送。" if show == PUSHES else "已登记媒体报道。", "success")
    return redirect(_page_of(activity))


@blueprint.get("/projects/<int:project_id>/publicity")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """A project's pushes or media reports, and the form for those of no single activity."""
    project = project_seen_by(db.session(), signed_in_user(), project_id)
    return _list(project, _form(_shown(), project))


@blueprint.post("/projects/<int:project_id>/publicity")
@needs(Permission.LOG)
def add_to_project(project_id: int) -> ResponseReturnValue:
    """A push or media report of no single activity."""
    project = project_seen_by(db.session(), signed_in_user(), project_id)
    form = _form(_shown(), project)
    if not _is_added(form, project_id, None):
        return _list(project, form), 422
    flash("已登记推送。" if _shown() == PUSHES else "已登记媒体报道。", "success")
    return redirect(url_for(".of_project", project_id=project_id, show=_shown(), _anchor="main"))


@blueprint.route("/pushes/<int:push_id>/withdraw", methods=["GET", "POST"])
@needs(Permission.LOG)
def withdraw_push(push_id: int) -> ResponseReturnValue:
    """Take a push out of every count, with the reason."""
    push = queries.push_seen_by(db.session(), signed_in_user(), push_id)
    return _withdraw(
        push, lambda reason: operations.withdraw_push(db.session(), push, reason=reason, now=utc_now())
    )


@blueprint.route("/media-reports/<int:report_id>/withdraw", methods=["GET", "POST"])
@needs(Permission.LOG)
def withdraw_report(report_id: int) -> ResponseReturnValue:
    """Take a media report out of every count, with the reason."""
    report = queries.report_seen_by(db.session(), signed_in_user(), report_id)
    return _withdraw(
        report,
        lambda reason: operations.withdraw_media_report(db.session(), report, reason=reason, now=utc_now()),
    )


@blueprint.post("/pushes/<int:push_id>/restore")
@needs(Permission.LOG)
def restore_push(push_id: int) -> ResponseReturnValue:
    """Let a push count again."""
    push = queries.push_seen_by(db.session(), signed_in_user(), push_id)
    operations.restore_push(db.session(), push)
    db.session.commit()
    flash("已恢复，重新计入。", "success")
    return redirect(_home_of(push))


@blueprint.post("/media-reports/<int:report_id>/restore")
@needs(Permission.LOG)
def restore_report(report_id: int) -> ResponseReturnValue:
    """Let a media report count again."""
    report = queries.report_seen_by(db.session(), signed_in_user(), report_id)
    operations.restore_media_report(db.session(), report)
    db.session.commit()
    flash("已恢复，重新计入。", "success")
    return redirect(_home_of(report))


def _shown() -> str:
    return REPORTS if request.args.get("show") == REPORTS else PUSHES


def _form(show: str, project: Project) -> ArticleForm:
    today = business_day(utc_now())
    published_on: date | None = today if today.year == project.year else None
    kind = PushForm if show == PUSHES else MediaReportForm
    return kind(published_on=published_on)


def _is_added(form: ArticleForm, project_id: int, activity_id: int | None) -> bool:
    """Whether the form was sent and its article recorded; what was wrong stands on the form."""
    if not form.validate_on_submit():
        return False
    try:
        _add(form, project_id, activity_id)
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    db.session.commit()
    return True


def _add(form: ArticleForm, project_id: int, activity_id: int | None) -> Push | MediaReport:
    common: dict[str, Any] = {
        "project_id": project_id,
        "activity_id": activity_id,
        "title": form.title.data,
        "link": form.link.data,
        "published_on": form.published_on.data,
        "by": signed_in_user(),
        "now": utc_now(),
    }
    if isinstance(form, PushForm):
        return operations.add_push(db.session(), batch=form.batch.data, **common)
    return operations.add_media_report(
        db.session(), outlet=form.outlet.data, is_repost=form.is_repost.data, **common
    )


def _list(project: Project, form: ArticleForm) -> str:
    show, session = _shown(), db.session()
    model = Push if show == PUSHES else MediaReport
    return render_template(
        "publicity/list.html",
        project=project,
        show=show,
        form=form,
        page=queries.articles_of(session, model, project, page=request.args.get("page", 1, type=int)),
        withdrawn=queries.withdrawn_of(session, model, project),
        counts={
            PUSHES: queries.count_of(session, Push, project),
            REPORTS: queries.count_of(session, MediaReport, project),
        },
        names=branch_names(session, project),
    )


def _withdraw(record: Push | MediaReport, withdraw: Callable[[str], None]) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template("publicity/withdraw.html", form=form, record=record, back=_home_of(record))
        return page, 422 if form.is_submitted() else 200
    withdraw(form.reason.data)
    db.session.commit()
    flash("已撤下，不再计入；以后可以恢复。", "success")
    return redirect(_home_of(record))


def _home_of(record: Push | MediaReport) -> str:
    """Where the record is listed."""
    if record.activity is not None:
        return _page_of(record.activity)
    show = PUSHES if isinstance(record, Push) else REPORTS
    return url_for(".of_project", project_id=record.project_id, show=show)


def _page_of(activity: Activity) -> str:
    return f"/activities/{quote(activity.number)}"
