"""The user's own page: role, permissions, calendar, display preferences and projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.models import User
from activitylog.accounts.rules import (
    PERMISSION_LABELS,
    PERMISSIONS,
    ROLE_LABELS,
    SEES_OWN_PROJECTS_ONLY,
    Permission,
)
from activitylog.activities.calendar.routes import Subscription, subscription
from activitylog.core.database import db
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_projects

blueprint = Blueprint("account", __name__)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The user with role, permissions and projects; `years` are their projects by year."""

    user: User
    calendar: Subscription
    role: str
    may: Sequence[str]
    sees_own_only: bool
    years: Sequence[tuple[int, Sequence[Project]]]


@blueprint.get("/me")
@needs(Permission.READ)
def me() -> ResponseReturnValue:
    """The page of the signed-in user."""
    user = signed_in_user()
    projects = visible_projects(db.session(), user)
    page = AccountPage(
        user=user,
        calendar=subscription(),
        role=ROLE_LABELS[user.role],
        may=[label for each, label in PERMISSION_LABELS.items() if each in PERMISSIONS[user.role]],
        sees_own_only=user.role in SEES_OWN_PROJECTS_ONLY,
        years=[(year, list(of_year)) for year, of_year in groupby(projects, lambda each: each.year)],
    )
    return render_template("accounts/me.html", page=page)
