"""The page that opens without network, and the addresses the phone's script loads."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, public, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.queries import latest_activities_of
from activitylog.activities.venues.queries import venues_named
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.core.text.words import read_name
from activitylog.web import assets
from activitylog.web.forms import form_token
from activitylog.web.headers import office_policy

RECENT = 20  # activities on the offline page
FEWEST_CHARACTERS = 2  # to search venues by

blueprint = Blueprint("offline", __name__)


@blueprint.get("/phone")
@needs(Permission.LOG)
def index() -> ResponseReturnValue:
    """Entries stored on this phone, and the person's latest activities."""
    today = business_day(utc_now())
    latest = latest_activities_of(db.session(), signed_in_user(), limit=RECENT)
    return render_template("offline/index.html", activities=latest, shown_year=today.year)


@blueprint.get("/phone/token")
@needs(Permission.LOG)
def token() -> ResponseReturnValue:
    """The signed-in user, and the form token for sending entries stored on the phone."""
    return {"user": str(signed_in_user().id), "csrf_token": form_token()}, {"Cache-Control": "no-store"}


@blueprint.get("/phone/venues")
@needs(Permission.LOG)
def venues() -> ResponseReturnValue:
    """The venues of the person's projects whose name contains the text typed."""
    typed = read_name(request.args.get("q", ""))
    found = venues_named(db.session(), signed_in_user(), typed) if len(typed) >= FEWEST_CHARACTERS else ()
    matches = [{"name": venue.name, "district": venue.district, "kind": venue.kind} for venue in found]
    return {"venues": matches}, {"Cache-Control": "private, max-age=300"}


@blueprint.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """The service worker; it names the assets by digest, so that a new version replaces it."""
    return Response(
        assets.worker(office_policy()),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )
