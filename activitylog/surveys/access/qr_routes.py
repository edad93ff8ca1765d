"""The QR code of an activity's survey and its live count."""

from typing import cast

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.settings import Settings
from activitylog.surveys import qr, queries
from activitylog.surveys.access.operations import code_rule_of
from activitylog.surveys.access.page import QrPage
from activitylog.surveys.access_codes import CodeRule, screen_code
from activitylog.surveys.rules import Window, why_closed

blueprint = Blueprint("surveys", __name__, url_prefix="/activities/<no>")


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
        warning=qr.why_unreachable(current_settings().public_url),
    )
    return render_template("surveys/qr.html", page=page)


@blueprint.get("/qr.png")
@needs(Permission.READ)
def qr_png(no: str) -> ResponseReturnValue:
    """The QR code as a PNG file."""
    return png_file(_address(_activity(no)))


def png_file(address: str) -> Response:
    response = Response(qr.png(address), mimetype="image/png")
    response.cache_control.private = True
    response.cache_control.max_age = 300
    return response


@blueprint.get("/screen.png")
@needs(Permission.READ)
def screen_png(no: str) -> ResponseReturnValue:
    """The QR code with the current screen code."""
    activity = _activity(no)
    code = screen_code(current_settings().secret_key, activity.id, utc_now())
    response = Response(qr.png(f"{_address(activity)}?code={code}"), mimetype="image/png")
    response.cache_control.private = response.cache_control.no_store = True
    return response


@blueprint.get("/survey-count")
@needs(Permission.READ)
def survey_count(no: str) -> ResponseReturnValue:
    """The number of answers on screen, as JSON."""
    return jsonify(answers=queries.answers_on_screen(db.session(), _activity(no).id))
