"""Choosing large type, light or dark: for everybody, also before signing in."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import public
from activitylog.web.addresses import own_address
from activitylog.web.preferences import COOKIE, KEPT_FOR, Look, look_of

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/look")
@public
def save() -> ResponseReturnValue:
    """Keep the choice on this device and go back; nothing is stored here."""
    chosen = look_of(str(Look(request.form.get("size", ""), request.form.get("theme", ""))))
    answer = redirect(own_address(request.form.get("next")) or "/")
    answer.set_cookie(
        COOKIE, str(chosen), max_age=KEPT_FOR, samesite="Lax", httponly=True, secure=request.is_secure
    )
    return answer
