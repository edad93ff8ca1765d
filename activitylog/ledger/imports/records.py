"""Compares the rows of the other sheets with the stored records of their kind, and plans the changes."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.ledger.imports.queries import ProjectNames, RecordRow, StoredRecord, chunks, match_rows
from activitylog.ledger.imports.record_kinds import Identity, LedgerRecordKind
from activitylog.ledger.imports.rules import is_current, is_unedited, warn_of_labels
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.rows import LedgerRow, LedgerTable
from activitylog.projects.models import Project

LARGEST_ID = 2**31 - 1


class RecordUpdate(NamedTuple):
    """A stored record, the details a row gives it, and the row's number and projects."""

    stored: StoredRecord
    new: dict[str, Any]
    row: int
    project_ids: tuple[int | None, ...] = ()


@dataclass(slots=True)
class RecordPlan:
    """The changes to one kind of record; `updated` holds stored records with their new details."""

    kind: LedgerRecordKind
    new: list[RecordRow] = field(default_factory=list)
    updated: list[RecordUpdate] = field(default_factory=list)
    unchanged: int = 0


def add_named_activities(
    session: Session,
    tables: Iterable[LedgerTable],
    project_ids: dict[str, int | None],
    projects: ProjectNames,
) -> None:
    """Add the projects of those activities that the rows name and the sheet 活动 does not hold."""
    named: set[Any] = {row.values.get("activity") for table in tables for row in table.rows}
    for chunk in chunks(sorted(named - project_ids.keys() - {None})):
        stored = select(Activity.number, Activity.project_id).where(
            Activity.number.in_(chunk), projects.visible(Activity.project_id)
        )
        project_ids.update((number, project_id) for number, project_id in session.execute(stored))


