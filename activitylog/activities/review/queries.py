"""Queries of what awaits review, activities and records of all other kinds, and of who may approve it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.audit.registry import AUDITED, Audited
from activitylog.core.records import DatedRecord
from activitylog.projects.models import Project
from activitylog.projects.queries import is_reviewed_besides, own_projects, reviewers_of, visible_to

MOST_COUNTED = 100  # the navigation says 99+ beyond
MOST_SHOWN = 5
UserId: TypeAlias = int | BindParameter[int]


def record_kinds() -> list[Audited]:
    """Every kind of record that waits for approval beside activities, as the trail knows it."""
    return [spec for spec in AUDITED.values() if issubclass(spec.model, DatedRecord)]


def approvable_by(model: Any, user_id: UserId) -> ColumnElement[bool]:
    """The condition of what a person may approve: what others alone wrote since it was last approved.

    Where no other enabled person may approve in the project, they approve their own. The statement joins
    the record's project.
    """
    entry = literal(",") + cast(user_id, String) + ","
    return or_(~model.writers.contains(entry), ~is_reviewed_besides(user_id))


def unseen_ids(project: Project) -> dict[Any, Select[int]]:
    """What counts in the project without a second person's look, by kind: the ids of activities and records.

    What a command has entered is the office's act.
    """
    is_exempt = Activity.status == Status.APPROVED, Activity.is_exempt, Activity.writers != ""
    of_project = select(Activity.id).where(Activity.project_id == project.id)
    unseen: dict[Any, Select[int]] = {Activity: of_project.where(*is_exempt)}
    for spec in record_kinds():
        model: Any = spec.model
        is_of_project = Project.id == project.id
        if hasattr(model, "activity_id"):
            is_of_project |= model.activity_id.in_(of_project)
        is_unseen = model.is_counted, model.approved_by_id.is_(None), model.writers != ""
        unseen[model] = select(model.id).join(model.project).where(is_of_project, *is_unseen)
    return unseen


def unseen_notice(session: Session, project: Project) -> str:
    """A sentence on what will wait where review is switched on in the project; empty where nothing will."""
    if not project.skips_review or project.children:
        return ""
    counts = {
        model: session.scalar(select(func.count()).select_from(ids.subquery())) or 0
        for model, ids in unseen_ids(project).items()
    }
    activities = counts.pop(Activity)
    records = sum(counts.values())
    if not activities and not records:
        return ""
    parts = [f"{activities:,} 场活动"] * bool(activities) + [f"{records:,} 条其他记录"] * bool(records)
    found = "、".join(parts)
    return f"有 {found}没有第二人看过；改为要审核以后，它们回到待审核，通过前不计入指标。"


def second_person_notice(session: Session, project: Project) -> str:
    """A sentence where what is entered in the project counts without a second person's look; else empty.

    An umbrella sums up what its children count.
    """
    if project.skips_review and not project.children:
        return "本项目免审核：登记即计入，没有第二人核对。"
    exempt = [f"“{child.name}”" for child in project.children if child.skips_review]
    if exempt:
        return f"下级项目{'、'.join(exempt)}免审核：登记即计入，没有第二人核对。"
    reviewers = session.scalars(reviewers_of(project).limit(2)).all()
    if len(reviewers) == 1:
        name = reviewers[0].name
        return f"目前只有“{name}”一人可以审核本项目：本人登记的也由本人审核通过，没有第二人核对。"
    return "" if reviewers else "目前没有人可以审核本项目：登记的不会计入，请系统管理员设一名项目负责人。"


class WaitingCounts(NamedTuple):
    """What waits for a person: activities and records of all other kinds, each counted to MOST_COUNTED."""

    activities: int
    records: int

    @property
    def activities_text(self) -> str:
        return count_text(self.activities)

    @property
    def records_text(self) -> str:
        return count_text(self.records)


def waiting_counts(session: Session, user: User) -> WaitingCounts:
    """How much waits for the person's review."""
    models = tuple(spec.model for spec in record_kinds())
    counts = _waiting_counts(models, sees_all=user.sees_all_projects)
    return WaitingCounts(*session.execute(counts, {"user_id": user.id}).one())


@cache
def _waiting_counts(models: tuple[Any, ...], *, sees_all: bool) -> Select[int, int]:
    """The one statement of all kinds, made once: making it takes far longer than counting."""
    user_id = bindparam("user_id", type_=Integer)
    is_visible = true() if sees_all else Project.id.in_(own_projects(user_id))
    records: list[Any] = [
        select(model.id)
        .join(model.project)
        .where(model.is_waiting, is_visible, approvable_by(model, user_id))
        for model in models
    ]
    is_logged = Activity.status == Status.LOGGED
    activities = select(Activity.id).join(Activity.project)
    activities = activities.where(is_logged, is_visible, approvable_by(Activity, user_id))
    return select(_count_of(activities), _count_of(union_all(*records)))


def count_text(count: int) -> str:
    """A count as pages say it: "99+" where counting stopped, empty for none."""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")


def _count_of(rows: Select[int] | CompoundSelect[int]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery()).scalar_subquery()


def next_to_review(session: Session, user: User, *, after: str = "") -> str | None:
    """The number of the next activity in the queue after the one named, else of the first."""
    ordered = (
        select(Activity.number)
        .join(Activity.project)
        .where(
            Activity.status == Status.LOGGED,
            visible_to(user, Activity.project_id),
            approvable_by(Activity, user.id),
        )
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


def same_place_and_day(session: Session, activity: Activity, user: User) -> Sequence[Activity]:
    """Other activities visible to the person at the same venue on the same day, perhaps duplicates."""
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
            visible_to(user, Activity.project_id),
        )
    )
    return session.scalars(rows.order_by(Activity.id).limit(MOST_SHOWN)).all()
