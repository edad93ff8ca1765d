"""Compares the rows of the sheet 活动 with the stored activities and plans the changes."""

from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.details import UNCOUNTED
from activitylog.activities.models import ActivityKind
from activitylog.activities.rules import AUDIENCE_GROUPS, NEED_HELD_ON, Status, groups_fault
from activitylog.core.text.words import JoinedWord
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.queries import ProjectNames, StoredActivity, stored_activities
from activitylog.ledger.imports.rules import is_current, ledger_cells
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.rows import LedgerRow, LedgerTable
from activitylog.office.queries import listed_kinds

# What an approval outlives: identity and status are not what is counted.
_NOT_COUNTED = frozenset({"number", "status", *UNCOUNTED})
_SAME = "与第 {} 行是同一个活动编号，内容也一样，只算一场。"


@dataclass(slots=True)
class ActivityChange:
    """The new values of an activity; `is_venue_unchanged` when the row does not change the venue.

    The number of a new activity may be blank until one is given.
    """

    row: LedgerRow
    project_id: int
    values: dict[str, Any]
    stored: StoredActivity | None
    is_venue_unchanged: bool = False

    @property
    def number(self) -> str:
        return self.values["number"] or ""

    @property
    def may_count(self) -> bool:
        """Whether it changes what a stored activity may count by."""
        stored = self.stored
        return (
            stored is None
            or stored.project_id != self.project_id
            or any(stored.values[name] != self.values[name] for name in stored.values.keys() - _NOT_COUNTED)
        )


@dataclass(slots=True)
class ActivityPlan:
    """The changes of one file, and the project ids of the file's activities by number."""

    changes: list[ActivityChange] = field(default_factory=list)
    unchanged: int = 0
    project_ids: dict[str, int | None] = field(default_factory=dict)


def plan_activities(
    session: Session,
    table: LedgerTable | None,
    projects: ProjectNames,
    findings: LedgerFindings,
    *,
    today: date,
) -> ActivityPlan:
    """Compare the rows with what is stored; the rows' activities are locked until the transaction ends."""
    plan = ActivityPlan()
    if table is None:
        return plan
    stored = stored_activities(session, {row.values.get("number") for row in table.rows} - {None})
    first_rows: dict[str, LedgerRow] = {}
    known_kinds = {*session.scalars(select(ActivityKind.name)), *listed_kinds(session)}
    for row in table.rows:
        if "kinds" in row.values:
            row.values["kinds"] = _split_kinds(row.values["kinds"], known_kinds)
        number = row.values.get("number")
        first = first_rows.setdefault(number, row) if number is not None else row
        if first is not row and first.values == row.values and not row.unreadable:
            findings.add_warning(_SAME.format(first.number), sheet=ACTIVITIES.name, row=row.number)
            continue
        change = _change(row, stored.get(number or ""), projects, findings, today=today)
        if number is not None and first is not row:
            message = f"活动编号与第 {first.number} 行重复"
            findings.add_problem(message, ACTIVITIES, row=row.number, field="number", value=number)
        if number is not None:
            plan.project_ids[number] = change.project_id if change else None
        if change is not None and changes_anything(change) and _is_current(change, projects, findings):
            plan.changes.append(change)
        elif change is not None:
            plan.unchanged += 1
    return plan


def _split_kinds(kinds: tuple[str, ...], known: set[str]) -> tuple[str, ...]:
    """The kinds, those joined by / or 和 split when every part is known."""
    split = (kind.words(known) if isinstance(kind, JoinedWord) else (kind,) for kind in kinds)
    return tuple(dict.fromkeys(chain.from_iterable(split)))


def _change(
    row: LedgerRow,
    stored: StoredActivity | None,
    projects: ProjectNames,
    findings: LedgerFindings,
    *,
    today: date,
) -> ActivityChange | None:
    """The change a row requests, None when the row has a problem."""
    if stored is not None and not projects.is_visible(stored.project_id):
        message = "这个编号是别的项目的活动，您不在那个项目里；新活动请把编号留空"
        findings.add_problem(message, ACTIVITIES, row=row.number, field="number", value=row.values["number"])
        return None
    name = projects.check_name(row, ACTIVITIES, findings)
    if name is None or not row.unreadable.isdisjoint({"planned_on", "held_on"}):
        return None
    values = merge_values(row, stored)
    project_id = _project_id(name, values, stored, projects)
    if project_id is None:
        projects.add_missing_project(row.number, ACTIVITIES, findings, name, _decisive_day(values))
    if row.unreadable:
        return None
    _check_held(row, values, today, findings)
    _check_groups(row, values, findings)
    if project_id is None:
        return None
    return ActivityChange(row, project_id, values, stored, _is_venue_unchanged(values, stored))


