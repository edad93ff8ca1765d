"""The pages that record pushes and media reports on an activity or a project, and withdraw them."""

from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import quote

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.activities.records import (
    PLACE_COLUMNS,
    all_current_records,
    current_records,
    withdrawn_records,
)
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.core.spreadsheets import ListColumn
from activitylog.files.routes import send_list
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names, visible_project, visible_record
from activitylog.publicity import operations, queries
from activitylog.publicity.forms import MediaReportForm, PushForm
from activitylog.publicity.models import MediaReport, Push
from activitylog.web import records
from activitylog.web.records import RecordHome, RecordPages
from activitylog.web.requests import bounded_int, wants_workbook

blueprint = Blueprint("publicity", __name__)
ArticleForm: TypeAlias = PushForm | MediaReportForm
Article: TypeAlias = Push | MediaReport


def _list_address(article: Article) -> str:
    if article.activity is not None:
        return _page_of(article.activity)
    show = "pushes" if isinstance(article, Push) else "reports"
    return url_for(".of_project", project_id=article.project_id, show=show)


def _page_of(activity: Activity) -> str:
    return f"/activities/{quote(activity.number)}"


def _days(article: Article) -> tuple[date | None, ...]:
    return article.published_on, article.activity.held_on if article.activity else None


PUSHES: RecordPages[Article] = RecordPages(
    Push,
    add_label="登记推送",
    path="/pushes",
    home=_list_address,
    days=_days,
    heading="推送与报道",
    macros="publicity/record.html",
    restore=operations.restore_article,
)
REPORTS = replace(PUSHES, model=MediaReport, add_label="登记媒体报道", path="/media-reports")
KINDS = {"pushes": PUSHES, "reports": REPORTS}
_NAMED: tuple[ListColumn[Any], ...] = (
    ListColumn("标题", lambda article: article.title, 44),
    ListColumn("链接", lambda article: article.link, 44),
    ListColumn("发布日期", lambda article: article.published_on),
)
EXPORTED: dict[str, tuple[ListColumn[Any], ...]] = {
    "pushes": (*_NAMED, ListColumn("批次", lambda push: push.batch), *PLACE_COLUMNS),
    "reports": (
        *_NAMED,
        ListColumn("媒体", lambda report: report.outlet),
        ListColumn("转载", lambda report: "是" if report.is_repost else "否", 8),
        *PLACE_COLUMNS,
    ),
}


@blueprint.route("/activities/<number>/pushes", methods=["GET", "POST"])
@needs(Permission.LOG)
def add_push_to(number: str) -> ResponseReturnValue:
    """A push of one activity."""
    return _add_to_activity(number, "pushes")


@blueprint.route("/activities/<number>/reports", methods=["GET", "POST"])
@needs(Permission.LOG)
def add_report_to(number: str) -> ResponseReturnValue:
    """A media report of one activity."""
    return _add_to_activity(number, "reports")


def _add_to_activity(number: str, show: str) -> ResponseReturnValue:
    activity = activity_by_number(db.session(), signed_in_user(), number)
    form = _form(show, activity.project)
    home = RecordHome(activity.title, _page_of(activity), activity.project)
    if _is_added(form, show, activity.project_id, activity.id):
        return redirect(home.address)
    return records.new_page(KINDS[show], form, home)


@blueprint.get("/projects/<int:project_id>/publicity")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """A project's pushes or media reports, and the form for those of no single activity; or a workbook."""
    project, show = visible_project(db.session(), signed_in_user(), project_id), _list_name()
    if wants_workbook():
        name = f"{project.year}年{project.name}{KINDS[show].thing}"
        return send_list(name, EXPORTED[show], all_current_records(db.session(), KINDS[show].model, project))
    return _list(project, _form(show, project))


@blueprint.post("/projects/<int:project_id>/publicity")
@needs(Permission.LOG)
def add_to_project(project_id: int) -> ResponseReturnValue:
    """A push or media report of no single activity."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    form = _form(_list_name(), project)
    if not _is_added(form, _list_name(), project_id, None):
        return _list(project, form)
    return redirect(url_for(".of_project", project_id=project_id, show=_list_name(), _anchor="main"))


def _push(push_id: int) -> Push:
    return visible_record(db.session(), signed_in_user(), Push, push_id)


def _report(report_id: int) -> MediaReport:
    return visible_record(db.session(), signed_in_user(), MediaReport, report_id)


_log = needs(Permission.LOG)
records.register_withdrawal(blueprint, PUSHES, _push, number="push_id", guard=_log, ending="_push")
records.register_withdrawal(blueprint, REPORTS, _report, number="report_id", guard=_log, ending="_report")


def _list_name() -> str:
    return "reports" if request.args.get("show") == "reports" else "pushes"


def _form(show: str, project: Project) -> ArticleForm:
    today = business_day(utc_now())
    form = PushForm if show == "pushes" else MediaReportForm
    return form(published_on=today if today.year == project.year else None)


def _is_added(form: ArticleForm, show: str, project_id: int, activity_id: int | None) -> bool:
    added = f"已登记{KINDS[show].thing}。"
    return records.is_added(form, lambda: _add(form, project_id, activity_id), added=added)


def _add(form: ArticleForm, project_id: int, activity_id: int | None) -> Article:
    details: dict[str, Any] = {
        name: form[name].data for name in ("title", "link", "published_on", "is_another")
    }
    details |= {
        "project_id": project_id,
        "activity_id": activity_id,
        "by": signed_in_user(),
        "now": utc_now(),
    }
    if isinstance(form, PushForm):
        return operations.add_push(db.session(), batch=form.batch.data, **details)
    return operations.add_media_report(
        db.session(), outlet=form.outlet.data, is_repost=form.is_repost.data, **details
    )


def _list(project: Project, form: ArticleForm) -> ResponseReturnValue:
    show, session = _list_name(), db.session()
    model: type[Any] = Push if show == "pushes" else MediaReport
    return records.list_page(
        KINDS[show],
        form,
        RecordHome(project.name, f"/projects/{project.id}", project),
        project=project,
        show=show,
        page=current_records(session, model, project, page=request.args.get("page", 1, type=bounded_int)),
        withdrawn=withdrawn_records(session, model, project),
        counts={
            "pushes": queries.article_count(session, Push, project),
            "reports": queries.article_count(session, MediaReport, project),
        },
        names=branch_names(session, project),
    )
