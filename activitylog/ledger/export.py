"""Exports a year's records as a ledger workbook that imports back unchanged."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.progress import Progress, no_progress
from activitylog.ledger.columns import ACTIVITIES, VERSION, LedgerSheet
from activitylog.ledger.imports.queries import activity_rows, record_mark, stored_values
from activitylog.ledger.imports.record_kinds import RECORD_KINDS, LedgerRecordKind
from activitylog.ledger.imports.rules import ledger_cells, row_version
from activitylog.ledger.workbook import LedgerWorkbook, new_ledger
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names_by

STAGE = "导出"
BATCH = 500  # records in memory at a time
Records = Iterator[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _SheetSource:
    """One sheet and the query of its records."""

    sheet: LedgerSheet
    records: Callable[[], Records]


def export_ledger(
    session: Session,
    *,
    year: int,
    project: str | None,
    path: Path,
    by: User | None = None,
    progress: Progress = no_progress,
) -> dict[str, int]:
    """Write the records of a year's projects, or of one and those below it; returns the counts by sheet.

    A person exports the projects they see; a command, nobody, all.

    Withdrawn records are left out; cancelled activities are included.
    """
    names = branch_names_by(session, year, project, by=by)
    parts = [_SheetSource(ACTIVITIES, lambda: _activities(session, names))]
    parts += [_SheetSource(kind.sheet, _record_source(session, kind, names)) for kind in RECORD_KINDS]
    counts: dict[str, int] = {}
    with new_ledger(path, in_one_pass=True) as book:
        for position, part in enumerate(parts):
            progress(STAGE, position, len(parts))
            counts[part.sheet.name] = _write(book, part)
    progress(STAGE, len(parts), len(parts))
    return counts


def _write(book: LedgerWorkbook, part: _SheetSource) -> int:
    sheet = replace(part.sheet, columns=(*part.sheet.columns, VERSION))
    page = book.sheet(sheet)
    row = 0
    for row, values in enumerate(part.records(), start=1):
        book.write(page, row, sheet, {**values, VERSION.field: _version(part.sheet, values)})
    return row


def _version(sheet: LedgerSheet, values: Mapping[str, Any]) -> str:
    """An activity is found by its number, any other record by its mark."""
    version = row_version(sheet, values)
    return version if sheet is ACTIVITIES else f"{version}-{record_mark(values)}"


def _record_source(
    session: Session, kind: LedgerRecordKind, names: Mapping[int, str]
) -> Callable[[], Records]:
    return lambda: _records(session, kind, names)


def _activities(session: Session, names: Mapping[int, str]) -> Records:
    statement = (
        activity_rows().where(Activity.project_id.in_(_ids(names))).order_by(Activity.happens_on, Activity.id)
    )
    streamed = session.execute(statement, execution_options={"yield_per": BATCH})
    for rows in streamed.partitions(BATCH):
        for row, values in zip(rows, stored_values(session, rows), strict=True):
            yield ledger_cells(values, names[row.project_id])


def _records(session: Session, kind: LedgerRecordKind, names: Mapping[int, str]) -> Records:
    model = kind.model
    statement = (
        kind.stored_records()
        .where(Project.id.in_(_ids(names)), model.withdrawn_at.is_(None))
        .order_by(kind.day, model.id)
    )
    for record in session.execute(statement, execution_options={"yield_per": BATCH}):
        yield kind.ledger_cells(dict(record._mapping))


def _ids(names: Mapping[int, str]) -> Collection[int]:
    return list(names)
