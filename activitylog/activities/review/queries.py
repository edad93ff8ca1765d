"""Queries of what awaits review, activities and records of all other kinds, and of who may approve it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import Membership, User
from activitylog.accounts.queries import enabled_reviewers
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.audit.registry import AUDITED, Audited
from activitylog.core.records import DatedRecord
from activitylog.projects.models import Project

MOST_COUNTED = 100  # the navigation says 99+ beyond
MOST_SHOWN = 5


def record_kinds() -> list[Audited]:
    """Every kind of record that waits for approval beside activities, as the trail knows it."""
    return [spec for spec in AUDITED.values() if issubclass(spec.model, DatedRecord)]


def approvable_by(model: Any, user: User) -> ColumnElement[bool]:
    """The condition of what a person may approve: what others alone wrote since it was last approved.

    Where no other enabled person may approve anything, they approve their own.
    """
    others = enabled_reviewers().where(User.id != user.id)
    return or_(~model.writers.contains(f",{user.id},"), ~others.exists())


def second_person_notice(session: Session, project: Project) -> str:
    """A sentence where what is entered in the project counts without a second person's look; else empty.

    An umbrella sums up what its children count.
    """
    if project.skips_review and not project.children:
        return "本项目免审核：登记即计入，没有第二人核对。"
    exempt = [f"“{child.name}”" for child in project.children if child.skips_review]
    if exempt:
        return f"下级项目{'、'.join(exempt)}免审核：登记即计入，没有第二人核对。"
    reviewers = session.scalars(enabled_reviewers().limit(2)).all()
    if len(reviewers) == 1:
        name = reviewers[0].name
        return f"目前只有“{name}”一人可以审核：本人登记的也由本人审核通过，没有第二人核对。"
    return "" if reviewers else "目前没有人可以审核：登记的不会计入，请系统管理员设一名项目负责人。"


def reviewed_by(user: User) -> ColumnElement[bool]:
    """The condition of the projects a person reviews: their own and the children, else all."""
    own = select(Membership.project_id).where(Membership.user_id == user.id)
    return or_(~own.exists(), Project.id.in_(own), Project.parent_id.in_(own))


def awaiting_review_count(session: Session, user: User) -> int:
    """How many activities await the person's review; counting stops at MOST_COUNTED."""
    some = select(Activity.id).join(Activity.project).where(*_awaiting_review(user))
    return session.scalar(select(func.count()).select_from(some.limit(MOST_COUNTED).subquery())) or 0


def waiting_record_count(session: Session, user: User) -> int:
    """How many records of other kinds await the person's approval; counting stops at MOST_COUNTED."""
    projects = reviewed_by(user)
    waiting = [
        select(spec.model.id)
        .join(spec.model.project)
        .where(spec.model.is_waiting, projects, approvable_by(spec.model, user))
        for spec in record_kinds()
    ]
    some = union_all(*waiting).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def next_to_review(session: Session, user: User, *, after: str = "") -> str | None:
    """The number of the next activity in the queue after the one named, else of the first."""
    ordered = (
        select(Activity.number)
        .join(Activity.project)
        .where(*_awaiting_review(user))
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


def _awaiting_review(user: User) -> tuple[ColumnElement[bool], ...]:
    projects = reviewed_by(user)
    return Activity.status == Status.LOGGED, projects, approvable_by(Activity, user)


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
