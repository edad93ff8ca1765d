"""Plans, logs, edits and reviews activities."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities import rules
from activitylog.activities.catalogue import allocate_numbers
from activitylog.activities.details import (
    ActivityDetails,
    check_details,
    counts_alike,
    is_unchanged_by,
    write_details,
)
from activitylog.activities.models import Activity
from activitylog.activities.review import operations as quality
from activitylog.activities.rules import STATUS_LABELS, QualityItem, Status
from activitylog.core.period import business_day
from activitylog.core.records import writers_with
from activitylog.core.text.words import read_number_of_record
from activitylog.errors import BadInput, Forbidden, Refused, StaleVersion
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_project

MAX_ATTEMPTS = 5  # to insert, when somebody takes the number in between


def log_activity(
    session: Session,
    details: ActivityDetails,
    status: Status = Status.LOGGED,
    *,
    by: User | None,
    now: datetime,
    nonce: str | None = None,
    number: str | None = None,
    is_sample: bool = False,
) -> tuple[Activity, bool]:
    """Add an activity, planned or logged; returns it, and False when the nonce had added it before."""
    if number is not None:
        number = read_number_of_record(number)
    initial = _NewActivity(status, by, now, nonce, number, is_sample)
    project = visible_project(session, by, details.project_id)
    first = _with_nonce(session, nonce)
    if first is not None:
        return _check_own(first, by), False
    if status is Status.PLANNED and details.planned_on is None:
        raise BadInput("请填写计划日期。", field="planned_on")
    check_details(details, status, project, business_day(now))
    if number is not None:
        rules.check_number(number)
    return _insert(session, initial, lambda: _new(session, details, project, initial))


def edit_activity(
    session: Session,
    activity: Activity,
    details: ActivityDetails,
    *,
    version: int,
    by: User | None,
    now: datetime,
) -> Activity:
    """Edit an activity; an edit of an approved one sends it back to review, a reviewer's if it may count."""
    _check_version(activity, version)
    rules.check_editable(activity.status)
    visible_project(session, by, activity.project_id)
    project = visible_project(session, by, details.project_id)
    check_details(details, activity.status, project, business_day(now))
    if is_unchanged_by(activity, details):
        return activity
    may_count = not counts_alike(activity, details)
    has_ticked = set(details.checks) != set(quality.ticked_items(activity))
    write_details(session, activity, details, project, by=by, now=now)
    if may_count:
        _add_writer(activity, by)
    needs_review = not _is_reviewer(by) or (by is not None and may_count and not project.skips_review)
    new_status = rules.status_after_edit(activity.status, needs_review=needs_review)
    if new_status is not activity.status:
        quality.clear_review(activity)
        activity.status = new_status
        _approve_if_exempt(activity, now)
    elif may_count and by is not None and activity.status is Status.APPROVED:
        activity.reviewed_by_id, activity.is_exempt = None, True  # nobody has seen what counts now
    if (
        new_status is Status.APPROVED
        and (by is None or project.skips_review)
        and (has_ticked or activity.quality_from_items)
    ):
        quality.judge_quality(activity)
    _save(session, activity, now)
    return activity


def change_status(
    session: Session,
    activity: Activity,
    new_status: Status,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    quality_met: bool | None = None,
    checks: Collection[QualityItem] | None = None,
    version: int | None = None,
) -> Activity:
    """Change the status of an activity; reviewing it, and undoing an approval, needs a reviewer.

    An approval judges quality by the ticked `checks`, or as a whole by `quality_met` where none are given.
    """
    if version is not None:
        _check_version(activity, version)
    visible_project(session, by, activity.project_id)
    _check_status(session, activity, new_status, reason=reason, by=by)
    judged = activity.quality_met if quality.is_judged_as_a_whole(activity, checks) else quality_met
    quality.clear_review(activity)
    if new_status in (Status.APPROVED, Status.RETURNED):
        activity.reviewed_by_id = None if by is None else by.id
        activity.reviewed_at = now
    if new_status is Status.APPROVED:
        activity.quality_met = judged
        if checks is not None and judged is None:
            quality.record_items(session, activity, checks, by=by, now=now)
            quality.judge_quality(activity)
    if activity.status is not Status.RETURNED or new_status is not Status.LOGGED:
        activity.status_reason = reason.strip()  # the reason of a return stays until the next review
    activity.status = new_status
    _approve_if_exempt(activity, now)
    _save(session, activity, now)
    return activity


@dataclass(frozen=True, slots=True)
class EarlierReview:
    """What an activity had before it was approved or returned."""

    status: Status
    reason: str
    ticked: Collection[QualityItem]
    quality_met: bool | None
    quality_from_items: bool = False
    is_exempt: bool = False
    reviewed_by_id: int | None = None
    reviewed_at: datetime | None = None


