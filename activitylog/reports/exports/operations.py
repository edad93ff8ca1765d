"""Exports a project's month: first read and write the workbook, then store it in a short transaction."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.errors import Refused
from activitylog.files.operations import add_stored_file
from activitylog.files.rules import EXCEL
from activitylog.files.store import FileStore, StoredContent
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.projects.models import Indicator, Project
from activitylog.reports.exports.models import PeriodExport
from activitylog.reports.exports.workbook import MOST_ROWS, ExportDescription, write_export
from activitylog.rollup.drilldown import all_contributions_to
from activitylog.rollup.models import Actual
from activitylog.rollup.queries import actuals

MOST_ROWS_ON_A_PAGE = 50_000  # some ten seconds


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A written workbook before it is entered in the database."""

    content: StoredContent
    name: str
    revision: int
    is_closed: bool


def export_project(
    session: Session,
    files: FileStore,
    project: Project,
    period: Period,
    *,
    by: User | None,
    now: datetime,
    most: int = MOST_ROWS,
) -> ExportedFile:
    """Write the month's actuals and the postings behind them; Refused when there are none, or too many."""
    if period.year != project.year:
        raise Refused(f"“{project.name}”是{project.year}年的项目，没有{period.label}的账。")
    rows = actuals(session, period, project_ids=[project.id])
    rolled_up_at = max((row.posted_at for row in rows if row.posted_at), default=None)
    if rolled_up_at is None:
        raise Refused(f"{period.label}还没有汇总，没有可以导出的数；请先汇总。")
    _check_size(session, project, period, most)
    revision = _revision(session, period)
    is_closed = session.get(Closing, period) is not None
    heading = ExportDescription(
        project=project.name,
        month=period.label,
        revision=revision,
        state="已结账" if is_closed else "未结账",
        rolled_up_at=rolled_up_at,
        exported_at=now,
        exported_by=by.name if by else "命令行",
    )
    name = f"{project.name}-{period}-第{revision}版账目.xlsx"
    with tempfile.TemporaryDirectory(dir=files.partial_folder) as folder:
        path = Path(folder) / "export.xlsx"
        postings = ((row, each) for row in rows for each in all_contributions_to(session, row, period))
        write_export(path, heading, rows, postings)
        with path.open("rb") as stream:
            return ExportedFile(files.put(stream, EXCEL), name[-120:], revision, is_closed)


def store_export(
    session: Session,
    exported: ExportedFile,
    project_id: int,
    period: Period,
    *,
    by: User | None,
    now: datetime,
) -> PeriodExport:
    """Enter the workbook with the revision it was made from."""
    stored = PeriodExport(
        period=period,
        revision=exported.revision,
        project_id=project_id,
        file=add_stored_file(session, exported.content, by_id=by.id if by else None, now=now),
        name=exported.name,
        is_closed=exported.is_closed,
        exported_by_id=by.id if by else None,
        exported_at=now,
    )
    session.add(stored)
    session.flush()
    return stored


def _check_size(session: Session, project: Project, period: Period, most: int) -> None:
    rows = session.scalar(
        select(func.sum(Actual.postings))
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .where(Indicator.project_id == project.id, Actual.period.between(period.first_of_year, period))
    )
    if (rows or 0) > most:
        raise Refused(
            f"“{project.name}”到{period.label}有 {rows:,} 笔入账，超过一次可以导出的 {most:,} 笔；"
            "请在各个指标的页面上逐个导出。"
        )


def _revision(session: Session, period: Period) -> int:
    ended = session.scalar(select(func.max(Reopening.revision)).where(Reopening.period == period))
    return (ended or 0) + 1
