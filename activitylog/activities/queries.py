"""Queries of activities; everybody gets those of the projects visible to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from activitylog.accounts.models import User
from activitylog.activities.models import (
    Activity,
    ActivityCheck,
    ActivityDistrict,
    ActivityKind,
    Venue,
    activity_kind_link,
)
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.core.text.words import read_name, read_number_of_record, read_title
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of, visible_to

RECENT_ACTIVITIES = 300  # whose venues are offered
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class ActivityFilters:
    """The filters of a list; an unset value filters nothing.

    `text` is searched in title, number and venue.
    """

    project_id: int | None = None
    year: int | None = None
    month: int | None = None
    since: date | None = None
    until: date | None = None
    status: Status | None = None
    kind: str = ""
    district: str = ""
    text: str = ""
    mine: bool = False


def filter_conditions(user: User | None, filters: ActivityFilters) -> list[ColumnElement[bool]]:
    """The conditions of the filters, and of visibility."""
    conditions = [visible_to(user, Activity.project_id)]
    if filters.project_id is not None:
        conditions.append(Activity.project_id == filters.project_id)
    if filters.since is not None:
        conditions.append(Activity.happens_on >= filters.since)
    if filters.until is not None:
        conditions.append(Activity.happens_on <= filters.until)
    if filters.year is not None:
        first, end = _days(filters.year, filters.month)
        conditions += [Activity.happens_on >= first, Activity.happens_on < end]
    if filters.status is not None:
        conditions.append(Activity.status == filters.status)
    if filters.mine and user is not None:
        conditions.append(Activity.created_by_id == user.id)
    if filters.kind:
        conditions.append(_is_of_kind(filters.kind))
    if filters.district:
        conditions.append(_reached(filters.district))
    if filters.text:
        conditions.append(_mentions(filters.text))
    return conditions


def order_within_day() -> tuple[Any, ...]:
    """The order of a day's activities: by start time, those without one first."""
    return Activity.start_time.asc().nulls_first(), Activity.id


def _days(year: int, month: int | None) -> tuple[date, date]:
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    period = Period(year, month)
    return period.first_day, period.end


def _is_of_kind(name: str) -> ColumnElement[bool]:
    kind = select(ActivityKind.id).where(ActivityKind.name == name).scalar_subquery()
    link = activity_kind_link.c
    return exists().where(link.activity_id == Activity.id, link.kind_id == kind)


def _reached(code: str) -> ColumnElement[bool]:
    return exists().where(ActivityDistrict.activity_id == Activity.id, ActivityDistrict.district == code)


def _mentions(text: str) -> ColumnElement[bool]:
    return or_(
        *(contains(Activity.title, spelling) for spelling in sorted({read_title(text), read_name(text)})),
        contains(Activity.number, read_number_of_record(text)),
        Activity.venue_id.in_(_venues_with_name(read_name(text))),
    )


def _venues_with_name(text: str) -> Select[int]:
    """The ids of venues whose name holds the text, and of those merged into such."""
    named = select(Venue.id).where(contains(Venue.name, text))
    return select(Venue.id).where(or_(contains(Venue.name, text), Venue.merged_into_id.in_(named)))


