"""The pages of the activity form: one to enter an activity, one to edit it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from activitylog.accounts.guards import signed_in_user
from activitylog.activities import queries
from activitylog.activities.details import ActivityDetails
from activitylog.activities.forms import ActivityForm
from activitylog.activities.models import Activity, Venue
from activitylog.activities.photos.page import ActivityPhotos, activity_photos
from activitylog.activities.rules import MIN_PHOTOS, Status
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now
from activitylog.indicators.counted_words import counted_words, offered_kinds
from activitylog.pages.activity_form.forms import NewActivityForm
from activitylog.pages.activity_form.rules import FieldDifference
from activitylog.projects.queries import projects_to_log_in, visible_projects
from activitylog.rollup.periods.operations import adjustment_notice, late_entry_notice


@dataclass(frozen=True, slots=True)
class NewActivityPage:
    """The form of a new activity; `latest` is the person's last entry as (input name, value) pairs."""

    form: NewActivityForm
    venues: Sequence[Venue]
    adjustment: str
    today: date
    latest: Sequence[tuple[str, str]] | None


@dataclass(frozen=True, slots=True)
class EditActivityPage:
    """The form of a stored activity; `differences` is None unless another person saved meanwhile."""

    activity: Activity
    form: ActivityForm
    venues: Sequence[Venue]
    adjustment: str
    differences: Sequence[FieldDifference] | None
    photos: ActivityPhotos

    @property
    def is_conflict(self) -> bool:
        return self.differences is not None

    @property
    def begins_with_photos(self) -> bool:
        """Whether photos are what is to be mended, as far as can be told."""
        is_returned = self.activity.status is Status.RETURNED
        are_lacking = len(self.photos.current) < MIN_PHOTOS or "照片" in self.activity.status_reason
        return is_returned and are_lacking


def offer_choices(form: ActivityForm, stored: ActivityDetails | None = None) -> None:
    """Fill the form's lists with the projects and kinds the person may choose; keep those stored."""
    session, user = db.session(), signed_in_user()
    projects = list(projects_to_log_in(session, user))
    if stored is not None and stored.project_id not in {project.id for project in projects}:
        projects += [p for p in visible_projects(session, user) if p.id == stored.project_id]
    form.offer(projects=projects, kinds=offered_kinds(session), counted=counted_words(session), stored=stored)


def new_activity_page(form: NewActivityForm, latest: Sequence[tuple[str, str]] | None) -> NewActivityPage:
    session, today = db.session(), business_day(utc_now())
    return NewActivityPage(
        form=form,
        venues=queries.recent_venues(session, signed_in_user()),
        adjustment="".join(late_entry_notice(session, year) for year in _years_of_entries(today)),
        today=today,
        latest=latest,
    )


def edit_activity_page(
    form: ActivityForm, activity: Activity, differences: Sequence[FieldDifference] | None
) -> EditActivityPage:
    session = db.session()
    return EditActivityPage(
        activity=activity,
        form=form,
        venues=queries.recent_venues(session, signed_in_user()),
        adjustment=adjustment_notice(session, (activity.planned_on, activity.held_on)),
        differences=differences,
        photos=activity_photos(session, activity, signed_in_user()),
    )


def _years_of_entries(today: date) -> list[int]:
    """The years of this month and the last: in January people still enter December's activities."""
    month = Period.of(today)
    return sorted({month.previous.year, month.year})
