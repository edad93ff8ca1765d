"""The page of an indicator's changes since a month was rolled up."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.indicators.queries import visible_indicator
from activitylog.pages.changes.page import changes_page
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.paging import neighbour_links
from activitylog.web.requests import bounded_int

blueprint = Blueprint("changes", __name__)


@blueprint.get("/indicators/<int:indicator_id>/changes")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """Everything added, edited, withdrawn or restored since the figure of a month was rolled up."""
    session, today = db.session(), business_day(utc_now())
    indicator = visible_indicator(session, signed_in_user(), indicator_id)
    period = period_to_show(session, indicator.project.year, today, request.args.get("period", ""))
    page = changes_page(
        session,
        indicator,
        period,
        revision=request.args.get("revision", type=bounded_int),
        number=request.args.get("page", 1, type=bounded_int),
    )
    return render_template(
        "indicators/changes.html", page=page, shown_period=period, **neighbour_links(period)
    )
