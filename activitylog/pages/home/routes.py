"""Home: what waits for the person who signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import SEES_OWN_PROJECTS_ONLY, Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.pages.home.page import office_standing, organizer_day

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The organizer's day, or what the office is behind with."""
    session, user, now = db.session(), signed_in_user(), utc_now()
    today = business_day(now)
    if user.role in SEES_OWN_PROJECTS_ONLY:
        day = organizer_day(session, user, today=today)
        return render_template("home/organizer.html", today=today, shown_year=today.year, **day)
    return render_template("home/office.html", today=today, **office_standing(session, user, now=now))