def _check_held(row: LedgerRow, values: dict[str, Any], today: date, findings: LedgerFindings) -> None:
    """Submitted and approved activities need a day held, today at the latest, as on the form."""
    held_on = values["held_on"]
    if values["status"] not in NEED_HELD_ON:
        return
    if held_on is None:
        findings.add_problem("待审核和已审核的活动要有举办日期", ACTIVITIES, row=row.number, field="held_on")
    elif held_on > today:
        message = "举办日期还没有到，状态请先写“计划”，办完再改"
        findings.add_problem(message, ACTIVITIES, row=row.number, field="held_on", value=held_on.isoformat())


def _check_groups(row: LedgerRow, values: dict[str, Any], findings: LedgerFindings) -> None:
    """The groups may not have more people than the activity, as on the form."""
    people = {name: values[name] for name in AUDIENCE_GROUPS.values()}
    fault = groups_fault(people.values(), heads=values["audience_onsite"] + values["audience_online"])
    if fault:
        field = next(name for name, heads in people.items() if heads)
        findings.add_problem(fault, ACTIVITIES, row=row.number, field=field, value=str(people[field]))


_BLANK: dict[str, Any] = {column.field: column.blank for column in ACTIVITIES.columns} | {"start_time": None}


def merge_values(row: LedgerRow, stored: StoredActivity | None) -> dict[str, Any]:
    """The row's values; what it leaves blank stays as stored, or blank on a new activity.

    The start time comes with the day held, else with the day planned; with neither it stays as stored.
    """
    before = stored.values if stored else _BLANK
    starts = {name: row.values[name] for name in ("held_on", "planned_on") if row.values.get(name)}
    times = [start.at for start in starts.values() if start.at is not None]
    values = before | row.values | {name: start.on for name, start in starts.items()}
    values["start_time"] = times[0] if times else before["start_time"]
    values.pop("project", None)
    values["kinds"] = tuple(sorted(values.get("kinds", ())))
    values["status"] = _new_status(row.values.get("status"), values, stored)
    return values


def _decisive_day(values: dict[str, Any]) -> date:
    """The day held, else the day planned; a row with neither is already a problem."""
    day: date = values["held_on"] or values["planned_on"]
    return day


def _project_id(
    name: str, values: dict[str, Any], stored: StoredActivity | None, projects: ProjectNames
) -> int | None:
    """The stored activity's project while name and day are unchanged, else that of the day's year."""
    day = _decisive_day(values)
    if (
        stored is not None
        and projects.name_of(stored.project_id) == name
        and _decisive_day(stored.values) == day
    ):
        return stored.project_id
    return projects.find(name, day)


def _new_status(given: Status | None, values: dict[str, Any], stored: StoredActivity | None) -> Status:
    """The status given; a blank leaves the stored one, so that importing again undoes no review."""
    if given is not None:
        return given
    before: Status | None = stored.values["status"] if stored else None
    if before is None or before is Status.PLANNED:
        return Status.LOGGED if values["held_on"] else Status.PLANNED
    return before


def _is_venue_unchanged(values: dict[str, Any], stored: StoredActivity | None) -> bool:
    if stored is None or values["venue"] != stored.values["venue"]:
        return False
    return (
        values["districts"] == stored.values["districts"]
        or values["districts"][:1] == (stored.venue_district,)
        or not values["venue"]
    )


def _is_current(change: ActivityChange, projects: ProjectNames, findings: LedgerFindings) -> bool:
    """Whether the row may change the activity: not when that was changed since the row was exported."""
    if change.stored is None:
        return True
    before = ledger_cells(change.stored.values, projects.name_of(change.stored.project_id))
    after = ledger_cells(change.values, projects.name_of(change.project_id))
    return is_current(ACTIVITIES, change.row, before, after, findings)


def changes_anything(change: ActivityChange) -> bool:
    stored = change.stored
    return (
        stored is None
        or stored.project_id != change.project_id
        or stored.values != change.values
        or not change.is_venue_unchanged
    )
