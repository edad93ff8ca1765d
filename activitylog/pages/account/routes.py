"""One's own page: who I am here, what I may do, and my projects."""

from itertools import groupby

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import (
    PERMISSION_WORDS,
    PERMISSIONS,
    ROLE_LABELS,
    SEES_OWN_PROJECTS_ONLY,
    Permission,
)
from activitylog.activities.calendar.routes import subscription
from activitylog.core.database import db
from activitylog.projects.queries import visible_projects

blueprint = Blueprint("account", __name__)


@blueprint.get("/me")
@needs(Permission.READ)
def me() -> ResponseReturnValue:
    """Who I am here."""
    user = signed_in_user()
    projects = visible_projects(db.session(), user)
    return render_template(
        "accounts/me.html",
        user=user,
        calendar=subscription(),
        role=ROLE_LABELS[user.role],
        may=[words for permission, words in PERMISSION_WORDS.items() if permission in PERMISSIONS[user.role]],
        sees_own_only=user.role in SEES_OWN_PROJECTS_ONLY,
        years=[(year, list(of_year)) for year, of_year in groupby(projects, lambda each: each.year)],
    )
