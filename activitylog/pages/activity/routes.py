"""The list of activities, the page of one, and its changes of status."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities import queries
from activitylog.activities.models import Activity
from activitylog.activities.review.forms import StatusForm
from activitylog.activities.rules import Status
from activitylog.core.database import db
from activitylog.core.districts import BY_CODE
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Refused
from activitylog.pages.activity.page import activity_page
from activitylog.pages.activity.queries import undoable_decision
from activitylog.pages.activity.status import change_status_by_form
from activitylog.pages.activity_form.routes import edit, new
from activitylog.pages.activity_list.page import activities_page

blueprint = Blueprint("activities", __name__, url_prefix="/activities")
blueprint.add_app_template_filter(lambda code: BY_CODE[code].name, "district_name")
blueprint.add_url_rule("/new", view_func=new, methods=["GET", "POST"])
blueprint.add_url_rule("/<no>/edit", view_func=edit, methods=["GET", "POST"])


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The list or the month of activities, filtered by the address."""
    return activities_page(db.session(), signed_in_user(), today=business_day(utc_now()))


@blueprint.get("/<no>")
@needs(Permission.READ)
def show(no: str) -> ResponseReturnValue:
    """One activity with everything attached to it."""
    return _activity_page(_activity(no))


@blueprint.post("/<no>/status")
@needs(Permission.LOG)
def decide(no: str) -> ResponseReturnValue:
    """Submit, approve, return, cancel or restore the activity."""
    activity = _activity(no)
    form = StatusForm()
    new_status = form.status_after(is_held=activity.held_on is not None)
    if new_status is None:
        raise BadInput("没有认出要办的事，请回到活动页面，用页面上的按钮办理。")
    if not form.validate_on_submit():
        return _activity_page(activity, form), 422
    try:
        change_status_by_form(activity, new_status, form)
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _activity_page(_activity(no), form), refusal.http_status
    db.session.commit()
    flash(
        "已提交；本项目免审核，已计入指标。" if activity.is_exempt else _CONFIRMATIONS[new_status], "success"
    )
    if undoable_decision(db.session(), activity, by=signed_in_user(), now=utc_now()):
        flash(activity.number, "undo")
    return redirect(_address_of(activity))


_CONFIRMATIONS = {
    Status.PLANNED: "已恢复为计划。",
    Status.LOGGED: "已提交，等待审核。",
    Status.APPROVED: "已通过，计入指标。",
    Status.RETURNED: "已退回，组织者会看到原因。",
    Status.WITHDRAWN: "已取消，不再计入；以后可以恢复。",
}


def _activity(no: str) -> Activity:
    return queries.activity_by_number(db.session(), signed_in_user(), no)


def _address_of(activity: Activity) -> str:
    return url_for(".show", no=activity.number)


def _activity_page(activity: Activity, sent: StatusForm | None = None) -> str:
    page = activity_page(db.session(), activity, by=signed_in_user(), now=utc_now(), sent=sent)
    return render_template("activities/show.html", page=page, shown_year=activity.project.year)
