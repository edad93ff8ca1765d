"""Activities on the desk: the list, the form, the page, and the steps of review."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.access import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities import queries
from activitylog.activities.forms import ActivityForm, written
from activitylog.activities.models import Activity
from activitylog.activities.operations import details_of
from activitylog.activities.review_forms import StatusForm
from activitylog.activities.rules import Status, check_editable
from activitylog.desk.activity_list import activities_page
from activitylog.desk.activity_page import shown_with
from activitylog.desk.comparison import base_of, differences, kept, kept_names
from activitylog.desk.deciding import take_step
from activitylog.desk.entering import new
from activitylog.desk.form_page import form_page, offer
from activitylog.desk.operations import rewrite_activity
from activitylog.districts import BY_CODE
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.extensions import db
from activitylog.period import business_day, utc_now
from activitylog.projects.queries import projects_seen_by
from activitylog.web.forms import record_version

blueprint = Blueprint("activities", __name__, url_prefix="/activities")
blueprint.add_app_template_filter(lambda code: BY_CODE[code].name, "district_name")
blueprint.add_url_rule("/new", view_func=new, methods=["GET", "POST"])


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The list or the month, narrowed by what the address says."""
    return activities_page(db.session(), signed_in_user(), today=business_day(utc_now()))


@blueprint.get("/<no>")
@needs(Permission.READ)
def show(no: str) -> ResponseReturnValue:
    """One activity with everything that hangs on it."""
    activity = _activity(no)
    return _activity_page(activity)


@blueprint.route("/<no>/edit", methods=["GET", "POST"])
@needs(Permission.LOG)
def edit(no: str) -> ResponseReturnValue:
    """Rewrite an activity; of two people saving at once the second sees both versions."""
    activity = _activity(no)
    check_editable(activity.status)
    form = _edit_form(activity)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return form_page("activities/edit.html", form, activity=activity), status
    was = activity.status
    try:
        rewrite_activity(
            db.session(),
            activity,
            kept(details_of(activity), form.details(), kept_names(request.form)),
            version=record_version(form.version.data),
            is_submitted=form.is_submitted_for_review,
            by=signed_in_user(),
            now=utc_now(),
        )
    except StaleVersion:
        db.session.rollback()
        return _conflict(form, no), StaleVersion.http_status
    except (BadInput, Refused, Missing) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return form_page("activities/edit.html", form, activity=_activity(no)), refusal.http_status
    db.session.commit()
    flash(_said_of_change(was, activity), "success")
    return redirect(_page_of(activity))


def _edit_form(activity: Activity) -> ActivityForm:
    """The stored values; a plan whose day has come is offered as held on that day."""
    values = written(details_of(activity))
    today = business_day(utc_now())
    if activity.status is Status.PLANNED:
        due = activity.planned_on is not None and activity.planned_on <= today
        values |= {
            "held_on": activity.held_on or (activity.planned_on if due else None),
            "audience_onsite": activity.audience_onsite or None,
        }
    form = ActivityForm(
        data=values | {"version": str(activity.version), "base": base_of(details_of(activity))}
    )
    offer(form, details_of(activity))
    return form


def _said_of_change(was: Status, activity: Activity) -> str:
    now = activity.status
    if activity.is_exempt and was is not now:
        return "已提交；本项目免审核，已计入指标。"
    if was is Status.APPROVED and now is Status.LOGGED:
        return "已保存。因为改了已审核的内容，这场活动需要重新审核，审核前暂不计入指标。"
    return "已提交，等待审核。" if now is Status.LOGGED and was is not now else "已保存。"


def _conflict(form: ActivityForm, no: str) -> str:
    """Both versions: the stored one beside what was typed, which stays in the form to be saved again."""
    activity = _activity(no)
    names = {project.id: project.name for project in projects_seen_by(db.session(), signed_in_user())}
    form.version.data = str(activity.version)
    form.version.raw_data = None
    return form_page(
        "activities/edit.html",
        form,
        activity=activity,
        is_conflict=True,
        differences=differences(
            details_of(activity), form.details(), projects=names, base=form.base.data or ""
        ),
    )


@blueprint.post("/<no>/status")
@needs(Permission.LOG)
def decide(no: str) -> ResponseReturnValue:
    """Hand in, approve, return, cancel or restore."""
    activity = _activity(no)
    form = StatusForm()
    wanted = form.wanted(is_held=activity.held_on is not None)
    if wanted is None:
        raise BadInput("没有认出要办的事，请回到活动页面，用页面上的按钮办理。")
    if not form.validate_on_submit():
        return _activity_page(activity, form), 422
    try:
        take_step(activity, wanted, form)
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _activity_page(_activity(no), form), refusal.http_status
    db.session.commit()
    flash("已提交；本项目免审核，已计入指标。" if activity.is_exempt else _SAID[wanted], "success")
    return redirect(_page_of(activity))


_SAID = {
    Status.PLANNED: "已恢复为计划。",
    Status.LOGGED: "已提交，等待审核。",
    Status.APPROVED: "已通过，计入指标。",
    Status.RETURNED: "已退回，组织者会看到原因。",
    Status.WITHDRAWN: "已取消，不再计入；以后可以恢复。",
}


def _activity(no: str) -> Activity:
    return queries.activity_by_number(db.session(), signed_in_user(), no)


def _page_of(activity: Activity) -> str:
    return url_for(".show", no=activity.number)


def _activity_page(activity: Activity, sent: StatusForm | None = None) -> str:
    return render_template(
        "activities/show.html",
        activity=activity,
        form=sent,
        **shown_with(db.session(), activity, by=signed_in_user(), today=business_day(utc_now()), sent=sent),
    )
