"""The audit trail's page: who changed what, when, and from where."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.audit.queries import entries_found
from activitylog.core.database import db
from activitylog.core.text.words import read_number_of_record
from activitylog.pages.discrepancies.operations import is_checking
from activitylog.pages.discrepancies.page import trail_state
from activitylog.pages.trail.forms import TrailFilterForm
from activitylog.pages.trail.page import TrailPage, trail_days, trail_lines
from activitylog.projects.queries import visible_projects
from activitylog.web.requests import current_settings

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
@needs(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """The entries, newest first, filtered by the address."""
    session = db.session()
    form = TrailFilterForm(request.args)
    form.offer(
        people=session.scalars(select(User.name).order_by(User.id)).all(),
        projects=visible_projects(session, signed_in_user()),
    )
    form.validate()
    activity_id = session.scalar(
        select(Activity.id).where(Activity.number.in_({form.text, read_number_of_record(form.text)}))
    )
    before = request.args.get("before", type=int)
    found = entries_found(session, form.filters(activity_id), before=before)
    values = {name: request.args[name] for name in form.narrowed()}
    page = TrailPage(
        form=form,
        state=trail_state(session, is_checking=is_checking(current_settings())),
        days=trail_days(trail_lines(session, found.entries)),
        is_cut=found.is_cut,
        is_first=before is None,
        narrowed=[(text, _address(values, without=name)) for name, text in form.narrowed().items()],
        newest=_address(values),
        older=_address(values | {"before": str(found.older)}) if found.older else "",
    )
    return render_template("audit/index.html", page=page)


def _address(values: dict[str, str], *, without: str = "") -> str:
    return "?" + urlencode({name: value for name, value in values.items() if name != without})
