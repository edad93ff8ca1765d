"""The pages of projects: all of a year, and one with its indicators."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput
from activitylog.files.routes import send_list
from activitylog.pages.project.page import listed_figures, project_list_page, project_page
from activitylog.projects.queries import visible_project, year_to_show
from activitylog.reports.exports.workbook import INDICATOR_COLUMNS
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.paging import neighbour_links
from activitylog.web.requests import wants_workbook

blueprint = Blueprint("projects", __name__)


@blueprint.get("/projects")
@needs(Permission.READ)
def projects() -> ResponseReturnValue:
    """The year's projects, each with its money, its goal and its indicators by status."""
    session, user, today = db.session(), signed_in_user(), business_day(utc_now())
    year = _year_of_address() or year_to_show(session, user, today)
    period = period_to_show(session, year, today, request.args.get("period", ""))
    page = project_list_page(session, user, period, today=today)
    return render_template(
        "projects/index.html", page=page, shown_year=year, shown_period=period, **neighbour_links(period)
    )


def _year_of_address() -> int | None:
    """The year of the address, or that of its month."""
    text = request.args.get("year") or request.args.get("period", "")[:4]
    if not text:
        return None
    if not (text.isdecimal() and len(text) == 4):
        raise BadInput(f"年份“{text}”无法识别，请写成四位数字，如 2024。")
    return int(text)


@blueprint.get("/projects/<int:project_id>")
@needs(Permission.READ)
def project(project_id: int) -> ResponseReturnValue:
    """One project with its indicators at a month's end."""
    session, today = db.session(), business_day(utc_now())
    user = signed_in_user()
    found = visible_project(session, user, project_id)
    period = period_to_show(session, found.year, today, request.args.get("period", ""))
    if wants_workbook():
        return send_list(
            f"{found.name}-{period}-指标表", INDICATOR_COLUMNS, listed_figures(session, found, period, today)
        )
    page = project_page(session, user, found, period, today=today)
    return render_template("projects/show.html", page=page, shown_period=period, **neighbour_links(period))
