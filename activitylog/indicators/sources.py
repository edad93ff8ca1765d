"""The kinds of record that can count: every trait of a source in its one entry, in display order."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.activities import facts as activity_facts
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.expenses import facts as spending_facts
from activitylog.expenses.models import Expense
from activitylog.indicators import facts as manual_facts
from activitylog.indicators.models import ManualEntry
from activitylog.indicators.queries import (
    Lookup,
    Record,
    activity_records,
    expense_records,
    manual_records,
    media_report_records,
    milestone_records,
    push_records,
)
from activitylog.milestones import facts as milestone_facts
from activitylog.milestones.models import Milestone
from activitylog.publicity import facts as publicity_facts
from activitylog.publicity.models import MediaReport, Push
from activitylog.surveys import facts as survey_facts
from activitylog.surveys.models import ExclusionDecision, PaperTally


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late records of a source are worded: `text` takes the due day and what `look_up` found."""

    look_up: Callable[[Session, Collection[int], Period], dict[int, Any]]
    text: Callable[[date, Any], str]
    verdict: str


def month_day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _activities(session: Session, ids: Collection[int], _period: Period) -> dict[int, Any]:
    rows = session.execute(select(Activity.id, Activity.held_on, Activity.status).where(Activity.id.in_(ids)))
    return {row.id: row for row in rows}


def _activity_text(due_on: date, found: Any) -> str:
    planned = f"计划{month_day(due_on)}"
    if found is None or found.held_on is None:
        return f"{planned}，没有举办记录"
    if found.held_on > due_on:
        return f"{planned}，{month_day(found.held_on)}举办"
    return planned if found.status is Status.APPROVED else f"{planned}，记录还没有审核通过"


