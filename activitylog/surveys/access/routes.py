"""The page of a survey's access: the rule on screen codes and the kiosk."""

from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.surveys import qr
from activitylog.surveys.access.forms import AccessForm
from activitylog.surveys.access.operations import code_rule_of, set_code_rule
from activitylog.surveys.access.page import AccessPage
from activitylog.surveys.access.qr_routes import current_settings
from activitylog.surveys.access_codes import CODE_RULE_LABELS, KIOSK_PASS, CodeRule, kiosk_pass
from activitylog.surveys.queries import survey_address

blueprint = Blueprint("access", __name__, url_prefix="/activities/<no>/entrance")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


@blueprint.get("")
@needs(Permission.LOG)
def of_activity(no: str) -> ResponseReturnValue:
    """Show the rule on screen codes, and links that open a kiosk."""
    activity = _activity(no)
    rule = code_rule_of(db.session(), activity.id)
    return _page(activity, AccessForm(formdata=None, code_rule=rule.value))


@blueprint.post("")
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


@blueprint.get("/kiosk.png")
@needs(Permission.LOG)
def kiosk_png(no: str) -> ResponseReturnValue:
    """The kiosk's address as a QR code, to open it on a device that is not signed in."""
    response = Response(qr.png(_kiosk_address(_activity(no), utc_now())), mimetype="image/png")
    response.cache_control.private = response.cache_control.no_store = True
    return response


def _kiosk_address(activity: Activity, now: datetime) -> str:
    settings = current_settings()
    address = survey_address(settings.public_url, activity.survey_token)
    return f"{address}?kiosk={kiosk_pass(settings.secret_key, activity.id, now)}"


def _page(activity: Activity, form: AccessForm) -> str:
    now = utc_now()
    page = AccessPage(
        activity=activity,
        rule_label=CODE_RULE_LABELS[code_rule_of(db.session(), activity.id)],
        kiosk=f"/s/{_kiosk_address(activity, now).rpartition('/')[2]}",
        kiosk_until=now + KIOSK_PASS,
    )
    return render_template("surveys/access.html", page=page, form=form)