def undo_review(
    session: Session, activity: Activity, before: EarlierReview, *, by: User, now: datetime
) -> None:
    """Give an activity just approved or returned what it had before."""
    visible_project(session, by, activity.project_id)
    activity.status, activity.status_reason = before.status, before.reason
    activity.quality_met, activity.quality_from_items = before.quality_met, before.quality_from_items
    activity.reviewed_by_id, activity.reviewed_at = before.reviewed_by_id, before.reviewed_at
    activity.is_exempt = before.is_exempt
    quality.record_items(session, activity, before.ticked, by=by, now=now)
    _save(session, activity, now)


def _check_status(
    session: Session, activity: Activity, new_status: Status, *, reason: str, by: User | None
) -> None:
    rules.check_change(activity.status, new_status)
    if rules.is_review(activity.status, new_status) and not _is_reviewer(by):
        raise Forbidden("审核由项目负责人办理；需要退回或取消已审核的活动，请联系项目负责人。")
    rules.check_held(new_status, activity.held_on)
    rules.check_reason(new_status, reason)
    if new_status is Status.APPROVED:
        quality.check_second_person(session, activity, by)


@dataclass(frozen=True, slots=True)
class _NewActivity:
    """The values of a new activity besides its details."""

    status: Status
    by: User | None
    now: datetime
    nonce: str | None
    number: str | None
    is_sample: bool


def _insert(session: Session, initial: _NewActivity, make: Callable[[], Activity]) -> tuple[Activity, bool]:
    """Insert, again with another number if it was taken; a row with the same nonce is returned instead."""
    for attempt in range(MAX_ATTEMPTS):
        try:
            with session.begin_nested():
                activity = make()
                session.add(activity)
                session.flush()
                return activity, True
        except IntegrityError:
            first = _with_nonce(session, initial.nonce)
            if first is not None:
                return _check_own(first, initial.by), False
            if initial.number is not None and _is_taken(session, initial.number):
                raise Refused(f"活动编号“{initial.number}”已经有了，请换一个编号。") from None
            if attempt == MAX_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _new(session: Session, details: ActivityDetails, project: Project, initial: _NewActivity) -> Activity:
    activity = Activity(
        number=initial.number or allocate_numbers(session, project.year)[0],
        status=initial.status,
        nonce=initial.nonce,
        is_sample=initial.is_sample,
        created_by_id=None if initial.by is None else initial.by.id,
        written_by_id=None if initial.by is None else initial.by.id,
        writers=writers_with("", None if initial.by is None else initial.by.id),
        created_at=initial.now,
        updated_at=initial.now,
    )
    write_details(session, activity, details, project, by=initial.by, now=initial.now)
    _approve_if_exempt(activity, initial.now)
    return activity


def _add_writer(activity: Activity, by: User | None) -> None:
    """Note who wrote what it may count by, before the review is cleared."""
    activity.written_by_id = by_id = None if by is None else by.id
    is_approved = activity.status is Status.APPROVED and activity.reviewed_by_id is not None
    activity.writers = writers_with("" if is_approved else activity.writers, by_id)


def _approve_if_exempt(activity: Activity, now: datetime) -> None:
    """Approve a logged activity at once where the project skips review."""
    if activity.status is Status.LOGGED and activity.project.skips_review:
        activity.status = Status.APPROVED
        activity.is_exempt = True
        activity.reviewed_at = now
        activity.status_reason = ""
        quality.judge_quality(activity)


def _check_version(activity: Activity, version: int) -> None:
    if activity.version != version:
        raise _stale_error(activity)


def _stale_error(activity: Activity) -> StaleVersion:
    status_label = STATUS_LABELS[activity.status]
    return StaleVersion(
        f"活动“{activity.title}”刚被别人改过，现在是“{status_label}”。请看过新内容，再决定怎样保存。"
    )


def _save(session: Session, activity: Activity, now: datetime) -> None:
    activity.updated_at = now  # so that a change of kinds or districts raises the version, too
    try:
        session.flush()
    except StaleDataError:
        raise StaleVersion("这场活动刚被别人改过，请看过新内容再保存。") from None


def _is_reviewer(user: User | None) -> bool:
    return user is None or user.may(Permission.REVIEW)


def _with_nonce(session: Session, nonce: str | None) -> Activity | None:
    if nonce is None:
        return None
    first: Activity | None = session.scalar(select(Activity).where(Activity.nonce == nonce))
    return first


def _check_own(first: Activity, by: User | None) -> Activity:
    """Refuse a nonce that another person has used."""
    if by is not None and first.created_by_id != by.id:
        raise Refused("这张表已被别人用来登记过，没有保存；请重新打开“记活动”再填一次。")
    return first


def _is_taken(session: Session, number: str) -> bool:
    return session.scalar(select(Activity.id).where(Activity.number == number)) is not None