def contains(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether the column holds the text, ignoring case where the text has any, as that is slower."""
    has_case = text.lower() != text.upper()
    return column.icontains(text, autoescape=True) if has_case else column.contains(text, autoescape=True)


def activity_by_number(session: Session, user: User | None, number: str) -> Activity:
    """One activity with everything its page shows, or Missing when there is none the person may see."""
    numbers = {number, read_number_of_record(number)}
    rows = activities_loaded().options(_CHECKS).where(Activity.number.in_(numbers))
    found = session.scalars(rows.where(visible_to(user, Activity.project_id))).all()
    activity = next(iter(sorted(found, key=lambda each: each.number != number)), None)
    if activity is None:
        raise Missing(f"没有编号为“{number}”的活动，或它不在您的项目里；请核对编号，或从活动列表进入。")
    return activity


def activities_since(session: Session, user: User | None, since: date, *, limit: int) -> Sequence[Activity]:
    """The latest `limit` activities from a day on that the person may read, in the order of their days."""
    rows = (
        select(Activity)
        .options(joinedload(Activity.project), joinedload(Activity.venue))
        .where(Activity.happens_on >= since, visible_to(user, Activity.project_id))
        .order_by(Activity.happens_on.desc(), Activity.id.desc())
    )
    return session.scalars(rows.limit(limit)).all()[::-1]


def upcoming_activities(session: Session, project: Project, today: date, *, limit: int) -> Sequence[Activity]:
    """A project's activities of today and later, for an umbrella its children's too, the soonest first."""
    rows = (
        activities_loaded()
        .where(*_is_upcoming(project, today))
        .order_by(Activity.happens_on, *order_within_day())
    )
    return session.scalars(rows.limit(limit)).all()


def has_upcoming_activities(session: Session, project: Project, today: date) -> bool:
    return session.scalar(select(exists().where(*_is_upcoming(project, today)))) is True


def _is_upcoming(project: Project, today: date) -> Conditions:
    return (
        Activity.project_id.in_(branch_of(project)),
        Activity.happens_on >= today,
        Activity.status != Status.WITHDRAWN,
    )


def recent_venues(session: Session, user: User | None, *, limit: int = 30) -> Sequence[Venue]:
    """The venues of the latest activities of the person's projects, the latest first."""
    latest = (
        select(Activity.venue_id, Activity.id)
        .where(visible_to(user, Activity.project_id), Activity.venue_id.is_not(None))
        .order_by(Activity.id.desc())
        .limit(RECENT_ACTIVITIES)
        .subquery()
    )
    used = (
        select(latest.c.venue_id, func.max(latest.c.id).label("last")).group_by(latest.c.venue_id).subquery()
    )
    rows = select(Venue).join(used, used.c.venue_id == Venue.id).where(Venue.merged_into_id.is_(None))
    rows = rows.order_by(used.c.last.desc())
    return session.scalars(rows.limit(limit)).all()


def latest_activities_of(session: Session, user: User, *, limit: int) -> Sequence[Activity]:
    """The activities the person entered, the latest first."""
    rows = activities_loaded().where(Activity.created_by_id == user.id, visible_to(user, Activity.project_id))
    return session.scalars(rows.order_by(Activity.id.desc()).limit(limit)).all()


def latest_activity_of(session: Session, user: User) -> Activity | None:
    """The activity the person entered last; the next form starts from its project."""
    return next(iter(latest_activities_of(session, user, limit=1)), None)


def kind_names(session: Session) -> Sequence[str]:
    """The names of all kinds, the oldest first."""
    return session.scalars(select(ActivityKind.name).order_by(ActivityKind.id)).all()


def used_words(session: Session, project_id: int, name: str, words: Collection[str]) -> set[str]:
    """Those of the words that activities of the project have as kind, venue kind or form."""
    of_project = Activity.project_id == project_id, Activity.status != Status.WITHDRAWN
    if name == "kinds":
        used = select(ActivityKind.name).where(
            ActivityKind.name.in_(words),
            exists()
            .where(activity_kind_link.c.kind_id == ActivityKind.id)
            .where(activity_kind_link.c.activity_id == Activity.id, *of_project),
        )
        return set(session.scalars(used))
    column = getattr(Activity, name)
    return set(session.scalars(select(column).where(column.in_(words), *of_project).distinct()))


def activities_loaded() -> Select[Activity]:
    """Activities with what a row of a list shows of them."""
    return select(Activity).options(*_RELATIONSHIPS)


_CHECKS = selectinload(Activity.checks).joinedload(ActivityCheck.by)
_RELATIONSHIPS: tuple[ORMOption, ...] = (
    joinedload(Activity.project),
    joinedload(Activity.venue),
    selectinload(Activity.kinds),
    selectinload(Activity.districts),
)
