"""An activity's way told from the audit trail: its steps in plain words, and what changed between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.pages.trail.page import NOTHING, ChangedField, Line, lines

LATEST = 100  # entries read of one activity
_REASON = "原因"
_STEPS = {
    "planned": "登记计划",
    "logged": "提交审核",
    "counted": "提交，免审核，直接计入",
    "approved": "审核通过",
    "returned": "退回修改",
    "withdrawn": "取消",
    "restored": "恢复",
    "removed": "删除",
}
_STANDING = frozenset({"状态", _REASON, "免审核", "质量达标"})  # told by the step itself


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an activity's life: when, who, what, and the reason or the fields changed."""

    when: datetime
    who: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class Since:
    """What happened after a moment: the activity's fields then and now, and the entries of other records."""

    fields: Sequence[ChangedField]
    others: Sequence[Line]


def history_of(session: Session, activity_id: int) -> list[Line]:
    """The latest entries about the activity and what hangs on it, newest first."""
    wanted = select(AuditEntry).where(AuditEntry.activity_id == activity_id)
    return lines(session, session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(LATEST)).all())


def events(history: Iterable[Line]) -> list[Event]:
    """The activity's own entries as sentences."""
    return [_event(line) for line in history if line.entry.object_type == "activity"]


def _event(line: Line) -> Event:
    step = _STEPS.get(line.entry.action.rpartition(".")[2])
    if step is None:
        changed = "、".join(field.label for field in line.fields if field.label not in _STANDING)
        return Event(line.entry.at, line.entry.who, "修改", changed)
    reason = next((field.after for field in line.fields if field.label == _REASON), None)
    return Event(line.entry.at, line.entry.who, step, reason if reason and reason != NOTHING else "")


def since_return(history: Sequence[Line]) -> Since | None:
    """What changed after the latest return; None when there was none."""
    for place, line in enumerate(history):
        if line.entry.action == "activity.returned":
            return _told(history[:place])
    return None


def since_entry(history: Sequence[Line], seen: int) -> Since:
    """What was written after the entry numbered `seen`."""
    return _told([line for line in history if line.entry.id > seen])


def latest_entry(session: Session, activity_id: int) -> int:
    """The number of the newest entry about the activity, 0 when there is none."""
    wanted = select(func.max(AuditEntry.id)).where(AuditEntry.activity_id == activity_id)
    return session.scalar(wanted) or 0


def _told(newest_first: Sequence[Line]) -> Since:
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for line in reversed(newest_first):
        if line.entry.object_type == "activity":
            for field in line.fields:
                before.setdefault(field.label, field.before)
                after[field.label] = field.after
    return Since(
        fields=[
            ChangedField(label, before[label], after[label])
            for label in before
            if label not in _STANDING and before[label] != after[label]
        ],
        others=[line for line in newest_first if line.entry.object_type != "activity"],
    )
