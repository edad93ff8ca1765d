"""The pages of projects: all of a year, and one with its indicators."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput
from activitylog.pages.project import page as project_page
from activitylog.projects.queries import visible_project, visible_projects, visible_years, year_to_show
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.period_links import neighbours

blueprint = Blueprint("projects", __name__)


@blueprint.get("/projects")
@needs(Permission.READ)
def projects() -> ResponseReturnValue:
    """The year's projects, each with its money, its goal and how its indicators stand."""
    session, user, today = db.session(), signed_in_user(), business_day(utc_now())
    years = visible_years(session, user)
    year = _asked_year() or year_to_show(session, user, today)
    period = period_to_show(session, year, today, request.args.get("period", ""))
    found = visible_projects(session, user, year=year)
    month = project_page.month_of_page(session, period, today)
    rows = project_page.rows_at(session, month, today, [project.id for project in found])
    return render_template(
        "projects/index.html",
        overviews=project_page.overviews(session, found, rows, period),
        years=years,
        shown_year=year,
        shown_period=period,
        month=month,
        **neighbours(period),
    )


def _asked_year() -> int | None:
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
    """One row per indicator at a month's end."""
    session, today = db.session(), business_day(utc_now())
    found = visible_project(session, signed_in_user(), project_id)
    period = period_to_show(session, found.year, today, request.args.get("period", ""))
    page = project_page.page_of(session, found, period, today=today)
    return render_template("projects/show.html", page=page, shown_period=period, **neighbours(period))
