"""Changes an activity's status as a form says, from the activity's page and from the review queue."""

from activitylog.accounts.guards import signed_in_user
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status
from activitylog.activities.review.forms import StatusForm
from activitylog.activities.review.operations import ticked_items
from activitylog.activities.rules import Status, must_items
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.web.forms import record_version


def change_status_by_form(activity: Activity, new_status: Status, form: StatusForm) -> None:
    """Change the status with the form's reason and quality checks; the caller commits."""
    change_status(
        db.session(),
        activity,
        new_status,
        by=signed_in_user(),
        now=utc_now(),
        reason=form.full_reason,
        checks=form.checks(must_items(activity.project.must_items), ticked_items(activity)),
        version=record_version(form.version.data),
    )