class RecordPlanner:
    """Compares the rows of one sheet after another with what is stored."""

    def __init__(
        self,
        session: Session,
        projects: ProjectNames,
        activity_projects: Mapping[str, int | None],
        findings: LedgerFindings,
    ) -> None:
        self._session = session
        self._projects = projects
        self._activity_projects = activity_projects
        self._findings = findings

    def plan(self, kind: LedgerRecordKind, table: LedgerTable) -> RecordPlan:
        """The changes the rows request; their problems are added to the findings."""
        exported = self._exported_records(kind, table)
        rows: dict[Identity, list[RecordRow]] = defaultdict(list)
        for row in table.rows:
            record_row = self._record_row(row, kind, exported.get(row.number))
            if record_row is not None:
                rows[kind.identity_of(record_row.values)].append(record_row)
        alike: dict[Hashable, tuple[str, Identity]] = {}
        stored = _stored_records(self._session, kind, rows, alike, self._projects)
        plan = RecordPlan(kind)
        for identity, same in rows.items():
            matched = list(match_rows(same, stored.get(identity, ()), kind.details, exported))
            first = next((row for row, record in matched if record is not None), matched[0][0])
            for record_row, record in matched:
                is_repeated = record is None and record_row is not first
                if is_repeated and self._is_left_out(kind, record_row, first):
                    plan.unchanged += 1
                elif record is None:
                    self._check_project(kind, record_row)
                    plan.new.append(record_row)
                else:
                    self._add_stored(plan, record_row, record, is_exported=record_row.number in exported)
        plan.new.sort(key=lambda record_row: record_row.number)
        self._warn_of_same_titles(plan, alike)
        warn_of_labels(plan.kind, plan.new, self._findings)
        return plan

    def _exported_records(self, kind: LedgerRecordKind, table: LedgerTable) -> dict[int, StoredRecord]:
        """The records that rows were exported from, by row number; of a row and its copies one has it."""
        copies: defaultdict[str, list[LedgerRow]] = defaultdict(list)
        for row in table.rows:
            if row.record:
                copies[row.record].append(row)
        ids = {int(number) for mark in copies if (number := mark.partition(".")[0]).isdecimal()}
        found: dict[str, StoredRecord] = {}
        for chunk in chunks(sorted(number for number in ids if number <= LARGEST_ID)):
            stored = kind.stored_records().where(kind.model.id.in_(chunk), self._projects.visible(Project.id))
            rows = self._session.execute(stored)
            found |= {record.mark: record for record in map(_stored_record, rows)}
        return {
            self._original(kind, same).number: found[mark] for mark, same in copies.items() if mark in found
        }

    def _original(self, kind: LedgerRecordKind, copies: Sequence[LedgerRow]) -> LedgerRow:
        """The row that was not edited among copies of one; a problem when all were."""
        if len(copies) == 1:
            return copies[0]
        unedited = [row for row in copies if is_unedited(kind.sheet, row)]
        if not unedited:
            numbers = "、".join(str(row.number) for row in copies)
            message = f"第 {numbers} 行是同一条记录导出的，都改过；哪些是新的，请清空那几行的“版本”一格"
            self._findings.add_problem(message, kind.sheet, row=copies[0].number)
        return (unedited or copies)[0]

    def _is_left_out(self, kind: LedgerRecordKind, row: RecordRow, first: RecordRow) -> bool:
        """Whether a row of the same identity as an earlier one makes no record; either way it is told."""
        sheet, place = kind.sheet, f"第 {first.number} 行"
        differs = any(row.values[name] != first.values[name] for name in kind.details)
        if kind.is_single and differs:
            message = f"与{place}是同一项，内容却不同，请只留一行"
            self._findings.add_problem(message, sheet, row=row.number)
        elif kind.is_single:
            message = f"与{place}是同一项，只登记一次。"
            self._findings.add_warning(message, sheet=sheet.name, row=row.number)
        elif sheet.one_of and "link" in sheet.one_of:
            message = f"与{place}是同一篇，只算一篇。"
            self._findings.add_warning(message, sheet=sheet.name, row=row.number)
        else:
            message = f"与{place}完全一样，会算两次；重复的请只留一行。"
            self._findings.add_warning(message, sheet=sheet.name, row=row.number)
        return kind.is_single

    def _warn_of_same_titles(self, plan: RecordPlan, alike: dict[Hashable, tuple[str, Identity]]) -> None:
        """Tell of new rows that may be an article stored, or in a row above, under another link."""
        for row in plan.new:
            key = plan.kind.title_key(row.values)
            if key is None:
                continue
            identity = plan.kind.identity_of(row.values)
            other, first = alike.setdefault(key, (f"第 {row.number} 行", identity))
            if _article_of(first) != _article_of(identity):
                message = f"与{other}同名同日，只是链接不同；如果是同一篇，请只留一条，否则会算两篇。"
                self._findings.add_warning(message, sheet=plan.kind.sheet.name, row=row.number)

    def _record_row(
        self, row: LedgerRow, kind: LedgerRecordKind, record: StoredRecord | None
    ) -> RecordRow | None:
        """The row with its project and activity looked up, None when it has a problem."""
        sheet = kind.sheet
        activity = row.values.get("activity")
        is_known = activity is None or activity in self._activity_projects
        if not is_known:
            message = "没有这个编号的活动"
            self._findings.add_problem(message, sheet, row=row.number, field="activity", value=str(activity))
        name = self._projects.check_name(row, sheet, self._findings) if kind.has_project else None
        if row.unreadable or not is_known or (kind.has_project and name is None):
            return None
        values = _row_values(row, kind, record)
        activity = values.get("activity")
        kind.add_derived_values(values)
        fault = kind.fault(values)
        if fault:
            self._findings.add_problem(fault, sheet, row=row.number, field=sheet.one_of[0])
            return None
        project_id = self._activity_projects.get(activity) if activity is not None else None
        if name is not None:
            values["project"] = name
            day = kind.decisive_day(values)
            project_id = self._projects.find(name, day, project_id, tells_of_december=kind.tells_of_december)
        unedited = record is not None and is_unedited(sheet, row)
        return RecordRow(
            row.number,
            project_id,
            activity,
            values,
            frozenset(row.values),
            row.version,
            unedited,
            self._activity_projects.get(activity) if activity is not None else None,
        )

    def _add_stored(
        self, plan: RecordPlan, row: RecordRow, record: StoredRecord, *, is_exported: bool
    ) -> None:
        kind = plan.kind
        new = {name: row.values[name] for name in _given_fields(kind, row, is_exported=is_exported)}
        is_moved = is_exported and (
            record.values.get("activity") != row.activity
            or (kind.has_project and record.project_id != row.project_id)
        )
        before = kind.respelled(record.values)
        if record.is_withdrawn:
            message = "与一条已撤下的记录相同，没有重新登记；确需恢复的，请在页面上恢复那条记录。"
            self._findings.add_warning(message, sheet=kind.sheet.name, row=row.number)
            plan.unchanged += 1
        elif (
            not is_moved and all(before[name] == value for name, value in new.items())
        ) or not self._is_current(kind, row, record, new):
            plan.unchanged += 1
        elif is_moved:
            message = (
                "这一条导出以后，在文件里换了项目或活动；请在页面上撤下原来的一条，再清空这一行的“版本”一格，"
                "作为新的一条导入"
            )
            self._findings.add_problem(message, kind.sheet, row=row.number)
        else:
            projects = (record.project_id, record.values.get("activity_project_id"), row.activity_project_id)
            plan.updated.append(RecordUpdate(record, new, row.number, projects))

    def _is_current(
        self, kind: LedgerRecordKind, row: RecordRow, record: StoredRecord, new: Mapping[str, Any]
    ) -> bool:
        values = {**record.values, **new}
        values.update(project=row.values.get("project"), activity=row.activity)
        before, after = kind.ledger_cells(record.values), kind.ledger_cells(values)
        return is_current(kind.sheet, row, before, after, self._findings)

    def _check_project(self, kind: LedgerRecordKind, row: RecordRow) -> None:
        if kind.has_project and row.project_id is None:
            day, name = kind.decisive_day(row.values), row.values["project"]
            self._projects.add_missing_project(row.number, kind.sheet, self._findings, name, day)


