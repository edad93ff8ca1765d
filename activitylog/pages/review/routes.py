"""The review queue: one activity at a time, after each decision the next one; then the other records."""

from collections.abc import Collection, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.activities.review.forms import Decision, StatusForm
from activitylog.activities.review.operations import approve_marked
from activitylog.activities.review.queries import next_to_review
from activitylog.activities.rules import Status
from activitylog.core.database import db
from activitylog.core.period import Period, utc_now
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.pages.activity.status import change_status_by_form
from activitylog.pages.review.operations import RefusedActivity, check_several, decide_several, undo_several
from activitylog.pages.review.page import already_decided, queue_page, records_page, review_page
from activitylog.pages.review.queries import has_waiting_records
from activitylog.pages.spellings.page import has_open_pairs
from activitylog.web.requests import bounded_int

blueprint = Blueprint("review", __name__, url_prefix="/review")
UNKNOWN_STEP = "没有认出要办的事，请回到审核页面，用页面上的按钮办理。"
MOST_UNDONE = 100  # activities of one request
_STATUS_AFTER = {Decision.APPROVE: Status.APPROVED, Decision.RETURN: Status.RETURNED}
_CONFIRMATIONS = {Status.APPROVED: "“{}”已通过，计入指标。", Status.RETURNED: "“{}”已退回：{}。"}


@blueprint.get("")
@needs(Permission.REVIEW)
def index() -> ResponseReturnValue:
    """Redirect to the next activity that waits for review, the oldest first."""
    number = next_to_review(db.session(), signed_in_user(), after=request.args.get("after", ""))
    if number is None and has_waiting_records(db.session(), signed_in_user()):
        return redirect(url_for(".records"))
    if number is None:
        return render_template("review/none.html", has_spellings=has_open_pairs(db.session()))
    return redirect(url_for(".show", no=number))


@blueprint.get("/records")
@needs(Permission.REVIEW)
def records() -> ResponseReturnValue:
    """The records of all other kinds that wait, each with a button, and one for those ticked."""
    project, month = request.args.get("project", type=bounded_int), request.args.get("period")
    of_month = (project, Period.parse(month)) if project and month else None
    page = records_page(db.session(), signed_in_user(), are_ticked="all" in request.args, of_month=of_month)
    return render_template("review/records.html", page=page)


@blueprint.post("/records")
@needs(Permission.REVIEW)
def approve_records() -> ResponseReturnValue:
    """Approve one record, or all that are ticked; those that are refused are named and go on waiting."""
    marks = request.form.getlist("one") or request.form.getlist("record")
    if not marks:
        raise BadInput("请先勾选要通过的记录，再点“通过所选”。")
    approved = 0
    for mark in marks:
        try:
            approve_marked(db.session(), mark, by=signed_in_user(), now=utc_now())
            approved += 1
        except (Refused, Missing) as refusal:
            if len(marks) == 1:
                raise
            flash(str(refusal), "error")
    db.session.commit()
    if approved:
        flash(f"已审核通过 {approved} 条。", "success")
    return redirect(url_for(".records"))


@blueprint.get("/several")
@needs(Permission.REVIEW)
def several() -> ResponseReturnValue:
    """All activities that wait, with ticks."""
    return _queue(are_ticked="all" in request.args)


@blueprint.post("/several")
@needs(Permission.REVIEW)
def decide_ticked() -> ResponseReturnValue:
    """Approve or return those that are ticked; those that are refused are named and go on waiting."""
    form, marks = StatusForm(), request.form.getlist("activity")
    if form.ready.data:
        form.step.data = Decision.RETURN
    status = _STATUS_AFTER.get(form.step.data)
    if status is None:
        raise BadInput(UNKNOWN_STEP)
    if not form.validate_on_submit():
        return _queue(sent=form, ticked=marks), 422
    try:
        check_several(marks, status, form.full_reason)
    except BadInput as refusal:
        form.refuse(refusal)
        return _queue(sent=form, ticked=marks), 422
    decided = decide_several(
        db.session(), marks, status, reason=form.full_reason, by=signed_in_user(), now=utc_now()
    )
    db.session.commit()
    if decided.numbers:
        word = "已通过 {} 场，计入指标。" if status is Status.APPROVED else "已退回 {} 场，组织者会看到原因。"
        flash(word.format(len(decided.numbers)), "success")
        flash(" ".join(decided.numbers), "undo")
    return (_queue(refused=decided.refused), 409) if decided.refused else redirect(url_for(".several"))


def _queue(
    *,
    are_ticked: bool = False,
    sent: StatusForm | None = None,
    ticked: Collection[str] = (),
    refused: Sequence[RefusedActivity] = (),
) -> str:
    page = queue_page(
        db.session(),
        signed_in_user(),
        number=request.args.get("page", 1, type=bounded_int),
        are_ticked=are_ticked,
        sent=sent,
        ticked=ticked,
        refused=refused,
    )
    return render_template("review/several.html", page=page)


@blueprint.post("/undo")
@needs(Permission.REVIEW)
def undo() -> ResponseReturnValue:
    """Undo the person's own decisions of the last minute; the activities are as they were before."""
    numbers = request.form.get("numbers", "").split()[:MOST_UNDONE]
    decided = undo_several(db.session(), numbers, by=signed_in_user(), now=utc_now())
    db.session.commit()
    if decided.numbers:
        flash(f"已撤销，{len(decided.numbers)} 场活动回到原来的状态。", "success")
    for refused in decided.refused[:5]:
        flash(refused.reason, "error")
    if len(decided.numbers) != 1:
        return redirect(url_for(".several"))
    number = decided.numbers[0]
    if _activity(number).status is Status.LOGGED:
        return redirect(url_for(".show", no=number))
    return redirect(url_for("activities.show", no=number))


@blueprint.get("/<no>")
@needs(Permission.REVIEW)
def show(no: str) -> ResponseReturnValue:
    """One activity to review; one that somebody decided meanwhile redirects to the next."""
    activity = _activity(no)
    return _redirect_to_next(activity) if already_decided(activity) else _page(activity)


@blueprint.post("/<no>")
@needs(Permission.REVIEW)
def decide(no: str) -> ResponseReturnValue:
    """Approve or return the activity, then redirect to the next."""
    activity = _activity(no)
    if already_decided(activity):
        return _redirect_to_next(activity)
    form = StatusForm()
    if form.ready.data:
        form.step.data = Decision.RETURN
    new_status = _STATUS_AFTER.get(form.step.data)
    if new_status is None:
        raise BadInput(UNKNOWN_STEP)
    if not form.validate_on_submit():
        return _page(activity, form), 422
    try:
        change_status_by_form(activity, new_status, form)
    except StaleVersion:
        db.session.rollback()
        activity = _activity(no)
        return (
            _redirect_to_next(activity)
            if already_decided(activity)
            else (_page(activity, form, is_stale=True), 409)
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(_activity(no), form), refusal.http_status
    flash(_CONFIRMATIONS[new_status].format(activity.title, activity.status_reason.rstrip("。")), "success")
    flash(activity.number, "undo")
    db.session.commit()
    return redirect(url_for(".index", after=no))


def _redirect_to_next(activity: Activity) -> ResponseReturnValue:
    flash(already_decided(activity), "warning")
    return redirect(url_for(".index", after=activity.number))


def _page(activity: Activity, sent: StatusForm | None = None, *, is_stale: bool = False) -> str:
    page = review_page(db.session(), activity, by=signed_in_user(), sent=sent, is_stale=is_stale)
    return render_template("review/show.html", page=page, shown_year=activity.project.year)


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)
