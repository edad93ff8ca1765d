"""Entering and editing an activity: by the page's form, or by its script from what the phone has stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue, ResponseValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.details import details_of, is_unchanged_by
from activitylog.activities.forms import ActivityForm
from activitylog.activities.models import Activity
from activitylog.activities.plausibility.operations import confirm_heads
from activitylog.activities.queries import activity_by_number, latest_activity_of
from activitylog.activities.rules import Status, check_editable
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.pages.activity_form.forms import (
    NewActivityForm,
    copied_values,
    form_values,
    planned_values,
)
from activitylog.pages.activity_form.operations import (
    NewActivity,
    check_heads,
    check_words,
    edit_and_submit_activity,
    enter_activity,
    log_plan,
)
from activitylog.pages.activity_form.page import edit_activity_page, new_activity_page, offer_choices
from activitylog.pages.activity_form.rules import (
    FieldDifference,
    differences,
    field_digests,
    fields_chosen_from_theirs,
    merge_versions,
)
from activitylog.projects.queries import visible_projects
from activitylog.web.forms import record_version
from activitylog.web.requests import wants_json

OTHER_USERS_ENTRY = "这份记录是另一个人在这台手机上填的，没有保存；请用填写人的账号登录后再提交。"


@needs(Permission.LOG)
def new() -> ResponseReturnValue:
    """Log an activity, planned before or not, or plan one; a script is answered in JSON."""
    plan = _plan()
    form = NewActivityForm(data=_initial_values(plan))
    offer_choices(form, details_of(plan) if plan else None)
    if not form.is_owned_by(signed_in_user()):
        form.form_errors.append(OTHER_USERS_ENTRY)
        return _refused(form, 409)
    if not form.validate_on_submit():
        return _refused(form, 422) if form.is_submitted() else _page(form)
    try:
        entry = _entry(form, plan)
        activity, is_new = _store(form, entry, plan)
    except (BadInput, Refused, Missing) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _refused(form, refusal.http_status)
    is_same = is_new or is_unchanged_by(activity, entry.details)
    db.session.commit()
    saved = _StoredEntry(activity, is_new=is_new, is_same=is_same)
    return saved.as_data() if wants_json() else saved.as_page()


def _plan() -> Activity | None:
    """The planned activity the form logs; None for an activity without a plan."""
    number = request.form.get("plan") or request.args.get("plan")
    return activity_by_number(db.session(), signed_in_user(), number) if number else None


def _entry(form: NewActivityForm, plan: Activity | None) -> NewActivity:
    """What was filled in, with the words the person took."""
    entry = form.entry()
    return replace(entry, details=check_words(db.session(), entry.details, form.answers, stored=plan))


def _store(form: NewActivityForm, entry: NewActivity, plan: Activity | None) -> tuple[Activity, bool]:
    session, user, now = db.session(), signed_in_user(), utc_now()
    if plan is None:
        return enter_activity(session, entry, by=user, now=now, nonce=form.sent_nonce)
    return log_plan(session, plan, entry, version=record_version(form.version.data), by=user, now=now)


def _initial_values(plan: Activity | None) -> dict[str, Any]:
    """A new form's values: the plan, or today with the project of the person's last entry."""
    today = business_day(utc_now())
    blank_rows = [{"published_on": today}] * 2
    values: dict[str, Any] = {
        "held_on": today,
        "pushes": blank_rows,
        "reports": blank_rows,
        "owner": str(signed_in_user().id),
    }
    if plan is not None:
        return values | planned_values(plan, today)
    latest = _latest(today)
    if latest is None:
        return values
    if request.args.get("like") == "last":
        return values | copied_values(latest, today)
    return values | {"project_id": latest.project_id}


def _latest(today: date) -> Activity | None:
    """The activity the person entered last, if its project is of this year."""
    latest = latest_activity_of(db.session(), signed_in_user())
    return latest if latest is not None and latest.project.year == today.year else None


def _page(form: NewActivityForm) -> str:
    today = business_day(utc_now())
    latest = _latest(today)
    page = new_activity_page(form, _inputs(copied_values(latest, today)) if latest else None)
    return render_template("activities/new.html", page=page, shown_year=today.year)


def _inputs(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The values as (input name, value) pairs, the format of drafts on the phone."""
    pairs = ((name, each) for name, value in values.items() for each in _as_sequence(value))
    return [(name, "" if value is None else str(value)) for name, value in pairs]


def _as_sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)


def _refused(form: NewActivityForm, status: int) -> ResponseReturnValue:
    """The form with its errors; a script gets the error sentences by input name."""
    if not wants_json():
        return _page(form), status
    errors = form.error_sentences()
    is_other = not form.is_owned_by(signed_in_user())
    sentence = next(iter(errors.values()), "")
    return {"result": "other_user" if is_other else "refused", "sentence": sentence, "errors": errors}, status


@dataclass(frozen=True, slots=True)
class _StoredEntry:
    """The activity of an entry, stored now or before; `is_same` when it still equals what was sent."""

    activity: Activity
    is_new: bool
    is_same: bool

    @property
    def _address(self) -> str:
        return url_for("activities.show", no=self.activity.number)

    @property
    def _sentence(self) -> str:
        number = self.activity.number
        if not self.is_same:
            return (
                f"这份记录已经提交过，编号 {number}；这次填的内容与已保存的不同，没有改动它，要改请点“修改”。"
            )
        if not self.is_new:
            return f"这份记录刚才已经提交过，编号 {number}，没有重复登记；要改内容请点“修改”。"
        if self.activity.status is Status.PLANNED:
            return f"计划已保存，编号 {number}；当天办完后再来记活动。"
        if self.activity.is_exempt:
            return f"已提交，编号 {number}；本项目免审核，已计入指标。"
        return f"已提交，编号 {number}，等待审核；审核后计入指标。"

    def as_page(self) -> ResponseReturnValue:
        flash(self._sentence, "success" if self.is_new else "warning")
        return redirect(self._address)

    def as_data(self) -> ResponseReturnValue:
        data = {"result": "saved", "sentence": self._sentence, "same": self.is_same}
        data |= {"number": self.activity.number, "address": self._address}
        return data, 201 if self.is_new else 200


@needs(Permission.LOG)
def edit(no: str) -> ResponseReturnValue:
    """Edit an activity; of two people saving at once the second is shown both versions."""
    activity = _activity(no)
    check_editable(activity.status)
    form = _edit_form(activity)
    if not form.validate_on_submit():
        return _edit_page(form, activity), 422 if form.is_submitted() else 200
    status_before = activity.status
    details = merge_versions(details_of(activity), form.details(), fields_chosen_from_theirs(request.form))
    try:
        details = check_words(db.session(), details, form.answers, stored=activity)
        doubts = check_heads(
            db.session(),
            details,
            is_plan=activity.status is Status.PLANNED and not form.is_submitted_for_review,
            is_confirmed=form.heads_confirmed.data,
            stored=activity,
        )
        edit_and_submit_activity(
            db.session(),
            activity,
            details,
            version=record_version(form.version.data),
            is_submitted=form.is_submitted_for_review,
            by=signed_in_user(),
            now=utc_now(),
        )
        confirm_heads(db.session(), activity, doubts, by=signed_in_user(), now=utc_now())
    except StaleVersion:
        db.session.rollback()
        return _conflict(form, no), StaleVersion.http_status
    except (BadInput, Refused, Missing) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _edit_page(form, _activity(no)), refusal.http_status
    db.session.commit()
    return _saved(activity, status_before)


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _edit_form(activity: Activity) -> ActivityForm:
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


def _edit_page(
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
    return _edit_page(form, activity, found)


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
