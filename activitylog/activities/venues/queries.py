"""Places and what happened there; a venue that was merged counts as the one it went into."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from activitylog.accounts.models import User
from activitylog.accounts.rules import SEES_OWN_PROJECTS_ONLY
from activitylog.activities.models import Activity, Venue
from activitylog.activities.queries import contains
from activitylog.activities.rules import Status
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_to
from activitylog.web.paging import Page, page_of

HELD = Activity.status.in_([Status.LOGGED, Status.APPROVED])
LATEST = 30  # activities shown on a venue's page
MOST_COMPARED = 3000  # venues of a district that are looked through for names alike
ALIKE = 0.6
MOST_ALIKE = 8
_ADDED_WORDS = ("上海市", "上海", "街道", "镇", "社区")


@dataclass(frozen=True, slots=True)
class Visits:
    """What was held at a place: how many, with how many heads, the last when."""

    count: int = 0
    heads: int = 0
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class VenueLine:
    """A venue of the list."""

    venue: Venue
    visits: Visits


@dataclass(frozen=True, slots=True)
class ProjectVisits:
    """What one project held at a place."""

    project: Project
    visits: Visits


def venues_found(
    session: Session, user: User, *, text: str = "", district: str = "", kind: str = "", page: int = 1
) -> Page[VenueLine]:
    """The venues the person's projects were at, everybody's for the office, by district and name."""
    wanted = select(Venue).where(Venue.merged_into_id.is_(None))
    if user.role in SEES_OWN_PROJECTS_ONLY:
        wanted = wanted.where(_is_visible_to(user))
    if text:
        wanted = wanted.where(_is_called(text))
    if district:
        wanted = wanted.where(Venue.district == district)
    if kind:
        wanted = wanted.where(Venue.kind == kind)
    found = page_of(session, wanted.order_by(Venue.district, Venue.name, Venue.id), page)
    visits = _visits_of(session, user, [venue.id for venue in found.rows])
    lines = [VenueLine(venue, visits.get(venue.id, Visits())) for venue in found.rows]
    return Page(lines, found.number, found.pages, found.total)


def visible_venue(session: Session, user: User, venue_id: int) -> Venue:
    """One venue, or Missing when none of the person's projects were there."""
    wanted = select(Venue).where(Venue.id == venue_id)
    if user.role in SEES_OWN_PROJECTS_ONLY:
        wanted = wanted.where(_is_visible_to(user))
    venue: Venue | None = session.scalar(wanted)
    if venue is None:
        raise Missing("没有这个场所，或您的项目没有在那里办过活动；请从场所列表重新进入。")
    return venue


def visits_by_project(session: Session, user: User, venue: Venue) -> list[ProjectVisits]:
    """The projects that held something there, the newest year first."""
    rows = session.execute(
        select(Project, func.count(Activity.id), func.sum(_HEADS), func.max(Activity.held_on))
        .join(Activity, Activity.project_id == Project.id)
        .where(Activity.venue_id.in_(ids_of(venue)), HELD, visible_to(user, Project.id))
        .group_by(Project.id)
        .order_by(Project.year.desc(), Project.position)
    )
    return [ProjectVisits(project, Visits(count, heads, last_on)) for project, count, heads, last_on in rows]


def latest_at(session: Session, user: User, venue: Venue) -> Sequence[Row[str, str, date, Status, str]]:
    """Number, title, day, status and project of the latest activities there, planned ones among them."""
    wanted = (
        select(
            Activity.number,
            Activity.title,
            Activity.happens_on,
            Activity.status,
            Project.name.label("project"),
        )
        .join(Project, Project.id == Activity.project_id)
        .where(Activity.venue_id.in_(ids_of(venue)), visible_to(user, Activity.project_id))
        .order_by(Activity.happens_on.desc(), Activity.id.desc())
    )
    return session.execute(wanted.limit(LATEST)).all()


def ids_of(venue: Venue) -> Select[int]:
    """The venue and those merged into it."""
    return select(Venue.id).where(or_(Venue.id == venue.id, Venue.merged_into_id == venue.id))


def merged_into(session: Session, venue: Venue) -> Sequence[Venue]:
    """What else it is called: the venues merged into it."""
    wanted = select(Venue).where(Venue.merged_into_id == venue.id).order_by(Venue.merged_at.desc(), Venue.id)
    return session.scalars(wanted).all()


def venues_alike(session: Session, venue: Venue, text: str = "") -> list[Venue]:
    """Where it could go into: venues that hold the text, else those of its name or one much like it."""
    others = select(Venue).where(Venue.id != venue.id, Venue.merged_into_id.is_(None))
    if text:
        wanted = others.where(contains(Venue.name, text)).order_by(func.length(Venue.name), Venue.id)
        return list(session.scalars(wanted.limit(MOST_ALIKE)))
    near = or_(Venue.district == venue.district, Venue.name == venue.name)
    found = session.scalars(others.where(near).order_by(Venue.id).limit(MOST_COMPARED)).all()
    rated = [(name_similarity(venue.name, other.name), other) for other in found]
    alike = sorted((pair for pair in rated if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [other for _, other in alike[:MOST_ALIKE]]


def name_similarity(one: str, other: str) -> float:
    """0 to 1; words that offices add or leave out do not tell names apart."""
    for word in _ADDED_WORDS:
        one, other = one.replace(word, ""), other.replace(word, "")
    if one and other and (one in other or other in one):
        return 1.0
    return SequenceMatcher(None, one, other).ratio()


_HEADS = Activity.audience_onsite + Activity.audience_online


def _visits_of(session: Session, user: User, ids: Collection[int]) -> dict[int, Visits]:
    here = func.coalesce(Venue.merged_into_id, Venue.id).label("here")
    rows = session.execute(
        select(here, func.count(Activity.id), func.sum(_HEADS), func.max(Activity.held_on))
        .join(Activity, Activity.venue_id == Venue.id)
        .where(
            or_(Venue.id.in_(ids), Venue.merged_into_id.in_(ids)), HELD, visible_to(user, Activity.project_id)
        )
        .group_by(here)
    )
    return {venue_id: Visits(count, heads, last_on) for venue_id, count, heads, last_on in rows}


def _is_visible_to(user: User) -> ColumnElement[bool]:
    place = aliased(Venue)
    return exists().where(
        Activity.venue_id == place.id,
        or_(place.id == Venue.id, place.merged_into_id == Venue.id),
        visible_to(user, Activity.project_id),
    )


def _is_called(text: str) -> ColumnElement[bool]:
    other = aliased(Venue)
    return or_(
        contains(Venue.name, text),
        exists().where(other.merged_into_id == Venue.id, contains(other.name, text)),
    )
