"""The home page of the person signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission, Role
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.pages.home.page import accounts_page, office_page, organizer_page
from activitylog.web.requests import current_settings

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs(Permission.SIGN_IN)
def index() -> ResponseReturnValue:
    """An organizer's activities, the accounts for who administers nothing else, or the office's page."""
    session, user, now = db.session(), signed_in_user(), utc_now()
    if user.role is Role.NONE:
        return render_template(
            "home/accounts.html", page=accounts_page(session, now=now, settings=current_settings())
        )
    if user.role is Role.ORGANIZER:
        day = organizer_page(session, user, today=business_day(now))
        return render_template("home/organizer.html", page=day, shown_year=day.today.year)
    page = office_page(session, user, now=now, settings=current_settings())
    return render_template("home/office.html", page=page, shown_year=page.year, shown_period=page.period)
