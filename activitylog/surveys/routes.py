"""The QR code of an activity's survey, its live count, and the counts of paper forms."""

from datetime import date
from typing import cast

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.access import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.errors import BadInput
from activitylog.extensions import db
from activitylog.period import business_day, utc_now
from activitylog.settings import Settings
from activitylog.surveys import operations, qr, queries
from activitylog.surveys.entrance import CodeRule, screen_code
from activitylog.surveys.entrance_operations import code_rule_of
from activitylog.surveys.forms import PaperTallyForm, WithdrawTallyForm
from activitylog.surveys.models import PaperTally

blueprint = Blueprint("surveys", __name__, url_prefix="/activities/<no>")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def installed() -> Settings:
    """The settings of the application that serves this request."""
    return cast(Settings, current_app.extensions["activitylog"])


def _address(activity: Activity) -> str:
    return queries.survey_address(installed().public_url, activity.survey_token)


@blueprint.get("/qr")
@needs(Permission.READ)
def qr_screen(no: str) -> ResponseReturnValue:
    """The code as large as the screen, for a hall to scan; where it changes, the page keeps up."""
    activity = _activity(no)
    changes = code_rule_of(db.session(), activity.id) is not CodeRule.OFF
    return render_template(
        "surveys/qr.html",
        activity=activity,
        src=url_for(".screen_png" if changes else ".qr_png", no=no),
        changes=changes,
        answers=queries.answers_on_screen(db.session(), activity.id),
        warning=qr.why_unreachable(installed().public_url),
    )


@blueprint.get("/qr.png")
@needs(Permission.READ)
def qr_png(no: str) -> ResponseReturnValue:
    """The code as a file to keep, print or send."""
    response = Response(qr.png(_address(_activity(no))), mimetype="image/png")
    response.cache_control.private = True
    response.cache_control.max_age = 300
    return response


@blueprint.get("/screen.png")
@needs(Permission.READ)
def screen_png(no: str) -> ResponseReturnValue:
    """The code of this half minute, for screens alone."""
    activity = _activity(no)
    code = screen_code(installed().secret_key, activity.id, utc_now())
    response = Response(qr.png(f"{_address(activity)}?code={code}"), mimetype="image/png")
    response.cache_control.private = response.cache_control.no_store = True
    return response


@blueprint.get("/survey-count")
@needs(Permission.READ)
def survey_count(no: str) -> ResponseReturnValue:
    """How many have answered on screen so far."""
    return jsonify(answers=queries.answers_on_screen(db.session(), _activity(no).id))


@blueprint.route("/tallies", methods=["GET", "POST"])
@needs(Permission.LOG)
def add_tally(no: str) -> ResponseReturnValue:
    """Type in a pile of paper forms; those typed in before stand below."""
    activity = _activity(no)
    form = PaperTallyForm(recorded_on=business_day(utc_now()))
    tally = _stored(form, activity.id) if form.validate_on_submit() else None
    if tally is None:
        return _tallies_page(activity, form)
    if queries.repeats_another(db.session(), tally):
        db.session.rollback()
        flash("同样的一份刚刚已登记，没有重复添加；确有两份的，请把份数合在一起登记。", "info")
    else:
        db.session.commit()
        flash("纸质问卷已登记。", "success")
        _warn_of_more_answers_than_heads(activity.id)
    return redirect(url_for("surveys.add_tally", no=no))


@blueprint.post("/tallies/withdraw")
@needs(Permission.LOG)
def withdraw_tally(no: str) -> ResponseReturnValue:
    """Take a pile out of the count."""
    activity = _activity(no)
    form = WithdrawTallyForm()
    if not form.validate_on_submit():
        raise BadInput("请填写撤回原因（最多 200 个字），再撤回这份登记。")
    operations.withdraw_paper_tally(
        db.session(),
        activity_id=activity.id,
        tally_id=form.tally_id.data,
        reason=form.reason.data,
        now=utc_now(),
    )
    db.session.commit()
    flash("这份登记已撤回，不再计入统计。", "success")
    return redirect(url_for("surveys.add_tally", no=no))


def _stored(form: PaperTallyForm, activity_id: int) -> PaperTally | None:
    """The pile, not yet committed; what was wrong with it stands on the form."""
    try:
        return operations.add_paper_tally(
            db.session(),
            activity_id=activity_id,
            **form.counts,
            recorded_on=cast(date, form.recorded_on.data),
            by=signed_in_user(),
            now=utc_now(),
        )
    except BadInput as refusal:
        form.refuse(refusal)
        return None


def _tallies_page(activity: Activity, form: PaperTallyForm) -> ResponseReturnValue:
    session = db.session()
    page = render_template(
        "surveys/tallies.html",
        activity=activity,
        form=form,
        tallies=queries.paper_tallies(session, activity.id),
        summary=queries.survey_summary(session, activity.id),
    )
    return page, 422 if form.errors else 200


def _warn_of_more_answers_than_heads(activity_id: int) -> None:
    summary = queries.survey_summary(db.session(), activity_id)
    if summary.exceeds_heads:
        flash(
            f"本场登记受众 {summary.heads:,} 人，有效答卷 {summary.valid:,} 份，比人数多，请核对两者。",
            "warning",
        )
