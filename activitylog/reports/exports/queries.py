"""The exports of a month that a user may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_to
from activitylog.reports.exports.models import PeriodExport


@dataclass(frozen=True, slots=True)
class ListedExport:
    """An export with the names of its project and its author."""

    export: PeriodExport
    project: str
    exported_by: str


def exports_of(session: Session, user: User, period: Period) -> Sequence[ListedExport]:
    """Every file made from the month, of all its revisions, the newest first."""
    rows = session.execute(
        select(PeriodExport, Project.name, User.name)
        .join(Project, Project.id == PeriodExport.project_id)
        .outerjoin(User, User.id == PeriodExport.exported_by_id)
        .where(PeriodExport.period == period, visible_to(user, PeriodExport.project_id))
        .options(joinedload(PeriodExport.file))
        .order_by(PeriodExport.id.desc())
    )
    return [ListedExport(export, project, by or "命令行") for export, project, by in rows]


def visible_export(session: Session, user: User, export_id: int) -> PeriodExport:
    """One file, or Missing when there is none the person may see."""
    found: PeriodExport | None = session.scalar(
        select(PeriodExport).where(PeriodExport.id == export_id, visible_to(user, PeriodExport.project_id))
    )
    if found is None:
        raise Missing("没有这个导出的文件，或您不在它的项目里；请从月份页进入。")
    return found
