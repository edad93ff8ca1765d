"""What the rows of the other sheets would change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.ledger.activities import chunks
from activitylog.ledger.findings import Findings
from activitylog.ledger.matching import RecordRow, StoredRecord, paired
from activitylog.ledger.projects import Projects
from activitylog.ledger.record_kinds import RecordKind
from activitylog.ledger.rows import Row, Table
from activitylog.projects.models import Project

Identity = tuple[Any, ...]


@dataclass(slots=True)
class RecordPlan:
    """The changes to one kind of record; `updated` holds records as they stand with their new details."""

    kind: RecordKind
    new: list[RecordRow] = field(default_factory=list)
    updated: list[tuple[StoredRecord, dict[str, Any]]] = field(default_factory=list)
    unchanged: int = 0


def learn_activities(session: Session, tables: Iterable[Table], project_ids: dict[str, int | None]) -> None:
    """Add the projects of those activities that the rows name and the sheet 活动 does not hold."""
    named: set[Any] = {row.values.get("activity") for table in tables for row in table.rows}
    for chunk in chunks(sorted(named - project_ids.keys() - {None})):
        stored = select(Activity.number, Activity.project_id).where(Activity.number.in_(chunk))
        project_ids.update((number, project_id) for number, project_id in session.execute(stored))


class RecordPlanner:
    """Compares the rows of one sheet after another with what is stored."""

    def __init__(
        self,
        session: Session,
        projects: Projects,
        activity_projects: Mapping[str, int | None],
        findings: Findings,
    ) -> None:
        self._session = session
        self._projects = projects
        self._activity_projects = activity_projects
        self._findings = findings

    def plan(self, kind: RecordKind, table: Table) -> RecordPlan:
        """What the rows would change; what is wrong with them is told to the findings."""
        rows: dict[Identity, list[RecordRow]] = defaultdict(list)
        for row in table.rows:
            ready = self._ready(row, kind)
            if ready is not None:
                rows[_identity(kind, ready.values)].append(ready)
        stored = _stored(self._session, kind, rows)
        details = _details_given(kind, table.given)
        plan = RecordPlan(kind)
        for identity, same in rows.items():
            for ready, record in paired(same, stored.get(identity, ()), details):
                self._note(plan, ready, record, details)
        plan.new.sort(key=lambda ready: ready.number)
        return plan

    def _ready(self, row: Row, kind: RecordKind) -> RecordRow | None:
        """The row with its project and activity found, None when something in it is wrong."""
        sheet = kind.sheet
        activity = row.values.get("activity")
        is_known = activity is None or activity in self._activity_projects
        if not is_known:
            message = "没有这个编号的活动"
            self._findings.problem(message, sheet, row=row.number, field="activity", value=str(activity))
        name = self._projects.check_name(row, sheet, self._findings) if kind.has_project else None
        if row.bad or not is_known or (kind.has_project and name is None):
            return None
        values = {column.field: column.blank for column in sheet.columns} | row.values
        kind.complete(values)
        fault = kind.fault(values)
        if fault:
            self._findings.problem(fault, sheet, row=row.number, field=sheet.one_of[0])
            return None
        project_id = self._activity_projects.get(activity) if activity is not None else None
        if name is not None:
            values["project"] = name
            project_id = self._projects.find(name, _day(kind, values), project_id)
        return RecordRow(row.number, project_id, activity, values)

    def _note(
        self, plan: RecordPlan, row: RecordRow, record: StoredRecord | None, details: tuple[str, ...]
    ) -> None:
        if record is None:
            self._check_project(plan.kind, row)
            plan.new.append(row)
        elif record.is_withdrawn:
            message = "与一条已撤下的记录相同，没有重新登记；确需恢复的，请在页面上恢复那条记录。"
            self._findings.warning(message, sheet=plan.kind.sheet.name, row=row.number)
            plan.unchanged += 1
        elif any(record.values[name] != row.values[name] for name in details):
            plan.updated.append((record, {name: row.values[name] for name in details}))
        else:
            plan.unchanged += 1

    def _check_project(self, kind: RecordKind, row: RecordRow) -> None:
        if kind.has_project and row.project_id is None:
            day, name = _day(kind, row.values), row.values["project"]
            self._projects.tell_missing(row.number, kind.sheet, self._findings, name, day)


def _day(kind: RecordKind, values: Mapping[str, Any]) -> date:
    """The decisive day of a row in which every needed cell could be read."""
    day: date = next(values[name] for name in kind.days if values[name] is not None)
    return day


def _identity(kind: RecordKind, values: Mapping[str, Any]) -> Identity:
    """What makes two rows the same record; last year's undated milestone is not this year's."""
    return *(values.get(name) for name in kind.identity), _day(kind, values).year


def _details_given(kind: RecordKind, given: Collection[str]) -> tuple[str, ...]:
    """The details whose column the file has; what is worked out from required columns always."""
    headed = {column.field for column in kind.sheet.columns}
    return tuple(name for name in kind.details if name in given or name not in headed)


def _stored(
    session: Session, kind: RecordKind, rows: Mapping[Identity, list[RecordRow]]
) -> dict[Identity, list[StoredRecord]]:
    """The records that rows could stand for: of the projects named, in the time the rows span."""
    found: dict[Identity, list[StoredRecord]] = defaultdict(list)
    if not rows:
        return found
    statement = kind.stored()
    if kind.has_project:
        names = {row.values["project"] for same in rows.values() for row in same}
        statement = statement.where(Project.name.in_(names))
    if len(kind.days) == 1:
        spanned = {row.values[kind.days[0]] for same in rows.values() for row in same}
        statement = statement.where(kind.day.between(min(spanned), max(spanned)))
    for record in session.execute(statement, execution_options={"yield_per": 1000}):
        values = dict(record._mapping)
        identity = _identity(kind, values)
        if identity in rows:
            is_withdrawn = record.withdrawn_at is not None
            found[identity].append(StoredRecord(record.id, record.project_id, is_withdrawn, values))
    return found
