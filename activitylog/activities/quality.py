"""Recording the items of an activity's quality check, and what follows from them for `quality_met`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, ActivityCheck, Photo
from activitylog.activities.rules import (
    COMPUTED_ITEMS,
    TICKED_ITEMS,
    QualityItem,
    Status,
    computed_items,
    is_quality_met,
    must_items,
)


def ticked(activity: Activity) -> tuple[QualityItem, ...]:
    """The items people have ticked, in the order of the check."""
    met = {check.item for check in activity.checks}
    return tuple(item for item in TICKED_ITEMS if item in met)


def record(
    session: Session,
    activity: Activity,
    items: Collection[QualityItem],
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Store exactly the ticked items and those the system finds met; who ticked an item first stays."""
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


def refresh(session: Session, activity: Activity, now: datetime) -> None:
    """Tick anew what the system ticks, after a photo came or went; a judgement by items follows."""
    record(session, activity, ticked(activity), by=None, now=now)
    if activity.status is Status.APPROVED and activity.quality_from_items:
        judge(activity)
    session.flush()


def _current_photos(session: Session, activity: Activity) -> int:
    if activity.id is None:
        return 0
    counted = select(func.count()).where(Photo.activity_id == activity.id, Photo.withdrawn_at.is_(None))
    with session.no_autoflush:  # a half-written activity is not to be stored yet
        return session.scalar(counted) or 0


def _ticker(item: QualityItem, by: User | None) -> int | None:
    return None if by is None or item in COMPUTED_ITEMS else by.id


def judge(activity: Activity) -> None:
    """Let the quality follow from the recorded items."""
    must = must_items(activity.project.must_items)
    activity.quality_met = is_quality_met(must, [check.item for check in activity.checks])
    activity.quality_from_items = True


def is_judged_as_a_whole(activity: Activity, ticks: Collection[QualityItem] | None) -> bool:
    """Whether a ledger's judgement still holds at an approval: nobody has ticked anything."""
    is_judged = activity.quality_met is not None and not activity.quality_from_items
    return is_judged and ticks is not None and not ticks and not ticked(activity)


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item the system ticks, and whether it did."""

    item: QualityItem
    is_met: bool


def computed_states(activity: Activity) -> Sequence[ItemState]:
    """The must-items nobody ticks by hand."""
    met = {check.item for check in activity.checks}
    must = must_items(activity.project.must_items)
    return [ItemState(item, item in met) for item in must if item in COMPUTED_ITEMS]
