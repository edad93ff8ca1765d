"""Entering an activity: from the page itself, or by the page's script out of what waited on the phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.details import details_of, is_unchanged_by
from activitylog.activities.forms import copied_values, planned_values
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number, latest_activity_of
from activitylog.activities.rules import Status
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Missing, Refused
from activitylog.pages.activity_form.forms import EntryForm
from activitylog.pages.activity_form.operations import enter_activity, log_plan
from activitylog.pages.activity_form.page import form_page, offer
from activitylog.web.compression import packed
from activitylog.web.forms import record_version
from activitylog.web.negotiation import wants_data

NOT_YOURS = "这份记录是另一个人在这台手机上填的，没有保存；请用填写人的账号登录后再提交。"


@needs(Permission.LOG)
def new() -> ResponseReturnValue:
    """Log an activity, planned before or not, or plan one; a script is answered in JSON by the same rules."""
    plan = _plan()
    form = EntryForm(data=_start(plan))
    offer(form, details_of(plan) if plan else None)
    if not form.is_of(signed_in_user()):
        form.form_errors.append(NOT_YOURS)
        return _refused(form, 409)
    if not form.validate_on_submit():
        return _refused(form, 422) if form.is_submitted() else packed(_page(form))
    try:
        activity, is_new = _entered(form, plan)
    except (BadInput, Refused, Missing) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _refused(form, refusal.http_status)
    is_same = is_new or is_unchanged_by(activity, form.details())
    db.session.commit()
    saved = _Saved(activity, is_new=is_new, is_same=is_same)
    return saved.as_data() if wants_data() else saved.as_page()


def _plan() -> Activity | None:
    """The planned activity that is to be logged, when the form is about one."""
    number = request.form.get("plan") or request.args.get("plan")
    return activity_by_number(db.session(), signed_in_user(), number) if number else None


def _entered(form: EntryForm, plan: Activity | None) -> tuple[Activity, bool]:
    session, user, now, entry = db.session(), signed_in_user(), utc_now(), form.entry()
    if plan is None:
        return enter_activity(session, entry, by=user, now=now, nonce=form.sent_nonce)
    return log_plan(session, plan, entry, version=record_version(form.version.data), by=user, now=now)


def _start(plan: Activity | None) -> dict[str, Any]:
    """What a new form is filled with: the plan, or today and the project and kinds of the last entry."""
    today = business_day(utc_now())
    blank_rows = [{"published_on": today}] * 2
    start: dict[str, Any] = {
        "held_on": today,
        "pushes": blank_rows,
        "reports": blank_rows,
        "owner": str(signed_in_user().id),
    }
    if plan is not None:
        return start | planned_values(plan, today)
    latest = _latest(today)
    if latest is None:
        return start
    if request.args.get("like") == "last":
        return start | copied_values(latest, today)
    return start | {"project_id": latest.project_id, "kinds": [kind.name for kind in latest.kinds]}


def _latest(today: date) -> Activity | None:
    """What the person entered last, when it is of this year's projects."""
    latest = latest_activity_of(db.session(), signed_in_user())
    return latest if latest is not None and latest.project.year == today.year else None


def _page(form: EntryForm) -> str:
    today = business_day(utc_now())
    latest = _latest(today)
    return form_page(
        "activities/new.html",
        form,
        shown_year=today.year,
        today=today.isoformat(),
        latest=latest and _inputs(copied_values(latest, today)),
    )


def _inputs(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The values as a browser would send them, which is how the page's script keeps a draft."""
    told = ((name, each) for name, value in values.items() for each in _each(value))
    return [(name, "" if value is None else str(value)) for name, value in told]


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)


def _refused(form: EntryForm, status: int) -> ResponseReturnValue:
    """Said beside the inputs; a script is told which sentence belongs to which input."""
    if not wants_data():
        return _page(form), status
    said = form.sentences()
    is_other = not form.is_of(signed_in_user())
    sentence = next(iter(said.values()), "")
    return {"result": "other_user" if is_other else "refused", "sentence": sentence, "errors": said}, status


@dataclass(frozen=True, slots=True)
class _Saved:
    """The activity an entry became, now or at an earlier try; `is_same` when it still says what was sent."""

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
            return f"计划已保存，编号 {number}；当天办完后再来登记人数。"
        if self.activity.is_exempt:
            return f"已提交，编号 {number}；本项目免审核，已计入指标。"
        return f"已提交，编号 {number}，等待审核；审核后计入指标。"

    def as_page(self) -> ResponseReturnValue:
        flash(self._sentence, "success" if self.is_new else "warning")
        return redirect(self._address)

    def as_data(self) -> ResponseReturnValue:
        told = {"result": "saved", "sentence": self._sentence, "same": self.is_same}
        told |= {"number": self.activity.number, "address": self._address}
        return told, 201 if self.is_new else 200
