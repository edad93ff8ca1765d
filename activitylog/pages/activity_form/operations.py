"""Writing an activity together with what hangs on it in other features."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.details import ActivityDetails, is_unchanged_by
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity, log_activity
from activitylog.activities.rules import Status
from activitylog.errors import ActivityLogError, Refused
from activitylog.indicators.sources import SOURCES
from activitylog.publicity.operations import add_media_report, add_push

_MOVING = [each.model for each in SOURCES if each.hangs_on_activity]  # go with it to another project


@dataclass(frozen=True, slots=True)
class PushEntry:
    """One push of a new activity; `field` is where a refusal of it is to be shown."""

    field: str
    title: str
    link: str
    batch: str
    published_on: date


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """One media report of a new activity; `field` is where a refusal of it is to be shown."""

    field: str
    title: str
    outlet: str
    link: str
    published_on: date
    is_repost: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A new activity with what has been published about it."""

    details: ActivityDetails
    is_plan: bool
    pushes: tuple[PushEntry, ...] = ()
    reports: tuple[ReportEntry, ...] = ()


def enter_activity(
    session: Session, entry: Entry, *, by: User, now: datetime, nonce: str | None
) -> tuple[Activity, bool]:
    """The activity, and whether it is new: a nonce seen before returns its activity and adds nothing."""
    status = Status.PLANNED if entry.is_plan else Status.LOGGED
    activity, is_new = log_activity(session, entry.details, status, by=by, now=now, nonce=nonce)
    if is_new:
        add_articles(session, activity, pushes=entry.pushes, reports=entry.reports, by=by, now=now)
    return activity, is_new


def log_plan(
    session: Session, plan: Activity, entry: Entry, *, version: int, by: User, now: datetime
) -> tuple[Activity, bool]:
    """The plan as a held activity, and whether it became one just now: said twice, it happens once."""
    if plan.status is not Status.PLANNED:
        if is_unchanged_by(plan, entry.details):
            return plan, False
        raise Refused(
            f"计划“{plan.title}”已经登记过了，没有改动；请到活动 {plan.number} 的页面核对，要改请点“修改”。"
        )
    rewrite_activity(
        session, plan, entry.details, version=version, is_submitted=not entry.is_plan, by=by, now=now
    )
    add_articles(session, plan, pushes=entry.pushes, reports=entry.reports, by=by, now=now)
    return plan, True


def add_articles(
    session: Session,
    activity: Activity,
    *,
    pushes: Iterable[PushEntry],
    reports: Iterable[ReportEntry],
    by: User,
    now: datetime,
) -> None:
    """Record what has been published about an activity; a refusal names the row it is about."""
    about: dict[str, Any] = {
        "project_id": activity.project_id,
        "activity_id": activity.id,
        "by": by,
        "now": now,
    }
    for push in pushes:
        with _shown_at(push.field):
            add_push(session, **_written(push), **about)
    for report in reports:
        with _shown_at(report.field):
            add_media_report(session, **_written(report), **about)


def _written(entry: PushEntry | ReportEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "field"}


def rewrite_activity(
    session: Session,
    activity: Activity,
    details: ActivityDetails,
    *,
    version: int,
    is_submitted: bool,
    by: User,
    now: datetime,
) -> Activity:
    """Edit an activity, hand it in when asked to; its articles and expenses move with it to a new project.

    Said a second time, because the first answer got lost, it has happened already and nothing is stale.
    """
    is_handed_in = is_submitted and activity.status in (Status.PLANNED, Status.RETURNED)
    if not is_handed_in and is_unchanged_by(activity, details):
        return activity
    project_id = activity.project_id
    edit_activity(session, activity, details, version=version, by=by, now=now)
    if is_handed_in:
        change_status(session, activity, Status.LOGGED, by=by, now=now)
    if activity.project_id != project_id:
        for model in _MOVING:
            for record in session.scalars(select(model).where(model.activity_id == activity.id)):
                record.project_id = activity.project_id
        session.flush()
    return activity


@contextmanager
def _shown_at(field: str) -> Iterator[None]:
    try:
        yield
    except ActivityLogError as refusal:
        refusal.field = f"{field}-{refusal.field or 'link'}"
        raise
