"""Queries of the review queue: the activities awaiting review, oldest first, and possible duplicates."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import Membership, User
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.projects.models import Project

MOST_COUNTED = 100  # the navigation says 99+ beyond
MOST_SHOWN = 5


def reviewable_by(session: Session, user: User) -> ColumnElement[bool]:
    """The condition of a person's activities to review: of their projects and the children, else all."""
    own = select(Membership.project_id).where(Membership.user_id == user.id)
    projects = select(Project.id).where(or_(Project.id.in_(own), Project.parent_id.in_(own)))
    ids = session.scalars(projects).all()
    return Activity.project_id.in_(ids) if ids else true()


def awaiting_review_count(session: Session, user: User) -> int:
    """How many activities await the person's review; counting stops at MOST_COUNTED."""
    some = select(Activity.id).where(*_awaiting_review(session, user)).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def next_to_review(session: Session, user: User, *, after: str = "") -> str | None:
    """The number of the next activity in the queue after the one named, else of the first."""
    ordered = (
        select(Activity.number)
        .where(*_awaiting_review(session, user))
        .order_by(Activity.happens_on, Activity.id)
        .limit(1)
    )
    last = session.execute(
        select(Activity.happens_on, Activity.id).where(Activity.number == after)
    ).one_or_none()
    if last is not None:
        behind = or_(
            Activity.happens_on > last.happens_on,
            and_(Activity.happens_on == last.happens_on, Activity.id > last.id),
        )
        number: str | None = session.scalar(ordered.where(behind))
        if number is not None:
            return number
    first: str | None = session.scalar(ordered)
    return first


def _awaiting_review(session: Session, user: User) -> tuple[ColumnElement[bool], ...]:
    return Activity.status == Status.LOGGED, reviewable_by(session, user)


def same_place_and_day(session: Session, activity: Activity) -> Sequence[Activity]:
    """Other activities at the same venue on the same day, perhaps duplicates."""
    if activity.venue_id is None:
        return ()
    rows = (
        select(Activity)
        .options(joinedload(Activity.project), joinedload(Activity.created_by))
        .where(
            Activity.venue_id == activity.venue_id,
            Activity.happens_on == activity.happens_on,
            Activity.id != activity.id,
            Activity.status != Status.WITHDRAWN,
        )
    )
    return session.scalars(rows.order_by(Activity.id).limit(MOST_SHOWN)).all()
