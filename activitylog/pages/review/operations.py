"""Decides on several activities at once, and undoes a decision within a minute."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.operations import EarlierReview, change_status, undo_review
from activitylog.activities.queries import activity_by_number
from activitylog.activities.review.operations import ticked_items
from activitylog.activities.rules import QualityItem, Status, check_reason, is_quality_met, must_items
from activitylog.audit.capture import name_last_edit
from activitylog.audit.models import AuditEntry
from activitylog.errors import ActivityLogError, BadInput, Missing, Refused
from activitylog.pages.activity.queries import approval_before, undoable_decision


class RefusedActivity(NamedTuple):
    """An activity that was not decided, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecidedActivities:
    """The numbers of the activities decided, and those that stay as they were."""

    numbers: Sequence[str]
    refused: Sequence[RefusedActivity]


def activity_mark(activity: Activity) -> str:
    """An activity with the version a page shows of it, for `decide_several`."""
    return f"{activity.version}-{activity.number}"


def check_several(marks: Sequence[str], status: Status, reason: str) -> None:
    """Refuse a decision about nothing, and a return without a reason."""
    if not marks:
        raise BadInput("请先勾选活动，再点“通过所选”或“退回所选”。", field="reason")
    check_reason(status, reason)


def decide_several(
    session: Session, marks: Sequence[str], status: Status, *, reason: str, by: User, now: datetime
) -> DecidedActivities:
    """Approve or return the activities a page has marked; each that is refused stays, with its reason."""
    numbers, refused = [], []
    for mark in dict.fromkeys(marks):
        version, _, number = mark.partition("-")
        try:
            activity = activity_by_number(session, by, number)
            with session.begin_nested():
                change_status(
                    session,
                    activity,
                    status,
                    by=by,
                    now=now,
                    reason=reason,
                    checks=ticked_items(activity) if status is Status.APPROVED else None,
                    version=int(version) if version.isdecimal() and len(version) < 10 else 0,
                )
            numbers.append(activity.number)
        except Missing as refusal:
            refused.append(RefusedActivity(number, str(refusal)))
        except ActivityLogError as refusal:
            refused.append(RefusedActivity(activity.title, str(refusal)))
    return DecidedActivities(numbers, refused)


def undo_several(session: Session, numbers: Sequence[str], *, by: User, now: datetime) -> DecidedActivities:
    """Undo what the person has just decided about activities; each that is refused stays."""
    undone, refused = [], []
    for number in dict.fromkeys(numbers):
        try:
            undo_decision(session, activity_by_number(session, by, number), by=by, now=now)
            undone.append(number)
        except ActivityLogError as refusal:
            refused.append(RefusedActivity(number, str(refusal)))
    return DecidedActivities(undone, refused)


def undo_decision(session: Session, activity: Activity, *, by: User, now: datetime) -> None:
    """Undo the person's approval or return of the last minute, after which nothing was written."""
    entry = undoable_decision(session, activity, by=by, now=now)
    if entry is None:
        raise Refused(
            f"“{activity.title}”现在不能撤销：要在一分钟内由办理的人撤销，其间没有别的改动，也没有结账。"
            "通过错了的，请在活动页退回。"
        )
    undo_review(session, activity, _review_before(session, entry, activity), by=by, now=now)
    name_last_edit(session, "undone")


def _review_before(session: Session, entry: AuditEntry, activity: Activity) -> EarlierReview:
    """What the activity had before the decision of the entry, which says only what that changed."""
    before = json.loads(entry.before)
    review = EarlierReview(
        status=Status(before["status"]),
        reason=before.get("status_reason", activity.status_reason) or "",
        quality_met=before.get("quality_met", activity.quality_met),
        ticked=[QualityItem(item) for item in before.get("checks", ticked_items(activity))],
    )
    approval = approval_before(session, entry) if review.status is Status.APPROVED else None
    if approval is None:
        return review
    is_exempt = bool(before.get("is_exempt", activity.is_exempt))
    met = is_quality_met(must_items(activity.project.must_items), [check.item for check in activity.checks])
    return replace(
        review,
        is_exempt=is_exempt,
        quality_from_items=met == review.quality_met,  # else a ledger judged the whole
        reviewed_by_id=None if is_exempt else approval.user_id,
        reviewed_at=approval.at,
    )
