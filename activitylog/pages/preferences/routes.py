"""Saves display preferences, also before signing in."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import public
from activitylog.web.requests import COOKIE, COOKIE_SECONDS, DisplayPreferences, local_address, preferences_of

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/look")
@public
def save() -> ResponseReturnValue:
    """Store the preferences in the device's cookie and redirect back."""
    chosen = preferences_of(
        str(DisplayPreferences(request.form.get("size", ""), request.form.get("theme", "")))
    )
    answer = redirect(local_address(request.form.get("next")) or "/")
    answer.set_cookie(
        COOKIE, str(chosen), max_age=COOKIE_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure
    )
    return answer
