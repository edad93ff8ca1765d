"""The QR code of an activity's survey with its live count; the rule on screen codes and the kiosk."""

from datetime import datetime
from typing import cast

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.settings import Settings
from activitylog.surveys import queries
from activitylog.surveys.access.forms import AccessForm
from activitylog.surveys.access.operations import code_rule_of, set_code_rule
from activitylog.surveys.access.page import AccessPage, QrPage
from activitylog.surveys.access.rules import KIOSK_PASS, kiosk_pass, qr_image, screen_code, why_unreachable
from activitylog.surveys.rules import CODE_RULE_LABELS, CodeRule, Window, why_closed

blueprint = Blueprint("access", __name__, url_prefix="/activities/<no>")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def current_settings() -> Settings:
    """The settings of the application that serves this request."""
    return cast(Settings, current_app.extensions["activitylog"])


def _address(activity: Activity) -> str:
    return queries.survey_address(current_settings().public_url, activity.survey_token)


@blueprint.get("/qr")
@needs(Permission.READ)
def qr_screen(no: str) -> ResponseReturnValue:
    """The QR code full screen, for a hall to scan; a changing code is refreshed by the page."""
    activity = _activity(no)
    page = QrPage(
        activity=activity,
        code_changes=code_rule_of(db.session(), activity.id) is not CodeRule.OFF,
        answers=queries.answers_on_screen(db.session(), activity.id),
        closed=why_closed(activity, utc_now(), Window.of(current_settings())) or "",
        warning=why_unreachable(current_settings().public_url),
    )
    return render_template("surveys/qr.html", page=page)


@blueprint.get("/qr.png")
@needs(Permission.READ)
def qr_png(no: str) -> ResponseReturnValue:
    """The QR code as a PNG file."""
    return png_file(_address(_activity(no)))


def png_file(address: str) -> Response:
    response = Response(qr_image(address), mimetype="image/png")
    response.cache_control.private = True
    response.cache_control.max_age = 300
    return response


@blueprint.get("/screen.png")
@needs(Permission.READ)
def screen_png(no: str) -> ResponseReturnValue:
    """The QR code with the current screen code."""
    activity = _activity(no)
    code = screen_code(current_settings().secret_key, activity.id, utc_now())
    return _uncached_png(f"{_address(activity)}?code={code}")


def _uncached_png(address: str) -> Response:
    """The QR code of an address that works for a while only."""
    response = Response(qr_image(address), mimetype="image/png")
    response.cache_control.private = response.cache_control.no_store = True
    return response


@blueprint.get("/survey-count")
@needs(Permission.READ)
def survey_count(no: str) -> ResponseReturnValue:
    """The number of answers on screen, as JSON."""
    return jsonify(answers=queries.answers_on_screen(db.session(), _activity(no).id))


@blueprint.get("/entrance")
@needs(Permission.LOG)
def of_activity(no: str) -> ResponseReturnValue:
    """Show the rule on screen codes, and links that open a kiosk."""
    activity = _activity(no)
    rule = code_rule_of(db.session(), activity.id)
    return _page(activity, AccessForm(formdata=None, code_rule=rule.value))


@blueprint.post("/entrance")
@needs(Permission.REVIEW)
def change(no: str) -> ResponseReturnValue:
    """Change the rule on screen codes."""
    activity, form = _activity(no), AccessForm()
    if not form.validate():
        return _page(activity, form), 422
    set_code_rule(db.session(), activity.id, CodeRule(form.code_rule.data))
    db.session.commit()
    flash("问卷入口已保存。", "success")
    return redirect(url_for(".of_activity", no=no))


@blueprint.get("/entrance/kiosk.png")
@needs(Permission.LOG)
def kiosk_png(no: str) -> ResponseReturnValue:
    """The kiosk's address as a QR code, to open it on a device that is not signed in."""
    return _uncached_png(_kiosk_address(_activity(no), utc_now()))


def _kiosk_address(activity: Activity, now: datetime) -> str:
    return f"{_address(activity)}?kiosk={kiosk_pass(current_settings().secret_key, activity.id, now)}"


def _page(activity: Activity, form: AccessForm) -> str:
    now = utc_now()
    page = AccessPage(
        activity=activity,
        rule_label=CODE_RULE_LABELS[code_rule_of(db.session(), activity.id)],
        kiosk=f"/s/{_kiosk_address(activity, now).rpartition('/')[2]}",
        kiosk_until=now + KIOSK_PASS,
    )
    return render_template("surveys/access.html", page=page, form=form)
