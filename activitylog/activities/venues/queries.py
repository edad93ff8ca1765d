"""Queries of venues and their activities; a merged venue counts as the one it was merged into."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, Venue
from activitylog.activities.queries import contains
from activitylog.activities.rules import Status
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_to
from activitylog.web.paging import Page, page_of

HELD = Activity.status.in_([Status.LOGGED, Status.APPROVED])
BATCH = 500  # venues held at a time while they are exported
LATEST = 30  # activities shown on a venue's page
MOST_COMPARED = 3000  # venues of a district whose names are compared
LEAST_SIMILARITY = 0.6
MOST_SIMILAR = 8
_OPTIONAL_WORDS = ("上海市", "上海", "街道", "镇", "社区")


@dataclass(frozen=True, slots=True)
class Visits:
    """The activities held at a venue: number, heads, and the last day."""

    count: int = 0
    heads: int = 0
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue in the list, with its activities' numbers."""

    venue: Venue
    visits: Visits


@dataclass(frozen=True, slots=True)
class ProjectVisits:
    """The activities one project held at a venue."""

    project: Project
    visits: Visits


def venues_found(
    session: Session, user: User, *, text: str = "", district: str = "", kind: str = "", page: int = 1
) -> Page[VenueRow]:
    """One page of the venues visible to the person that meet the filters, by district and name."""
    venues = visible_venues(user, text=text, district=district, kind=kind)
    found = page_of(session, venues, page)
    return Page(_with_visits(session, user, found.rows), found.number, found.pages, found.total)


def all_venues(session: Session, user: User, *, text: str, district: str, kind: str) -> Iterator[VenueRow]:
    """The same venues without pages, read as they are used."""
    venues = visible_venues(user, text=text, district=district, kind=kind)
    found = session.scalars(venues, execution_options={"yield_per": BATCH})
    for rows in found.partitions(BATCH):
        yield from _with_visits(session, user, rows)


def _with_visits(session: Session, user: User, venues: Sequence[Venue]) -> list[VenueRow]:
    visits = _visits_of(session, user, [venue.id for venue in venues])
    return [VenueRow(venue, visits.get(venue.id, Visits())) for venue in venues]


def visible_venues(user: User, *, text: str, district: str, kind: str) -> Select[Venue]:
    """The venues the person sees that meet the filters, by district and name; "" filters nothing."""
    venues = select(Venue).where(Venue.merged_into_id.is_(None))
    if not user.sees_all_projects:
        venues = venues.where(_is_visible_to(user))
    if text:
        venues = venues.where(_has_name(text))
    if district:
        venues = venues.where(Venue.district == district)
    if kind:
        venues = venues.where(Venue.kind == kind)
    return venues.order_by(Venue.district, Venue.name, Venue.id)


def venues_named(session: Session, user: User, text: str, *, limit: int = 8) -> Sequence[Venue]:
    """Venues visible to the person whose name holds the text: that begin with it first, then by length."""
    begins = Venue.name.startswith(text, autoescape=True)
    rows = select(Venue).where(contains(Venue.name, text), Venue.merged_into_id.is_(None))
    if not user.sees_all_projects:
        rows = rows.where(_is_visible_to(user))
    return session.scalars(rows.order_by(begins.desc(), func.length(Venue.name), Venue.id).limit(limit)).all()


def visible_venue(session: Session, user: User, venue_id: int) -> Venue:
    """One venue, or Missing when it is not visible to the person."""
    venues = select(Venue).where(Venue.id == venue_id)
    if not user.sees_all_projects:
        venues = venues.where(_is_visible_to(user))
    venue: Venue | None = session.scalar(venues)
    if venue is None:
        raise Missing("没有这个场所，或您的项目没有在那里办过活动；请从场所列表重新进入。")
    return venue


def visits_by_project(session: Session, user: User, venue: Venue) -> list[ProjectVisits]:
    """The projects with activities at the venue, the newest year first."""
    rows = session.execute(
        select(Project, func.count(Activity.id), func.sum(_HEADS), func.max(Activity.held_on))
        .join(Activity, Activity.project_id == Project.id)
        .where(Activity.venue_id.in_(ids_of(venue)), HELD, visible_to(user, Project.id))
        .group_by(Project.id)
        .order_by(Project.year.desc(), Project.position)
    )
    return [ProjectVisits(project, Visits(count, heads, last_on)) for project, count, heads, last_on in rows]


def latest_activities_at(
    session: Session, user: User, venue: Venue
) -> Sequence[Row[str, str, date, Status, str]]:
    """Number, title, day, status and project of the latest activities there, planned ones included."""
    latest = (
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
    return session.execute(latest.limit(LATEST)).all()


def ids_of(venue: Venue) -> Select[int]:
    """The ids of the venue and of those merged into it."""
    return select(Venue.id).where(or_(Venue.id == venue.id, Venue.merged_into_id == venue.id))


def merged_into(session: Session, venue: Venue) -> Sequence[Venue]:
    """The venues merged into it, the latest first."""
    venues = select(Venue).where(Venue.merged_into_id == venue.id).order_by(Venue.merged_at.desc(), Venue.id)
    return session.scalars(venues).all()


def similar_venues(session: Session, venue: Venue, text: str = "") -> list[Venue]:
    """Venues to merge into: those whose name holds the text, else those of equal or similar name."""
    others = select(Venue).where(Venue.id != venue.id, Venue.merged_into_id.is_(None))
    if text:
        venues = others.where(contains(Venue.name, text)).order_by(func.length(Venue.name), Venue.id)
        return list(session.scalars(venues.limit(MOST_SIMILAR)))
    near = or_(Venue.district == venue.district, Venue.name == venue.name)
    found = session.scalars(others.where(near).order_by(Venue.id).limit(MOST_COMPARED)).all()
    rated = [(name_similarity(venue.name, other.name), other) for other in found]
    similar = sorted((pair for pair in rated if pair[0] >= LEAST_SIMILARITY), key=lambda pair: -pair[0])
    return [other for _, other in similar[:MOST_SIMILAR]]


def name_similarity(one: str, other: str) -> float:
    """The similarity of two names, 0 to 1, without words that are often left out."""
    for word in _OPTIONAL_WORDS:
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


def _has_name(text: str) -> ColumnElement[bool]:
    other = aliased(Venue)
    return or_(
        contains(Venue.name, text),
        exists().where(other.merged_into_id == Venue.id, contains(other.name, text)),
    )
