"""The QR code of an activity's survey with its live count; the rule on screen codes and the kiosk."""

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import end_this_sign_in, needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.office.rules import why_unreachable
from activitylog.surveys.access.forms import AccessForm
from activitylog.surveys.access.operations import code_rule_of, open_kiosk, revoke_kiosk, set_code_rule
from activitylog.surveys.access.page import AccessPage, QrPage
from activitylog.surveys.access.queries import kiosk_by_id, live_kiosks, survey_address
from activitylog.surveys.access.rules import kiosk_pass, qr_image, screen_code
from activitylog.surveys.models import Kiosk
from activitylog.surveys.queries import answers_on_screen
from activitylog.surveys.rules import CODE_RULE_LABELS, CodeRule, Window, why_closed
from activitylog.web.requests import current_settings

blueprint = Blueprint("access", __name__, url_prefix="/activities/<no>")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _address(activity: Activity) -> str:
    return survey_address(current_settings().public_url, activity.survey_token)


@blueprint.get("/qr")
@needs(Permission.READ)
def qr_screen(no: str) -> ResponseReturnValue:
    """The QR code full screen, for a hall to scan; a changing code is refreshed by the page."""
    activity = _activity(no)
    page = QrPage(
        activity=activity,
        code_changes=code_rule_of(db.session(), activity.id) is not CodeRule.OFF,
        answers=answers_on_screen(db.session(), activity.id),
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
    return jsonify(answers=answers_on_screen(db.session(), _activity(no).id))


@blueprint.get("/entrance")
@needs(Permission.LOG)
def of_activity(no: str) -> ResponseReturnValue:
    """Show the rule on screen codes, and the kiosks that are open."""
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


@blueprint.post("/entrance/kiosks")
@needs(Permission.LOG)
def open_here(no: str) -> ResponseReturnValue:
    """Open a kiosk, for another device or on this one, which is signed out: attendees may press "back"."""
    activity = _activity(no)
    kiosk = open_kiosk(db.session(), activity.id, by=signed_in_user(), now=utc_now())
    db.session.commit()
    if "elsewhere" in request.form:
        flash("链接已开好，请用那台设备扫下面的二维码。", "success")
        return redirect(url_for(".of_activity", no=no) + f"#kiosk-{kiosk.id}")
    address = f"/s/{_kiosk_address(activity, kiosk).rpartition('/')[2]}"
    end_this_sign_in(now=utc_now())
    db.session.commit()
    return redirect(address)


@blueprint.get("/entrance/kiosks/<int:kiosk_id>.png")
@needs(Permission.LOG)
def kiosk_png(no: str, kiosk_id: int) -> ResponseReturnValue:
    """The kiosk's address as a QR code, to open it on a device that is not signed in."""
    activity = _activity(no)
    return _uncached_png(_kiosk_address(activity, kiosk_by_id(db.session(), activity.id, kiosk_id)))


@blueprint.post("/entrance/kiosks/<int:kiosk_id>/revoke")
@needs(Permission.LOG)
def revoke(no: str, kiosk_id: int) -> ResponseReturnValue:
    """Revoke a kiosk on every device that has it open."""
    kiosk = kiosk_by_id(db.session(), _activity(no).id, kiosk_id)
    revoke_kiosk(db.session(), kiosk, by=signed_in_user(), now=utc_now())
    db.session.commit()
    flash("链接已作废，几秒后各台设备上都不能再填；已收的答卷仍在。", "success")
    return redirect(url_for(".of_activity", no=no))


def _kiosk_address(activity: Activity, kiosk: Kiosk) -> str:
    text = kiosk_pass(current_settings().secret_key, activity.id, kiosk.id, kiosk.expires_at)
    return f"{_address(activity)}?kiosk={text}"


def _page(activity: Activity, form: AccessForm) -> str:
    page = AccessPage(
        activity=activity,
        rule_label=CODE_RULE_LABELS[code_rule_of(db.session(), activity.id)],
        kiosks=live_kiosks(db.session(), activity.id, utc_now()),
    )
    return render_template("surveys/access.html", page=page, form=form)