def _first_pushes(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    published_on = func.min(Push.published_on).label("published_on")
    rows = session.execute(
        select(Activity.id, Activity.held_on, published_on)
        .outerjoin(
            Push,
            (Push.activity_id == Activity.id)
            & Push.withdrawn_at.is_(None)
            & (Push.published_on <= period.last_day),
        )
        .where(Activity.id.in_(ids))
        .group_by(Activity.id, Activity.held_on)
    )
    return {row.id: row for row in rows}


def _release_text(due_on: date, found: Any) -> str:
    if found is None or found.held_on is None:
        return f"应在{month_day(due_on)}前推送"
    held = f"{month_day(found.held_on)}举办"
    if found.published_on is None:
        return f"{held}，没有推送"
    return f"{held}，{month_day(found.published_on)}才推送"


def _milestones(session: Session, ids: Collection[int], period: Period) -> dict[int, Any]:
    rows = select(Milestone.id, Milestone.done_on).where(
        Milestone.id.in_(ids), Milestone.done_on <= period.last_day
    )
    return {row.id: row for row in session.execute(rows)}


def _milestone_text(due_on: date, found: Any) -> str:
    done = f"{month_day(found.done_on)}完成" if found else "没有完成"
    return f"应在{month_day(due_on)}完成，{done}"


LATE_ACTIVITY = Lateness(_activities, _activity_text, "没有按时举办")
LATE_RELEASE = Lateness(_first_pushes, _release_text, "没有按时发布信息")
LATE_MILESTONE = Lateness(_milestones, _milestone_text, "没有按时完成")


_CHUNK = 500  # ids a statement carries: SQLite takes a limited number of parameters


@dataclass(frozen=True, slots=True)
class TrailKind:
    """Audit entries of one object type that concern a source's records.

    The record is the entry's own object, or with `is_by_activity` the activity it belongs to.
    """

    object_type: str
    model: Any
    is_by_activity: bool = False

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        """The audit entry's column that holds the record's number."""
        return AuditEntry.activity_id if self.is_by_activity else AuditEntry.object_id


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record that can count.

    `key` is what its facts publish and postings hold beside the id of a row of `model`; `unit` is said of
    several, 3 场活动. `dates` are the columns it may count by, the decisive one first; `trail` the audit
    entries about it, its own first; `page` shows it under its project's address if it hangs on no activity.
    """

    key: str
    label: str
    unit: str
    model: Any
    dates: tuple[InstrumentedAttribute[Any], ...]
    trail: tuple[TrailKind, ...]
    titles: Lookup
    page: str = ""
    lateness: Lateness | None = None

    @property
    def object_type(self) -> str:
        """The audit trail's word for a row of its model."""
        return self.trail[0].object_type

    @property
    def is_activity(self) -> bool:
        """Whether its id is an activity's."""
        return self.model is Activity

    @property
    def hangs_on_activity(self) -> bool:
        """Whether its rows belong to an activity and count by the activity's kinds and state."""
        return hasattr(self.model, "activity_id")

    @property
    def is_made_of_others(self) -> bool:
        """Whether records that belong to an activity decide what it counts."""
        return any(kind.is_by_activity for kind in self.trail)

    def depends_on(self, model: Any) -> bool:
        """Whether a change to a record of the model may change what it counts for."""
        return any(kind.model is model for kind in self.trail)


_OF_ACTIVITY = TrailKind("activity", Activity)
ACTIVITY = Source(
    activity_facts.SOURCE,
    "活动",
    "场活动",
    Activity,
    dates=(Activity.held_on, Activity.planned_on),
    trail=(_OF_ACTIVITY,),
    titles=activity_records,
    lateness=LATE_ACTIVITY,
)
SURVEY = Source(
    survey_facts.SOURCE,
    "满意度问卷",
    "场活动",
    Activity,
    dates=(Activity.held_on,),
    trail=(
        _OF_ACTIVITY,
        TrailKind("tally", PaperTally, is_by_activity=True),
        TrailKind("ruling", ExclusionDecision, is_by_activity=True),
    ),
    titles=activity_records,
)
RELEASE = Source(
    publicity_facts.ACTIVITY_RELEASE,
    "信息发布",
    "场活动",
    Activity,
    dates=(Activity.held_on,),
    trail=(_OF_ACTIVITY, TrailKind("push", Push, is_by_activity=True)),
    titles=activity_records,
    lateness=LATE_RELEASE,
)
PUSH = Source(
    publicity_facts.PUSH,
    "公众号推送",
    "篇推送",
    Push,
    dates=(Push.published_on,),
    trail=(TrailKind("push", Push),),
    titles=push_records,
    page="publicity?show=pushes",
)
MEDIA_REPORT = Source(
    publicity_facts.MEDIA_REPORT,
    "媒体报道",
    "篇报道",
    MediaReport,
    dates=(MediaReport.published_on,),
    trail=(TrailKind("report", MediaReport),),
    titles=media_report_records,
    page="publicity?show=reports",
)
MILESTONE = Source(
    milestone_facts.SOURCE,
    "里程碑",
    "项工作",
    Milestone,
    dates=(Milestone.due_on, Milestone.done_on),
    trail=(TrailKind("milestone", Milestone),),
    titles=milestone_records,
    page="milestones",
    lateness=LATE_MILESTONE,
)
EXPENSE = Source(
    spending_facts.SOURCE,
    "支出",
    "笔支出",
    Expense,
    dates=(Expense.paid_on,),
    trail=(TrailKind("expense", Expense),),
    titles=expense_records,
    page="expenses",
)
MANUAL = Source(
    manual_facts.MANUAL,
    "人工填报",
    "笔填报",
    ManualEntry,
    dates=(ManualEntry.entered_on,),
    trail=(TrailKind("manual", ManualEntry),),
    titles=manual_records,
)
SOURCES = (ACTIVITY, SURVEY, RELEASE, PUSH, MEDIA_REPORT, MILESTONE, EXPENSE, MANUAL)
SOURCE_BY_KEY = {source.key: source for source in SOURCES}
if len(SOURCE_BY_KEY) != len(SOURCES):
    raise ValueError("two sources share a key")


def records_of(session: Session, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Record]:
    """The records by (source, id); a deleted one is listed without a title."""
    ids: dict[str, set[int]] = defaultdict(set)
    for key, source_id in keys:
        ids[key].add(source_id)
    return {
        (key, source_id): replace(record, source=key, page=source.page)
        for key, source_ids in ids.items()
        for source in [SOURCE_BY_KEY[key]]
        for source_id, record in _titled(session, source, source_ids).items()
    }


def _titled(session: Session, source: Source, ids: Collection[int]) -> dict[int, Record]:
    found = dict.fromkeys(ids, Record(f"（{source.label}已删除）"))
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        found |= source.titles(session, chunk)
    return found
