"""Finds what happened since: activities reviewed, plans of tomorrow, closings near, late jobs, findings."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, Photo
from activitylog.activities.rules import Status
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period, business_day
from activitylog.indicators.closings.models import Closing
from activitylog.notices.models import CollectedTrail
from activitylog.projects.queries import projects_of
from activitylog.rollup.models import ROLL_UP, Actual, Finding, JobRun
from activitylog.rollup.roll_up_range import late_months

SETTLED_AFTER = timedelta(seconds=90)  # a review may be taken back for a minute
MOST_ENTRIES = 5000  # of the trail searched in one run
REVIEWS = {"activity.approved": Status.APPROVED, "activity.returned": Status.RETURNED}


@dataclass(frozen=True, slots=True)
class Review:
    """An approval or return that still stands: by whom, and the live photos of the activity."""

    entry_id: int
    at: datetime
    reviewer: str
    reviewer_id: int | None
    activity: Activity
    photos: int


def settled_entry(session: Session, now: datetime) -> int:
    """The newest entry of the trail whose review cannot be taken back any more."""
    settled = select(AuditEntry.id).where(AuditEntry.at <= now - SETTLED_AFTER)
    return session.scalar(settled.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1)) or 0


def collected_entry(session: Session) -> int:
    """The entry up to which the trail has been searched."""
    mark = session.get(CollectedTrail, 1)
    return 0 if mark is None else mark.entry_id


def reviews_between(session: Session, after: int, last: int) -> list[Review]:
    """The reviews among these entries that are still the activity's state, in order; of no sample."""
    rows = session.execute(
        select(AuditEntry, Activity)
        .join(Activity, Activity.id == AuditEntry.object_id)
        .options(joinedload(Activity.venue), joinedload(Activity.project))
        .where(
            AuditEntry.object_type == "activity",
            AuditEntry.id.between(after + 1, last),
            AuditEntry.action.in_(REVIEWS),
            ~AuditEntry.is_sample,
        )
        .order_by(AuditEntry.id)
    )
    found = {
        activity.id: (entry, activity)
        for entry, activity in rows
        if activity.status is REVIEWS[entry.action] and "status" in json.loads(entry.after)
    }
    photos = _photo_counts(session, found)
    return [
        Review(entry.id, entry.at, entry.who, entry.user_id, activity, photos.get(activity.id, 0))
        for entry, activity in found.values()
    ]


def _photo_counts(session: Session, activity_ids: Iterable[int]) -> dict[int, int]:
    of_these = Photo.activity_id.in_(activity_ids), Photo.withdrawn_at.is_(None)
    rows = session.execute(
        select(Photo.activity_id, func.count()).where(*of_these).group_by(Photo.activity_id)
    )
    return {row[0]: row[1] for row in rows}


def plans_on(session: Session, day: date) -> Sequence[Activity]:
    """The activities planned for the day, without the sample's."""
    planned = select(Activity).where(
        Activity.status == Status.PLANNED, Activity.happens_on == day, ~Activity.is_sample
    )
    with_places = planned.options(joinedload(Activity.venue), joinedload(Activity.project))
    return session.scalars(with_places.order_by(Activity.start_time, Activity.id)).all()


def writers_of(session: Session, activities: Sequence[Activity]) -> dict[int, list[int]]:
    """Who entered and who last wrote each activity, as far as they may still open it."""
    ids = {each.created_by_id for each in activities} | {each.written_by_id for each in activities}
    people = session.scalars(select(User).where(User.is_enabled, User.id.in_(ids - {None}))).all()
    own = {user.id for user in people if not user.sees_all_projects}
    member = projects_of(session, own)
    everywhere = {user.id for user in people} - own
    return {
        each.id: [
            user_id
            for user_id in dict.fromkeys((each.created_by_id, each.written_by_id))
            if user_id is not None and (user_id in everywhere or (user_id, each.project_id) in member)
        ]
        for each in activities
    }


def closing_ahead(
    session: Session, *, close_day: int, days: int, now: datetime
) -> tuple[Period, date] | None:
    """The rolled-up month that will be closed by itself within so many days, and on which day; else None."""
    if not close_day:
        return None
    today = business_day(now)
    for month in (Period.of(today).previous, Period.of(today)):
        closes_on = month.end + timedelta(days=close_day - 1)
        is_rolled_up = select(Actual.period).where(Actual.period == month).exists()
        if timedelta(0) < closes_on - today <= timedelta(days=days) and session.scalar(select(is_rolled_up)):
            return None if session.get(Closing, month) else (month, closes_on)
    return None


def late_run(session: Session, now: datetime) -> tuple[Period, str] | None:
    """The last month whose roll-up is overdue and what its last run said; those before it go with it."""
    months = late_months(session, now)
    if not months:
        return None
    run = session.get(JobRun, (ROLL_UP, months[-1]))
    return months[-1], run.outcome if run else ""


def errors_found(session: Session) -> Sequence[Finding]:
    """The errors of the last self-audit."""
    return session.scalars(select(Finding).where(Finding.is_error).order_by(Finding.id)).all()
