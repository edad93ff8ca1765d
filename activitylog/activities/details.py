"""The details of an activity that a person enters: checked, compared, and written into the record."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities import rules
from activitylog.activities.catalogue import VenueDetails, find_or_add_kinds, find_or_add_venues
from activitylog.activities.models import Activity, ActivityDistrict, Venue
from activitylog.activities.review import operations as quality
from activitylog.activities.rules import TICKED_ITEMS, QualityItem, Status
from activitylog.core.text.words import clean_text, read_name, read_title, read_word
from activitylog.errors import BadInput
from activitylog.projects.models import Project


@dataclass(frozen=True, slots=True)
class ActivityDetails:
    """The details of an activity that a person enters; `districts` are codes, the venue's first.

    `start_time` is Shanghai time, to the minute.
    `checks` are the items of the quality check ticked by people, without those computed by the system.
    """

    project_id: int
    title: str
    kinds: tuple[str, ...] = ()
    form: str = ""
    venue_name: str = ""
    venue_kind: str = ""
    districts: tuple[str, ...] = ()
    planned_on: date | None = None
    held_on: date | None = None
    start_time: time | None = None
    audience_onsite: int = 0
    audience_online: int = 0
    audience_young: int = 0
    audience_elderly: int = 0
    audience_office: int = 0
    audience_others: int = 0
    counting_method: str = ""
    speaker: str = ""
    summary: str = ""
    checks: tuple[QualityItem, ...] = ()
    note: str = ""


_IN_OTHER_TABLES = {"project_id", "kinds", "venue_name", "districts", "checks"}
_COLUMNS = tuple(field.name for field in fields(ActivityDetails) if field.name not in _IN_OTHER_TABLES)
_TEXTS = tuple(field.name for field in fields(ActivityDetails) if field.type is str)
# What no measure counts or filters by, so that an approval outlives its change.
UNCOUNTED = ("title", "start_time", "counting_method", "speaker", "note")

_READERS: dict[str, Callable[[str], str]] = {
    "title": read_title,
    "form": read_word,
    "venue_kind": read_word,
    "venue_name": read_name,
    "counting_method": read_word,
    "speaker": read_name,
}


def details_of(activity: Activity) -> ActivityDetails:
    """The details of a stored activity."""
    return ActivityDetails(
        project_id=activity.project_id,
        kinds=tuple(kind.name for kind in activity.kinds),
        venue_name=activity.venue.name if activity.venue else "",
        districts=tuple(place.district for place in activity.districts),
        checks=quality.ticked_items(activity),
        **{name: getattr(activity, name) for name in _COLUMNS},
    )


def is_unchanged_by(activity: Activity, details: ActivityDetails) -> bool:
    """Whether the details equal the stored activity's."""
    return _normalised(details) == _normalised(details_of(activity))


def counts_alike(activity: Activity, details: ActivityDetails) -> bool:
    """Whether the details leave the stored activity as it is in all that it may count by."""
    stored = details_of(activity)
    uncounted = {name: getattr(stored, name) for name in UNCOUNTED}
    return _normalised(replace(details, **uncounted)) == _normalised(stored)


def _normalised(details: ActivityDetails) -> ActivityDetails:
    """The details as they are stored: words and names in their one spelling."""
    texts: dict[str, Any] = {name: _READERS.get(name, clean_text)(getattr(details, name)) for name in _TEXTS}
    kinds = {read_word(kind) for kind in details.kinds} - {""}
    start = details.start_time
    return replace(
        details,
        kinds=tuple(sorted(kinds)),
        districts=tuple(dict.fromkeys(details.districts)),
        checks=tuple(item for item in TICKED_ITEMS if item in details.checks),
        start_time=start and start.replace(second=0, microsecond=0),
        **texts,
    )


def write_details(
    session: Session,
    activity: Activity,
    details: ActivityDetails,
    project: Project,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Write the details into the activity.

    Kinds and venue are looked up first, as a query would flush a half-written activity.
    """
    details = _normalised(details)
    kinds = find_or_add_kinds(session, details.kinds).values()
    venue = _venue(session, details)
    known = {place.district: place for place in activity.districts}
    activity.project = project
    activity.kinds = sorted(kinds, key=lambda kind: kind.id)
    activity.venue = venue
    activity.districts = [known.get(code) or ActivityDistrict(district=code) for code in details.districts]
    for position, place in enumerate(activity.districts):
        place.position = position
    for name in _COLUMNS:
        setattr(activity, name, getattr(details, name))
    quality.record_items(session, activity, details.checks, by=by, now=now)


def _venue(session: Session, details: ActivityDetails) -> Venue | None:
    if not details.venue_name:
        return None
    district = details.districts[0] if details.districts else ""
    place = VenueDetails(details.venue_name, district, details.venue_kind)
    return find_or_add_venues(session, [place])[place[:2]]


def check_details(details: ActivityDetails, status: Status, project: Project, today: date) -> None:
    details = _normalised(details)
    if not details.title:
        raise BadInput("请填写活动名称。", field="title")
    for field in _TEXTS:
        rules.check_length(field, getattr(details, field))
    for kind in details.kinds:
        rules.check_length("kinds", kind)
    rules.check_districts(details.districts)
    rules.check_dates(
        planned_on=details.planned_on, held_on=details.held_on, project_year=project.year, today=today
    )
    rules.check_start(details.start_time)
    rules.check_held(status, details.held_on)
    rules.check_heads(onsite=details.audience_onsite, online=details.audience_online)
    groups = {label: getattr(details, name) for label, name in rules.AUDIENCE_GROUPS.items()}
    rules.check_groups(groups, heads=details.audience_onsite + details.audience_online)
    rules.check_counting_method(details.counting_method)
