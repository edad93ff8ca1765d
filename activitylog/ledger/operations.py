"""Imports a ledger workbook: all of it, or nothing and the list of its problems."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.catalogue import allocate_numbers
from activitylog.core.period import business_day
from activitylog.core.progress import Progress, no_progress
from activitylog.core.text.dates import Moment
from activitylog.errors import Problem, Refused
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.activities import (
    ActivityChange,
    ActivityPlan,
    plan_activities,
)
from activitylog.ledger.imports.changes import check_twins, leave_out_reverted_edits
from activitylog.ledger.imports.doubts import warn_of_doubts
from activitylog.ledger.imports.operations import BulkWriter
from activitylog.ledger.imports.queries import ProjectNames
from activitylog.ledger.imports.record_kinds import RECORD_KINDS
from activitylog.ledger.imports.records import (
    RecordPlan,
    RecordPlanner,
    add_named_activities,
)
from activitylog.ledger.imports.review import send_to_review
from activitylog.ledger.imports.rules import FieldChange, field_changes, ledger_cells
from activitylog.ledger.imports.words import warn_of_uncounted_words
from activitylog.ledger.reading.cells import Start
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.reader import read_ledger
from activitylog.ledger.reading.rows import LedgerTable, TablePlace
from activitylog.projects.models import Project


@dataclass(frozen=True, slots=True)
class SheetCount:
    """How many records of one sheet an import adds, updates and leaves."""

    new: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import adds and changes."""

    projects: ProjectNames
    activities: ActivityPlan
    records: Sequence[RecordPlan]

    @property
    def changes_of_stored(self) -> Iterator[FieldChange]:
        for change in self.activities.changes:
            if change.stored is not None:
                stored = change.stored
                before = ledger_cells(stored.values, self.projects.name_of(stored.project_id))
                after = ledger_cells(change.values, self.projects.name_of(change.project_id))
                yield from field_changes(ACTIVITIES, change.row.number, before, after)
        for records in self.records:
            kind = records.kind
            for stored_record, new, row, _ in records.updated:
                before = stored_record.values
                yield from field_changes(
                    kind.sheet, row, kind.ledger_cells(before), kind.ledger_cells(before | new)
                )

    @property
    def changes_of_new(self) -> Iterator[FieldChange]:
        for change in self.activities.changes:
            if change.stored is None:
                after = ledger_cells(change.values, self.projects.name_of(change.project_id))
                yield from field_changes(ACTIVITIES, change.row.number, {}, after)
        for records in self.records:
            for row in records.new:
                after = records.kind.ledger_cells(row.values)
                yield from field_changes(records.kind.sheet, row.number, {}, after)

    def counts(self, tables: Mapping[str, LedgerTable]) -> dict[str, SheetCount]:
        """The counts of the sheets the file has."""
        counts = {ACTIVITIES.name: _count_activities(self.activities)} if ACTIVITIES.name in tables else {}
        return counts | {records.kind.sheet.name: _count_records(records) for records in self.records}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The counts by sheet of an import, with `is_dry_run` of one not carried out; warnings stop nothing.

    `given_numbers` are those of new activities by row, None in a dry run. `changes` lists every field, those
    of stored records first, and is computed anew each time.
    """

    sheets: Mapping[str, SheetCount]
    warnings: tuple[Problem, ...]
    is_dry_run: bool
    given_numbers: Mapping[int, str | None]
    plan: ImportPlan
    place: TablePlace | None  # of the sheet with the activities

    @property
    def changes(self) -> Iterator[FieldChange]:
        yield from self.changes_of_stored
        yield from self.changes_of_new

    @property
    def changes_of_stored(self) -> Iterator[FieldChange]:
        return self.plan.changes_of_stored

    @property
    def changes_of_new(self) -> Iterator[FieldChange]:
        return self.plan.changes_of_new


def import_ledger(
    session: Session,
    path: Path,
    *,
    by: User | None,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> ImportReport:
    """Add the workbook's rows as records and update stored ones; raises LedgerError with all problems.

    Activities are identified by number, other records by the `identity` of `record_kinds.RECORD_KINDS`,
    equal rows being as many equal records; one that was withdrawn stays withdrawn. Nothing is deleted.
    A blank cell leaves a stored value as it is, and so does a missing column; 清空 empties it.
    """
    findings = LedgerFindings(path.name)
    tables = read_ledger(path, findings, progress)
    plan = plan_import(session, tables, findings, now=now, by=by)
    findings.raise_problems()
    unnumbered = [change for change in plan.activities.changes if not change.number]
    if not dry_run:
        store_import(session, plan, by=by, now=now, progress=progress)
    given_numbers = {change.row.number: change.number or None for change in unnumbered}
    place = tables[ACTIVITIES.name].place if ACTIVITIES.name in tables else None
    warnings = tuple(findings.warnings)
    return ImportReport(plan.counts(tables), warnings, dry_run, given_numbers, plan, place)


def plan_import(
    session: Session,
    tables: Mapping[str, LedgerTable],
    findings: LedgerFindings,
    *,
    now: datetime,
    by: User | None,
) -> ImportPlan:
    """What the rows would add and change; problems and warnings are added to the findings.

    A person imports into the projects they see, and what they import as approved is sent to another's
    review; a command's import is the office's act.
    """
    today = business_day(now)
    _warn_of_future(tables, today, findings)
    projects = ProjectNames(session, by)
    activities = plan_activities(session, tables.get(ACTIVITIES.name), projects, findings, today=today)
    leave_out_reverted_edits(session, activities, projects, findings)
    if by is not None:
        send_to_review(session, activities, findings)
    check_twins(session, activities, findings)
    add_named_activities(session, tables.values(), activities.project_ids, projects)
    planner = RecordPlanner(session, projects, activities.project_ids, findings)
    records = [
        planner.plan(kind, tables[kind.sheet.name]) for kind in RECORD_KINDS if kind.sheet.name in tables
    ]
    _warn_of_lost_rows(activities, records, findings)
    warn_of_uncounted_words(session, activities, records, findings)
    warn_of_doubts(session, activities, records, projects, findings)
    return ImportPlan(projects, activities, records)


def store_import(
    session: Session,
    plan: ImportPlan,
    *,
    by: User | None,
    now: datetime,
    progress: Progress = no_progress,
) -> None:
    """Write a plan without problems; new activities get their numbers."""
    changes = plan.activities.changes
    total = len(changes) + sum(len(records.new) + len(records.updated) for records in plan.records)
    by_id = None if by is None else by.id
    is_reviewed = select(Project.id).where(~Project.skips_review)
    reviewed = set() if by is None else set(session.scalars(is_reviewed))
    writer = BulkWriter(session, by_id=by_id, reviewed=reviewed, now=now, total=total, progress=progress)
    try:
        unnumbered = [change for change in changes if not change.number]
        writer.write_activities([change for change in changes if change.number])
        _give_numbers(session, unnumbered, plan.projects)
        writer.write_activities(unnumbered)
        for records in plan.records:
            writer.write_records(records)
        session.flush()
    except IntegrityError as error:
        raise Refused("导入期间有人登记了同样编号的活动，这次没有写入任何内容；请再导入一次。") from error
    session.expire_all()


def _warn_of_lost_rows(
    activities: ActivityPlan, records: Sequence[RecordPlan], findings: LedgerFindings
) -> None:
    """Tell of exported rows whose records are not found again, in the database that others are found in."""
    has_found = any(plan.unchanged or plan.updated for plan in records) or activities.unchanged
    if not has_found and all(change.stored is None for change in activities.changes):
        return
    for plan in records:
        for row in (row for row in plan.new if row.version):
            message = (
                "导出时有这一条，现在没有一样的了：可能有人改过它，或者这里改了链接、日期；"
                "按新的一条登记，请核对有没有重复。"
            )
            findings.add_warning(message, sheet=plan.kind.sheet.name, row=row.number)


def _give_numbers(session: Session, changes: Iterable[ActivityChange], projects: ProjectNames) -> None:
    """Number new activities in the order of their rows, after those that the file itself numbers."""
    by_year: defaultdict[int, list[ActivityChange]] = defaultdict(list)
    for change in changes:
        by_year[projects.year_of(change.project_id)].append(change)
    for year, of_year in sorted(by_year.items()):
        for change, number in zip(of_year, allocate_numbers(session, year, len(of_year)), strict=True):
            change.values["number"] = number


def _warn_of_future(tables: Mapping[str, LedgerTable], today: date, findings: LedgerFindings) -> None:
    """Warn of days in the future in columns for what has already happened."""
    for table in tables.values():
        columns = [column for column in table.sheet.columns if column.is_of_past]
        for row in table.rows:
            for column in columns:
                day = _day(row.values.get(column.field))
                if day is not None and day > today:
                    message = f"日期 {day.isoformat()} 还没有到，请核对。"
                    findings.add_warning(
                        message, sheet=table.sheet.name, row=row.number, column=column.heading
                    )


def _day(value: Moment | Start | date | None) -> date | None:
    return value.on if isinstance(value, Moment | Start) else value


def _count_activities(plan: ActivityPlan) -> SheetCount:
    new = sum(change.stored is None for change in plan.changes)
    return SheetCount(new, len(plan.changes) - new, plan.unchanged)


def _count_records(plan: RecordPlan) -> SheetCount:
    return SheetCount(len(plan.new), len(plan.updated), plan.unchanged)
