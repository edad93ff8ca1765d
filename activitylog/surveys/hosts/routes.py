"""The page of an activity's host questionnaire: link, QR code and answers."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.errors import Missing
from activitylog.office.rules import why_unreachable
from activitylog.surveys.access.queries import host_address
from activitylog.surveys.access.routes import png_file
from activitylog.surveys.hosts.page import HostPage
from activitylog.surveys.hosts.queries import host_evidence_on
from activitylog.web.requests import current_settings

blueprint = Blueprint("hosts", __name__, url_prefix="/activities/<no>/host")


@blueprint.get("")
@needs(Permission.READ)
def of_activity(no: str) -> ResponseReturnValue:
    """Show the link and QR code to send to the host, and its answers."""
    activity = _activity(no)
    page = HostPage(
        activity=activity,
        address=_address(activity),
        evidence=host_evidence_on(db.session(), activity.id),
        warning=why_unreachable(current_settings().public_url),
    )
    return render_template("surveys/host.html", page=page)


@blueprint.get("/qr.png")
@needs(Permission.READ)
def code(no: str) -> ResponseReturnValue:
    """The QR code as a PNG file."""
    return png_file(_address(_activity(no)))


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _address(activity: Activity) -> str:
    if activity.host_token is None:
        raise Missing("这场活动没有场地方问卷的链接。")
    return host_address(current_settings().public_url, activity.host_token)
