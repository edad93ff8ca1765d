"""The page of the activity form, new or old."""

from typing import Any

from flask import render_template

from activitylog.accounts.guards import signed_in_user
from activitylog.activities import queries
from activitylog.activities.details import ActivityDetails
from activitylog.activities.forms import ActivityForm
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now
from activitylog.projects.queries import projects_to_log_in, visible_projects
from activitylog.rollup.periods.operations import adjustment_notice, late_entry_notice


def offer(form: ActivityForm, stored: ActivityDetails | None = None) -> None:
    """Fill the form's lists with what the person may choose from."""
    session, user = db.session(), signed_in_user()
    projects = list(projects_to_log_in(session, user))
    if stored is not None and stored.project_id not in {project.id for project in projects}:
        projects += [p for p in visible_projects(session, user) if p.id == stored.project_id]
    form.offer(projects=projects, kinds=queries.kind_names(session), stored=stored)


def form_page(template: str, form: ActivityForm, **context: Any) -> str:
    """The form with the places offered while typing; it says what saving would make an adjustment."""
    venues = queries.recent_venues(db.session(), signed_in_user())
    activity = context.get("activity")
    if activity is None:
        adjustment = "".join(late_entry_notice(db.session(), year) for year in _years_entered_now())
    else:
        adjustment = adjustment_notice(db.session(), (activity.planned_on, activity.held_on))
    return render_template(template, form=form, venues=venues, adjustment=adjustment, **context)


def _years_entered_now() -> list[int]:
    """This month's and last month's: in January people still enter what December had."""
    month = Period.of(business_day(utc_now()))
    return sorted({month.previous.year, month.year})
