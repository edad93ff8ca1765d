"""The page of one indicator: the figure of a month and the records behind it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.districts import DISTRICTS
from activitylog.core.period import business_day, utc_now
from activitylog.indicators.queries import visible_indicator
from activitylog.pages.indicator.page import indicator_page
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.paging import neighbour_links

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/indicators/<int:indicator_id>")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """The figure of a month and exactly the records it is the aggregation of."""
    session, today = db.session(), business_day(utc_now())
    found = visible_indicator(session, signed_in_user(), indicator_id)
    period = period_to_show(session, found.project.year, today, request.args.get("period", ""))
    page = indicator_page(
        session,
        found,
        period,
        today=today,
        number=request.args.get("page", 1, type=int),
        compare="changes" in request.args,
    )
    return render_template(
        "indicators/show.html", page=page, districts=DISTRICTS, shown_period=period, **neighbour_links(period)
    )
