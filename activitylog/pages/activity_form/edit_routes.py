"""Editing an activity: by the page's form, or by its script, which keeps a draft until it is stored."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue, ResponseValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.details import details_of
from activitylog.activities.forms import ActivityForm, form_values
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.activities.rules import Status, check_editable
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.pages.activity_form.conflict import (
    FieldDifference,
    differences,
    field_digests,
    fields_chosen_from_theirs,
    merge_versions,
)
from activitylog.pages.activity_form.operations import edit_and_submit_activity
from activitylog.pages.activity_form.page import edit_activity_page, offer_choices
from activitylog.projects.queries import visible_projects
from activitylog.web.forms import record_version
from activitylog.web.requests import wants_json


@needs(Permission.LOG)
def edit(no: str) -> ResponseReturnValue:
    """Edit an activity; of two people saving at once the second is shown both versions."""
    activity = _activity(no)
    check_editable(activity.status)
    form = _form(activity)
    if not form.validate_on_submit():
        return _page(form, activity), 422 if form.is_submitted() else 200
    status_before = activity.status
    try:
        edit_and_submit_activity(
            db.session(),
            activity,
            merge_versions(details_of(activity), form.details(), fields_chosen_from_theirs(request.form)),
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
        return _page(form, _activity(no)), refusal.http_status
    db.session.commit()
    return _saved(activity, status_before)


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _form(activity: Activity) -> ActivityForm:
    """The form with the stored values; a plan whose day has come is offered as held on that day."""
    values = form_values(details_of(activity))
    today = business_day(utc_now())
    if activity.status is Status.PLANNED:
        due = activity.planned_on is not None and activity.planned_on <= today
        values |= {
            "held_on": activity.held_on or (activity.planned_on if due else None),
            "audience_onsite": activity.audience_onsite or None,
        }
    form = ActivityForm(
        data=values | {"version": str(activity.version), "base": field_digests(details_of(activity))}
    )
    offer_choices(form, details_of(activity))
    return form


def _page(
    form: ActivityForm, activity: Activity, differences: Sequence[FieldDifference] | None = None
) -> ResponseValue:
    """The form again; a script only learns that it was refused, and then loads the page to show why."""
    if wants_json():
        return {"result": "refused"}
    page = edit_activity_page(form, activity, differences)
    return render_template("activities/edit.html", page=page, shown_year=activity.project.year)


def _conflict(form: ActivityForm, no: str) -> ResponseValue:
    """The form with both versions: the stored one beside what was typed, which can be saved again."""
    activity = _activity(no)
    names = {project.id: project.name for project in visible_projects(db.session(), signed_in_user())}
    form.version.data = str(activity.version)
    form.version.raw_data = None
    found = differences(details_of(activity), form.details(), projects=names, base=form.base.data or "")
    return _page(form, activity, found)


def _saved(activity: Activity, status_before: Status) -> ResponseReturnValue:
    sentence, address = _confirmation(status_before, activity), url_for("activities.show", no=activity.number)
    if wants_json():
        return {"result": "saved", "sentence": sentence, "address": address}
    flash(sentence, "success")
    return redirect(address)


def _confirmation(status_before: Status, activity: Activity) -> str:
    now = activity.status
    if activity.is_exempt and status_before is not now:
        return "已提交；本项目免审核，已计入指标。"
    if status_before is Status.APPROVED and now is Status.LOGGED:
        return "已保存。因为改了已审核的内容，这场活动需要重新审核，审核前暂不计入指标。"
    return "已提交，等待审核。" if now is Status.LOGGED and status_before is not now else "已保存。"
