"""What a booked contribution came from: the title and place of each kind of record, one query per kind."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities import facts as activity_facts
from activitylog.activities.models import Activity
from activitylog.core.dialects import Rows
from activitylog.expenses import facts as expense_facts
from activitylog.expenses.models import Expense
from activitylog.indicators.facts import MANUAL
from activitylog.indicators.models import ManualEntry
from activitylog.milestones import facts as milestone_facts
from activitylog.milestones.models import Milestone
from activitylog.publicity import facts as publicity_facts
from activitylog.publicity.models import MediaReport, Push
from activitylog.surveys import facts as survey_facts

_CHUNK = 500  # ids a statement carries: SQLite takes a limited number of parameters


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a list shows it: where it stands (`activity`, else its project) and what it is called."""

    source: str
    title: str
    project_id: int | None = None
    activity: str = ""
    activity_title: str = ""
    link: str = ""
    note: str = ""


Lookup = Callable[[Session, Collection[int]], dict[int, Record]]
SOURCE_LABELS = {
    activity_facts.SOURCE: "活动",
    survey_facts.SOURCE: "满意度问卷",
    publicity_facts.ACTIVITY_RELEASE: "信息发布",
    publicity_facts.PUSH: "公众号推送",
    publicity_facts.MEDIA_REPORT: "媒体报道",
    milestone_facts.SOURCE: "里程碑",
    expense_facts.SOURCE: "支出",
    MANUAL: "人工填报",
}


def records_of(session: Session, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Record]:
    """The records by (source, id); one that is gone keeps its place without a title."""
    ids: dict[str, set[int]] = defaultdict(set)
    for source, source_id in wanted:
        ids[source].add(source_id)
    found = {source: _in_chunks(session, _LOOKUPS[source], source_ids) for source, source_ids in ids.items()}
    return {
        (source, source_id): found[source].get(source_id) or Record(source, f"（{label}已删除）")
        for source, source_ids in ids.items()
        for label in [SOURCE_LABELS[source]]
        for source_id in source_ids
    }


def _in_chunks(session: Session, lookup: Lookup, ids: Collection[int]) -> dict[int, Record]:
    found: dict[int, Record] = {}
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        found |= lookup(session, chunk)
    return found


def _activities(source: str) -> Lookup:
    def lookup(session: Session, ids: Collection[int]) -> dict[int, Record]:
        rows = session.execute(
            select(Activity.id, Activity.number, Activity.title, Activity.project_id).where(
                Activity.id.in_(ids)
            )
        )
        return {
            row.id: Record(source, row.title, project_id=row.project_id, activity=row.number) for row in rows
        }

    return lookup


def _articles(model: type[Push] | type[MediaReport]) -> Rows:
    return select(
        model.id,
        model.title,
        model.link,
        model.project_id,
        Activity.number,
        Activity.title.label("activity_title"),
    ).outerjoin(Activity, Activity.id == model.activity_id)


def _pushes(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(_articles(Push).add_columns(Push.batch).where(Push.id.in_(ids)))
    return {
        row.id: Record(
            publicity_facts.PUSH,
            row.title or "未填标题的推送",
            project_id=row.project_id,
            activity=row.number or "",
            activity_title=row.activity_title or "",
            link=row.link,
            note=f"批次 {row.batch}" if row.batch else "",
        )
        for row in rows
    }


def _media_reports(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(
        _articles(MediaReport)
        .add_columns(MediaReport.outlet, MediaReport.is_repost)
        .where(MediaReport.id.in_(ids))
    )
    return {
        row.id: Record(
            publicity_facts.MEDIA_REPORT,
            row.title or "未填标题的报道",
            project_id=row.project_id,
            activity=row.number or "",
            activity_title=row.activity_title or "",
            link=row.link,
            note=row.outlet + ("（转载）" if row.is_repost else ""),
        )
        for row in rows
    }


def _milestones(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(
        select(Milestone.id, Milestone.name, Milestone.kind, Milestone.project_id).where(
            Milestone.id.in_(ids)
        )
    )
    return {
        row.id: Record(milestone_facts.SOURCE, row.name, project_id=row.project_id, note=row.kind)
        for row in rows
    }


def _expenses(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(
        select(
            Expense.id,
            Expense.summary,
            Expense.project_id,
            Activity.number,
            Activity.title.label("activity_title"),
        )
        .outerjoin(Activity, Activity.id == Expense.activity_id)
        .where(Expense.id.in_(ids))
    )
    return {
        row.id: Record(
            expense_facts.SOURCE,
            row.summary,
            project_id=row.project_id,
            activity=row.number or "",
            activity_title=row.activity_title or "",
        )
        for row in rows
    }


def _manual_entries(session: Session, ids: Collection[int]) -> dict[int, Record]:
    entries = session.scalars(select(ManualEntry).where(ManualEntry.id.in_(ids)))
    return {entry.id: Record(MANUAL, entry.reason, note=f"依据：{entry.evidence}") for entry in entries}


_LOOKUPS: dict[str, Lookup] = {
    activity_facts.SOURCE: _activities(activity_facts.SOURCE),
    survey_facts.SOURCE: _activities(survey_facts.SOURCE),
    publicity_facts.ACTIVITY_RELEASE: _activities(publicity_facts.ACTIVITY_RELEASE),
    publicity_facts.PUSH: _pushes,
    publicity_facts.MEDIA_REPORT: _media_reports,
    milestone_facts.SOURCE: _milestones,
    expense_facts.SOURCE: _expenses,
    MANUAL: _manual_entries,
}
