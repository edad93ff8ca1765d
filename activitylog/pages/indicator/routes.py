"""The page of one indicator: the figure of a month and the records behind it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.districts import DISTRICTS
from activitylog.core.period import Period, business_day, utc_now
from activitylog.files.routes import send_list
from activitylog.indicators.queries import visible_indicator
from activitylog.pages.indicator.page import indicator_page
from activitylog.projects.models import Indicator
from activitylog.reports.exports.workbook import POSTING_COLUMNS
from activitylog.rollup.drilldown import all_contributions_to
from activitylog.rollup.periods.queries import period_to_show
from activitylog.rollup.queries import indicator_actual
from activitylog.web.paging import neighbour_links
from activitylog.web.requests import bounded_int, wants_workbook

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/indicators/<int:indicator_id>")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """The figure of a month and exactly the records it is the aggregation of."""
    session, user, today = db.session(), signed_in_user(), business_day(utc_now())
    found = visible_indicator(session, user, indicator_id)
    period = period_to_show(session, found.project.year, today, request.args.get("period", ""))
    if wants_workbook():
        return _workbook(found, period)
    page = indicator_page(
        session,
        user,
        found,
        period,
        today=today,
        number=request.args.get("page", 1, type=bounded_int),
        compare="changes" in request.args,
    )
    return render_template(
        "indicators/show.html", page=page, districts=DISTRICTS, shown_period=period, **neighbour_links(period)
    )


def _workbook(indicator: Indicator, period: Period) -> ResponseReturnValue:
    """All records the page lists, a page at a time there, as numbers that sum to its figure."""
    session = db.session()
    row = indicator_actual(session, indicator.id, period)
    name = f"{indicator.project.name}-{indicator.name}-{period}"
    return send_list(
        name, POSTING_COLUMNS, ((row, each) for each in all_contributions_to(session, row, period))
    )
