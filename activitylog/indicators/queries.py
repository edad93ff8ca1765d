"""Reads indicators a person may see, unconfirmed rules, and titles and addresses of counted records."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.dialects import Rows
from activitylog.errors import Missing
from activitylog.expenses.models import Expense
from activitylog.indicators.models import ManualEntry, Rule
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.publicity.models import MediaReport, Push


def visible_indicator(session: Session, user: User, indicator_id: int) -> Indicator:
    """One indicator, or Missing when there is none the person may see."""
    indicator: Indicator | None = session.scalar(
        select(Indicator)
        .join(Project, Project.id == Indicator.project_id)
        .where(Indicator.id == indicator_id, visible_to(user, Project.id))
    )
    if indicator is None:
        raise Missing("没有这个指标，它可能已随申报表更换，或不在您的项目里；请从项目页重新进入。")
    return indicator


def unconfirmed_rules(session: Session, user: User, year: int) -> list[tuple[Project, int]]:
    """The projects with unconfirmed rules, and how many each has."""
    rows = session.execute(
        select(Project, func.count())
        .join(Indicator, Indicator.project_id == Project.id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.year == year, Rule.confirmed_at.is_(None), visible_to(user, Project.id))
        .group_by(Project.id)
        .order_by(Project.position, Project.id)
    )
    return [(project, count) for project, count in rows]


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
