"""Fetches what heads are compared with: past activities, the venue's capacity, last month's heads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select, union
from sqlalchemy.orm import Session, aliased, joinedload

from activitylog.activities.details import ActivityDetails, details_of
from activitylog.activities.models import Activity, ActivityKind, Venue, activity_kind_link
from activitylog.activities.plausibility.doubts import (
    Doubt,
    HeadsFigures,
    ReviewedDoubt,
    confirmed_text,
    heads_doubts,
)
from activitylog.activities.plausibility.models import HeadsConfirmation
from activitylog.activities.plausibility.rules import ONLINE, Baseline, Turnout
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.core.text.words import read_name, read_word
from activitylog.projects.models import Project
from activitylog.projects.queries import project_of

COMPARED_BACK = timedelta(days=730)
MOST_OF_PROJECT, MOST_AT_VENUE = 400, 100  # the latest, for one activity
_HELD = Activity.status.in_((Status.LOGGED, Status.APPROVED))
_INTO = aliased(Venue)
_PLACE = func.coalesce(_INTO.id, Venue.id)


class KnownVenue(NamedTuple):
    """A stored venue, the one it was merged into if any, and how many people it holds."""

    id: int
    capacity: int | None


def doubts_of(
    session: Session, details: ActivityDetails, *, answers: int = 0, besides: int | None = None
) -> list[Doubt]:
    """Why the heads of one activity look like a slip; `besides` is itself, `answers` those of its survey."""
    if details.held_on is None:
        return []
    project = project_of(session, details.project_id)
    key = _venue_key(details)
    place = places(session, [key]).get(key) if key else None
    turnout = _turnout(details, project.name, place)
    first, last = details.held_on - COMPARED_BACK, details.held_on + COMPARED_BACK
    past = Activity.id != (besides or 0), Activity.held_on.between(first, last)
    ids = _latest(*past, _of_projects([project.name]), limit=MOST_OF_PROJECT)
    if place is not None:
        here = select(Venue.id).where(or_(Venue.id == place.id, Venue.merged_into_id == place.id))
        ids = select(union(ids, _latest(*past, Activity.venue_id.in_(here), limit=MOST_AT_VENUE)).subquery())
    baseline = Baseline(past_turnouts(session, Activity.id.in_(ids)))
    figures = HeadsFigures(
        turnout,
        baseline.usual_onsite(turnout),
        baseline.usual_online(turnout),
        place.capacity if place else None,
        answers,
        _heads_of_month(session, project.id, Period.of(details.held_on).previous),
    )
    return heads_doubts(figures)


def _turnout(details: ActivityDetails, project: str, place: KnownVenue | None) -> Turnout:
    key = _venue_key(details)
    return Turnout(
        project,
        tuple(sorted({read_word(kind) for kind in details.kinds})),
        read_word(details.form),
        (place.id if place else key) if has_place(key, details.venue_kind, details.form) else None,
        details.held_on or date.max,
        details.audience_onsite,
        details.audience_online,
    )


def _venue_key(details: ActivityDetails) -> tuple[str, str]:
    """The name and district that identify a venue."""
    return read_name(details.venue_name), details.districts[0] if details.districts else ""


def has_place(venue: Sequence[str | None], venue_kind: str, form: str) -> bool:
    """Whether people can come: there is a venue in a district, and neither it nor the form is online."""
    return all(venue) and ONLINE.isdisjoint({venue_kind, form})


def _of_projects(names: Collection[str]) -> ColumnElement[bool]:
    """Whether an activity is of a project of these names, of whatever year."""
    return Activity.project_id.in_(select(Project.id).where(Project.name.in_(names)))


def _latest(*conditions: ColumnElement[bool], limit: int) -> Select[int]:
    latest = select(Activity.id).where(_HELD, *conditions)
    ordered = latest.order_by(Activity.held_on.desc(), Activity.id.desc())
    return select(ordered.limit(limit).subquery().c.id)


def turnouts_of_projects(
    session: Session, names: Collection[str], first: date, last: date, *, besides: Collection[int]
) -> list[Turnout]:
    """The turnouts of stored activities of projects of these names about these days."""
    days = Activity.held_on.between(first - COMPARED_BACK, last + COMPARED_BACK)
    return past_turnouts(session, _of_projects(names), days, besides=besides)


def past_turnouts(
    session: Session, *conditions: ColumnElement[bool], besides: Collection[int] = ()
) -> list[Turnout]:
    """The turnouts of stored activities held; `besides` are ids left out."""
    rows = session.execute(
        select(
            Activity.id,
            Project.name,
            Activity.form,
            Activity.venue_kind,
            Activity.held_on,
            Activity.audience_onsite,
            Activity.audience_online,
            _PLACE.label("place"),
            Venue.district,
        )
        .join(Project, Project.id == Activity.project_id)
        .outerjoin(Venue, Venue.id == Activity.venue_id)
        .outerjoin(_INTO, _INTO.id == Venue.merged_into_id)
        .where(_HELD, *conditions)
    ).all()
    kinds = _kinds_of(session, conditions)
    return [
        Turnout(
            row.name,
            tuple(sorted(kinds.get(row.id, ()))),
            row.form,
            row.place if has_place((str(row.place or ""), row.district), row.venue_kind, row.form) else None,
            row.held_on,
            row.audience_onsite,
            row.audience_online,
        )
        for row in rows
        if row.id not in besides
    ]


def _kinds_of(session: Session, conditions: Iterable[ColumnElement[bool]]) -> dict[int, list[str]]:
    link, kinds = activity_kind_link.c, defaultdict[int, list[str]](list)
    rows = (
        select(link.activity_id, ActivityKind.name)
        .join(ActivityKind, ActivityKind.id == link.kind_id)
        .join(Activity, Activity.id == link.activity_id)
        .where(_HELD, *conditions)
    )
    for activity_id, name in session.execute(rows):
        kinds[activity_id].append(name)
    return kinds


def places(session: Session, venues: Collection[tuple[str, str]]) -> dict[tuple[str, str], KnownVenue]:
    """The stored venues by name and district."""
    names = sorted({name for name, _ in venues})
    found: dict[tuple[str, str], KnownVenue] = {}
    for start in range(0, len(names), 500):
        rows = session.execute(
            select(Venue.name, Venue.district, _PLACE, func.coalesce(_INTO.capacity, Venue.capacity))
            .outerjoin(_INTO, _INTO.id == Venue.merged_into_id)
            .where(Venue.name.in_(names[start : start + 500]))
        )
        found |= {
            (name, district): KnownVenue(place_id, capacity) for name, district, place_id, capacity in rows
        }
    return found


def _heads_of_month(session: Session, project_id: int, month: Period) -> int:
    heads = func.sum(Activity.audience_onsite + Activity.audience_online)
    in_month = Activity.held_on >= month.first_day, Activity.held_on < month.end
    return session.scalar(select(heads).where(_HELD, Activity.project_id == project_id, *in_month)) or 0


def reviewed_doubts(session: Session, activity: Activity, *, answers: int) -> list[ReviewedDoubt]:
    """Why the heads of a stored activity look like a slip, each with who confirmed them."""
    doubts = doubts_of(session, details_of(activity), answers=answers, besides=activity.id)
    return reviewed(session, activity, doubts)


def reviewed(session: Session, activity: Activity, doubts: Iterable[Doubt]) -> list[ReviewedDoubt]:
    """The doubts, each with who confirmed its figure."""
    return reviewed_of_several(session, {activity.id: list(doubts)})[activity.id]


def reviewed_of_several(
    session: Session, doubts: Mapping[int, Sequence[Doubt]]
) -> dict[int, list[ReviewedDoubt]]:
    """The doubts by activity, each with who confirmed its figure."""
    confirmed = {
        (each.activity_id, each.rule, each.figure): confirmed_text(each.confirmed_by, each.confirmed_at)
        for each in confirmations(session, doubts)
    }
    return {
        activity_id: [
            ReviewedDoubt(each.sentence, confirmed.get((activity_id, each.rule, each.figure), ""))
            for each in of_activity
        ]
        for activity_id, of_activity in doubts.items()
    }


def confirmations(session: Session, activity_ids: Collection[int]) -> list[HeadsConfirmation]:
    """What people have confirmed of activities, the latest last."""
    rows = select(HeadsConfirmation).where(HeadsConfirmation.activity_id.in_(list(activity_ids)))
    return list(
        session.scalars(
            rows.options(joinedload(HeadsConfirmation.confirmed_by)).order_by(HeadsConfirmation.id)
        )
    )