def _row_values(row: LedgerRow, kind: LedgerRecordKind, record: StoredRecord | None) -> dict[str, Any]:
    """The row's values; a blank cell has what is stored of the record that the row was exported from."""
    blank = {column.field: column.blank for column in kind.sheet.columns}
    stored = {} if record is None else kind.ledger_cells(record.values)
    return blank | {name: value for name, value in stored.items() if name in blank} | row.values


def _given_fields(kind: LedgerRecordKind, row: RecordRow, *, is_exported: bool) -> tuple[str, ...]:
    """The details whose cells are filled, and those derived from required columns.

    Of an exported row also what identifies the record: edited there, it stays the same record.
    """
    fields = kind.own_fields if is_exported else kind.details
    return tuple(name for name in fields if name in row.filled or name not in kind.headed)


def _article_of(identity: Identity) -> Any:
    """The key of the article, by which it is counted, on whatever activity it is."""
    return identity[2]


def _stored_records(
    session: Session,
    kind: LedgerRecordKind,
    rows: Mapping[Identity, list[RecordRow]],
    alike: dict[Hashable, tuple[str, Identity]],
    projects: ProjectNames,
) -> dict[Identity, list[StoredRecord]]:
    """The records the rows may match: of the projects named, between the first and the last day.

    What counts is added to `alike` by its title key.
    """
    found: dict[Identity, list[StoredRecord]] = defaultdict(list)
    dated: dict[Identity, list[StoredRecord]] = defaultdict(list)
    if not rows:
        return found
    statement = kind.stored_records().where(projects.visible(Project.id))
    if kind.has_project:
        names = {row.values["project"] for same in rows.values() for row in same}
        statement = statement.where(Project.name.in_(names))
    if len(kind.days) == 1:
        spanned = {row.values[kind.days[0]] for same in rows.values() for row in same}
        statement = statement.where(kind.day.between(min(spanned), max(spanned)))
    for record in session.execute(statement, execution_options={"yield_per": 1000}):
        values = dict(record._mapping)
        identity = kind.identity_of(kind.respelled(values))
        is_withdrawn = record.withdrawn_at is not None
        title_key = None if is_withdrawn else kind.title_key(values)
        if title_key is not None:
            alike.setdefault(title_key, (f"已登记的一篇（{values['link'] or '没有填链接'}）", identity))
        undated = kind.undated(identity) if kind.is_single else identity
        if identity in rows:
            found[identity].append(_stored_record(record))
        elif undated in rows:
            dated[undated].append(_stored_record(record))
    for undated, records in dated.items():
        if len(records) == 1 and undated not in found:
            found[undated] = records
    return found


def _stored_record(row: Row[Any]) -> StoredRecord:
    return StoredRecord(row.id, row.project_id, row.withdrawn_at is not None, dict(row._mapping))
