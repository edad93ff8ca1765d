"""Titles and page addresses of counted records: one query for each kind of record."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.dialects import Rows
from activitylog.expenses.models import Expense
from activitylog.indicators.models import ManualEntry
from activitylog.milestones.models import Milestone
from activitylog.publicity.models import MediaReport, Push


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a list shows it: on its `activity`'s page, else on `page` of its project."""

    title: str
    source: str = ""
    page: str = ""
    project_id: int | None = None
    activity: str = ""
    activity_title: str = ""
    link: str = ""
    note: str = ""

    @property
    def address(self) -> str:
        """The page that shows it; "" where there is none."""
        if self.activity:
            return f"/activities/{quote(self.activity)}"
        return f"/projects/{self.project_id}/{self.page}" if self.page and self.project_id else ""


Lookup: TypeAlias = Callable[[Session, Collection[int]], dict[int, Record]]


def activity_records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(
        select(Activity.id, Activity.number, Activity.title, Activity.project_id).where(Activity.id.in_(ids))
    )
    return {row.id: Record(row.title, project_id=row.project_id, activity=row.number) for row in rows}


def push_records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(_with_activity(Push, Push.title, Push.link, Push.batch).where(Push.id.in_(ids)))
    return {
        row.id: Record(
            row.title or "未填标题的推送",
            link=row.link,
            note=f"批次 {row.batch}" if row.batch else "",
            **_place(row),
        )
        for row in rows
    }


def media_report_records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    columns = (MediaReport.title, MediaReport.link, MediaReport.outlet, MediaReport.is_repost)
    rows = session.execute(_with_activity(MediaReport, *columns).where(MediaReport.id.in_(ids)))
    return {
        row.id: Record(
            row.title or "未填标题的报道",
            link=row.link,
            note=row.outlet + ("（转载）" if row.is_repost else ""),
            **_place(row),
        )
        for row in rows
    }


def milestone_records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(
        select(Milestone.id, Milestone.name, Milestone.kind, Milestone.project_id).where(
            Milestone.id.in_(ids)
        )
    )
    return {row.id: Record(row.name, project_id=row.project_id, note=row.kind) for row in rows}


def expense_records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    rows = session.execute(_with_activity(Expense, Expense.summary).where(Expense.id.in_(ids)))
    return {row.id: Record(row.summary, **_place(row)) for row in rows}


def manual_records(session: Session, ids: Collection[int]) -> dict[int, Record]:
    entries = session.scalars(select(ManualEntry).where(ManualEntry.id.in_(ids)))
    return {entry.id: Record(entry.reason, note=f"依据：{entry.evidence}") for entry in entries}


def _with_activity(model: type[Push] | type[MediaReport] | type[Expense], *columns: Any) -> Rows:
    return select(
        model.id,
        *columns,
        model.project_id,
        Activity.number,
        Activity.title.label("activity_title"),
    ).outerjoin(Activity, Activity.id == model.activity_id)


def _place(row: Any) -> dict[str, Any]:
    return {
        "project_id": row.project_id,
        "activity": row.number or "",
        "activity_title": row.activity_title or "",
    }
