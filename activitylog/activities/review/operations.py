"""Approves records; sets whether a project skips review and what its check asks; records a check's items."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, ActivityCheck, Photo
from activitylog.activities.review.queries import approvable_by, record_kinds, unseen_ids
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
from activitylog.audit.registry import AUDITED
from activitylog.core.records import DatedRecord, edit_token, lock_record
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.projects.models import Project
from activitylog.projects.queries import reviewers_besides, visible_to

MOST_NAMED = 5
NOBODY_LEFT = (
    "能审核的人都改过它：请撤下（活动是取消）后由一人重新登记、另一人审核，或请系统管理员再设一名项目负责人。"
)
LONGEST_NUMBER = 10  # digits of a record's id


def set_review(
    session: Session, project: Project, *, skips_review: bool, must_items: Iterable[QualityItem]
) -> int:
    """Set both for what is entered and reviewed from now on; what was reviewed stays as it is.

    Where review is switched on, all that no second person has seen waits for it; returns how much.
    """
    if project.children:
        raise Refused(f"“{project.name}”只汇总下级项目，自己没有活动；请到下级项目里设定。")
    chosen = [item for item in QualityItem if item in set(must_items)]
    if not chosen:
        raise BadInput("质量检查至少要选一项。", field="items")
    sent = _await_review(session, project) if project.skips_review and not skips_review else 0
    project.skips_review = skips_review
    project.must_items = "" if len(chosen) == len(QualityItem) else JOINED_BY.join(chosen)
    session.flush()
    return sent


def _await_review(session: Session, project: Project) -> int:
    """Let what counts without a second person's look wait for it; returns how much that is."""
    unseen = unseen_ids(project)
    found = [
        each
        for model, ids in unseen.items()
        for each in session.scalars(select(model).where(model.id.in_(ids)))
    ]
    for each in found:
        if isinstance(each, Activity):
            clear_review(each)
            each.status = Status.LOGGED
        else:
            each.approved_at = None
    return len(found)


def clear_review(activity: Activity) -> None:
    activity.reviewed_by_id = None
    activity.reviewed_at = None
    activity.quality_met = None
    activity.quality_from_items = False
    activity.is_exempt = False


def record_mark(record: DatedRecord) -> str:
    """A record with what a page shows of it, for `approve_marked`."""
    return f"{AUDITED[type(record)].kind}-{record.id}-{edit_token(record)}"


def approve_marked(session: Session, mark: str, *, by: User, now: datetime) -> None:
    """Approve the record a page has marked, of a project the person sees; refused when changed since."""
    kind, number, token = [*mark.split("-"), "", ""][:3]
    spec = next((each for each in record_kinds() if each.kind == kind), None)
    is_number = number.isdecimal() and len(number) < LONGEST_NUMBER
    record = _record_to_approve(session, spec.model, int(number), by) if spec and is_number else None
    if record is None:
        raise Missing("没有找到要审核的记录，请回到审核页面，用页面上的按钮办理。")
    approve_record(session, record, token=token, by=by, now=now)


def _record_to_approve(session: Session, model: Any, record_id: int, by: User) -> DatedRecord | None:
    found = select(model).join(model.project).where(model.id == record_id, visible_to(by, Project.id))
    record: DatedRecord | None = session.scalar(found)
    return record


def approve_record(session: Session, record: DatedRecord, *, token: str, by: User, now: datetime) -> None:
    """Let a record count, as a second person; refused when it was changed since the token."""
    lock_record(session, record)
    if record.approved_at is not None:
        raise Refused(f"这{record.counter}{record.thing}已经审核通过，不用再审。")
    if record.withdrawn_at is not None:
        raise Refused(f"这{record.counter}{record.thing}已撤下，请先恢复，再审核。")
    if edit_token(record) != token:
        raise StaleVersion(f"这{record.counter}{record.thing}刚被别人改过，请看过新内容再审核。")
    check_second_person(session, record, by)
    record.approved_by_id, record.approved_at = by.id, now
    session.flush()


def check_second_person(session: Session, record: DatedRecord | Activity, by: User | None) -> None:
    """Refuse an approval by one who wrote any version since the last, if there are other reviewers."""
    refusal = "" if by is None else why_not_approvable(session, record, by)
    if refusal:
        raise Refused(refusal)


def why_not_approvable(session: Session, record: DatedRecord | Activity, by: User) -> str:
    """The sentence by which a person may not approve it, and who may; empty where they may."""
    model: Any = type(record)
    is_approvable = select(model.id).join(model.project)
    is_approvable = is_approvable.where(model.id == record.id, approvable_by(model, by.id))
    if f",{by.id}," not in record.writers or session.scalar(is_approvable):
        return ""
    project: Project = record.project  # type: ignore[union-attr]  # every kind has one
    thing = "场活动" if isinstance(record, Activity) else f"{record.counter}{record.thing}"
    way_out = _whom_to_ask(session, project, record.writers) or NOBODY_LEFT
    return f"这{thing}是您登记或修改的，要由另一人审核通过才计入。{way_out}"


def why_not_excludable(session: Session, activity: Activity, by: User) -> str:
    """The sentence by which a person may not say which answers of the activity count; empty where they may.

    Who entered it is judged by the answers.
    """
    writers = f"{activity.writers},{activity.created_by_id or ''},"
    others = _whom_to_ask(session, activity.project, writers)
    if activity.project.skips_review or f",{by.id}," not in writers or not others:
        return ""
    return f"这场活动是您登记或修改的，哪些答卷计入要由另一人决定。{others}"


def _whom_to_ask(session: Session, project: Project, writers: str) -> str:
    """The project's reviewers besides these, as a sentence; empty when there are none."""
    others = reviewers_besides(session, project, {int(each) for each in writers.split(",") if each})
    names = "、".join(user.name for user in others[:MOST_NAMED])
    return f"可以请：{names}{'等' if len(others) > MOST_NAMED else ''}。" if others else ""


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
    """Compute the system's items again, after a photo was added or withdrawn, and the quality.

    The quality of an approved activity only falls by it: whether it is met now, the next review says.
    """
    record_items(session, activity, ticked_items(activity), by=None, now=now)
    is_lost = activity.quality_met is False and not activity.project.skips_review
    if activity.status is Status.APPROVED and activity.quality_from_items and not is_lost:
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


def lacking_items(activity: Activity) -> Sequence[QualityItem]:
    """The must-items not met, by which an approval judges the quality as not met."""
    if is_judged_as_a_whole(activity, ticked_items(activity)):
        return ()
    met = {check.item for check in activity.checks}
    return [item for item in must_items(activity.project.must_items) if item not in met]


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
