"""Sets whether a project skips review and what its quality check asks; records the items of a check."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, ActivityCheck, Photo
from activitylog.activities.rules import (
    COMPUTED_ITEMS,
    JOINED_BY,
    TICKED_ITEMS,
    QualityItem,
    Status,
    computed_items,
    is_quality_met,
    must_items,
)
from activitylog.errors import BadInput, Refused
from activitylog.projects.models import Project


def set_review(
    session: Session, project: Project, *, skips_review: bool, must_items: Iterable[QualityItem]
) -> None:
    """Set both for activities logged and reviewed from now on; reviewed ones stay as they are."""
    if project.children:
        raise Refused(f"“{project.name}”只汇总下级项目，自己没有活动；请到下级项目里设定。")
    chosen = [item for item in QualityItem if item in set(must_items)]
    if not chosen:
        raise BadInput("质量检查至少要选一项。", field="items")
    project.skips_review = skips_review
    project.must_items = "" if len(chosen) == len(QualityItem) else JOINED_BY.join(chosen)
    session.flush()


def count_awaiting_review(session: Session, project: Project) -> int:
    """How many activities of the project await review."""
    counted = select(func.count(Activity.id)).where(
        Activity.project_id == project.id, Activity.status == Status.LOGGED
    )
    return session.scalar(counted) or 0


def ticked_items(activity: Activity) -> tuple[QualityItem, ...]:
    """The items people have ticked, in the order of the check."""
    met = {check.item for check in activity.checks}
    return tuple(item for item in TICKED_ITEMS if item in met)


def record_items(
    session: Session,
    activity: Activity,
    items: Collection[QualityItem],
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Store the ticked items and those computed by the system; an item's first person and time stay."""
    computed = computed_items(photos=_current_photos(session, activity), summary=activity.summary)
    met = (set(items) - COMPUTED_ITEMS) | computed
    known = {check.item: check for check in activity.checks}
    if met == known.keys():
        return
    activity.checks = [
        known.get(item) or ActivityCheck(item=item, by_id=_ticker(item, by), at=now)
        for item in QualityItem
        if item in met
    ]


def refresh_items(session: Session, activity: Activity, now: datetime) -> None:
    """Compute the system's items again, after a photo was added or withdrawn, and the quality."""
    record_items(session, activity, ticked_items(activity), by=None, now=now)
    if activity.status is Status.APPROVED and activity.quality_from_items:
        judge_quality(activity)
    session.flush()


def _current_photos(session: Session, activity: Activity) -> int:
    if activity.id is None:
        return 0
    counted = select(func.count()).where(Photo.activity_id == activity.id, Photo.withdrawn_at.is_(None))
    with session.no_autoflush:  # the activity is half-written
        return session.scalar(counted) or 0


def _ticker(item: QualityItem, by: User | None) -> int | None:
    return None if by is None or item in COMPUTED_ITEMS else by.id


def judge_quality(activity: Activity) -> None:
    """Derive `quality_met` from the recorded items."""
    must = must_items(activity.project.must_items)
    activity.quality_met = is_quality_met(must, [check.item for check in activity.checks])
    activity.quality_from_items = True


def is_judged_as_a_whole(activity: Activity, ticks: Collection[QualityItem] | None) -> bool:
    """Whether a ledger's judgement of the whole still holds at an approval, as nobody has ticked an item."""
    is_judged = activity.quality_met is not None and not activity.quality_from_items
    return is_judged and ticks is not None and not ticks and not ticked_items(activity)


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item computed by the system, and whether it is met."""

    item: QualityItem
    is_met: bool


def computed_states(activity: Activity) -> Sequence[ItemState]:
    """The project's must-items that the system computes."""
    met = {check.item for check in activity.checks}
    must = must_items(activity.project.must_items)
    return [ItemState(item, item in met) for item in must if item in COMPUTED_ITEMS]
