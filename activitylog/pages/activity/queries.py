"""An activity's history read from the audit trail: its steps, and the fields changed between them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.audit.models import AuditEntry
from activitylog.indicators.closings.models import Closing
from activitylog.pages.trail.page import EMPTY_VALUE, ChangedField, TrailLine, trail_lines

MOST_ENTRIES = 100  # read of one activity, the latest
_DECISIONS = ("activity.approved", "activity.returned")
UNDO_WITHIN = timedelta(seconds=60)
_REASON = "原因"
_STEPS = {
    "planned": "登记计划",
    "logged": "提交审核",
    "counted": "提交，免审核，直接计入",
    "approved": "审核通过",
    "returned": "退回修改",
    "undone": "撤销审核决定",
    "withdrawn": "取消",
    "restored": "恢复",
    "removed": "删除",
}
_FIELDS_OF_STEPS = frozenset({"状态", _REASON, "免审核", "质量达标"})  # left out: the step says as much


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One step of an activity: when, who, what; `note` is the reason, or the labels of the fields changed."""

    when: datetime
    who: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class ActivityChanges:
    """Changes after a moment: fields of the activity then and now, and entries of records attached to it."""

    fields: Sequence[ChangedField]
    others: Sequence[TrailLine]


def history_of(session: Session, activity_id: int) -> list[TrailLine]:
    """The latest audit entries of the activity and of the records attached to it, newest first."""
    entries = select(AuditEntry).where(AuditEntry.activity_id == activity_id)
    return trail_lines(
        session, session.scalars(entries.order_by(AuditEntry.id.desc()).limit(MOST_ENTRIES)).all()
    )


def events(history: Iterable[TrailLine]) -> list[HistoryEvent]:
    """The activity's own entries as steps, in the order of `history`."""
    return [_event(line) for line in history if line.entry.object_type == "activity"]


def _event(line: TrailLine) -> HistoryEvent:
    step = _STEPS.get(line.entry.action.rpartition(".")[2])
    if step is None:
        changed = "、".join(field.label for field in line.fields if field.label not in _FIELDS_OF_STEPS)
        return HistoryEvent(line.entry.at, line.who, "修改", changed)
    reason = next((field.after for field in line.fields if field.label == _REASON), None)
    return HistoryEvent(line.entry.at, line.who, step, reason if reason and reason != EMPTY_VALUE else "")


def changes_since_return(history: Sequence[TrailLine]) -> ActivityChanges | None:
    """The changes after the latest return that was not undone; None when there is none."""
    undone = 0
    for position, line in enumerate(history):
        undone += line.entry.action == "activity.undone"
        if line.entry.action in _DECISIONS and undone:
            undone -= 1
        elif line.entry.action == "activity.returned":
            return _changes_in(history[:position])
    return None


def undoable_decision(session: Session, activity: Activity, *, by: User, now: datetime) -> AuditEntry | None:
    """The entry of the approval or return that the person may still undo: nothing was written after it."""
    latest = session.get(AuditEntry, latest_entry(session, activity.id))
    if latest is None or latest.action not in _DECISIONS or latest.user_id != by.id:
        return None
    is_closed = session.scalar(select(exists().where(Closing.closed_at >= latest.at)))
    if is_closed or now - latest.at > UNDO_WITHIN:
        return None
    was = json.loads(latest.before).get("status")
    is_known = was == Status.LOGGED or (was == Status.APPROVED and approval_before(session, latest))
    return latest if is_known else None


def approval_before(session: Session, entry: AuditEntry) -> AuditEntry | None:
    """The entry by which an activity was approved before this one; None when it is archived."""
    earlier = select(AuditEntry).where(
        AuditEntry.activity_id == entry.activity_id,
        AuditEntry.object_type == "activity",
        AuditEntry.id < entry.id,
        AuditEntry.action != "activity.undone",
    )
    newest_first = session.scalars(earlier.order_by(AuditEntry.id.desc()))
    return next((e for e in newest_first if json.loads(e.after).get("status") == Status.APPROVED), None)


def changes_after(history: Sequence[TrailLine], entry_id: int) -> ActivityChanges:
    """The changes written after the audit entry of this number."""
    return _changes_in([line for line in history if line.entry.id > entry_id])


def latest_entry(session: Session, activity_id: int) -> int:
    """The number of the activity's latest audit entry, 0 when there is none."""
    latest = select(func.max(AuditEntry.id)).where(AuditEntry.activity_id == activity_id)
    return session.scalar(latest) or 0


def _changes_in(newest_first: Sequence[TrailLine]) -> ActivityChanges:
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for line in reversed(newest_first):
        if line.entry.object_type == "activity":
            for field in line.fields:
                before.setdefault(field.label, field.before)
                after[field.label] = field.after
    return ActivityChanges(
        fields=[
            ChangedField(label, before[label], after[label])
            for label in before
            if label not in _FIELDS_OF_STEPS and before[label] != after[label]
        ],
        others=[line for line in newest_first if line.entry.object_type != "activity"],
    )
