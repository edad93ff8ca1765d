"""What the rows of the sheet 活动 would change."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from activitylog.activities.models import (
    Activity,
    ActivityDistrict,
    ActivityKind,
    Venue,
    activity_kind_link,
)
from activitylog.activities.rules import NEED_HELD_ON, Status
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.findings import Findings
from activitylog.ledger.projects import Projects
from activitylog.ledger.rows import Row, Table

CHUNK = 500  # values an IN may list
OWN_FIELDS = (
    "title",
    "form",
    "venue_kind",
    "planned_on",
    "held_on",
    "start_time",
    "audience_onsite",
    "audience_online",
    "quality_met",
    "status",
    "note",
)
STANDING_FIELDS = ("reviewed_by_id", "reviewed_at", "status_reason", "is_exempt", "quality_from_items")
Item = TypeVar("Item")


@dataclass(slots=True)
class StoredActivity:
    """An activity as it stands: `values` by the ledger's fields, `standing` as review left it."""

    id: int
    version: int
    project_id: int
    venue_id: int | None
    venue_district: str
    values: dict[str, Any]
    standing: dict[str, Any]


@dataclass(slots=True)
class ActivityChange:
    """What an activity is to become; `keeps_venue` when the row says nothing new about the place."""

    number: str
    project_id: int
    values: dict[str, Any]
    stored: StoredActivity | None
    keeps_venue: bool = False


@dataclass(slots=True)
class ActivityPlan:
    """The changes of one file, and the project of every activity a record may name."""

    changes: list[ActivityChange] = field(default_factory=list)
    unchanged: int = 0
    project_ids: dict[str, int | None] = field(default_factory=dict)


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def activity_rows() -> Select[Any]:
    """Activities with all that one row of the sheet holds, but kinds and districts."""
    own = (getattr(Activity, name) for name in (*OWN_FIELDS, *STANDING_FIELDS))
    return select(
        Activity.id,
        Activity.number,
        Activity.version,
        Activity.project_id,
        Activity.venue_id,
        Venue.name.label("venue"),
        Venue.district.label("venue_district"),
        *own,
    ).outerjoin(Venue, Venue.id == Activity.venue_id)


def stored_values(session: Session, rows: Collection[Any]) -> Iterator[dict[str, Any]]:
    """The ledger's fields of some rows of `activity_rows`, kinds and districts added."""
    ids = [row.id for row in rows]
    kinds: dict[int, list[str]] = {activity_id: [] for activity_id in ids}
    districts: dict[int, list[str]] = {activity_id: [] for activity_id in ids}
    link = activity_kind_link.c
    for activity_id, name in session.execute(
        select(link.activity_id, ActivityKind.name)
        .join(ActivityKind, ActivityKind.id == link.kind_id)
        .where(link.activity_id.in_(ids))
    ):
        kinds[activity_id].append(name)
    for activity_id, code in session.execute(
        select(ActivityDistrict.activity_id, ActivityDistrict.district)
        .where(ActivityDistrict.activity_id.in_(ids))
        .order_by(ActivityDistrict.activity_id, ActivityDistrict.position, ActivityDistrict.district)
    ):
        districts[activity_id].append(code)
    for row in rows:
        yield {
            "number": row.number,
            "kinds": tuple(sorted(kinds[row.id])),
            "districts": tuple(districts[row.id]),
            "venue": row.venue or "",
            **{name: getattr(row, name) for name in OWN_FIELDS},
        }


def plan_activities(
    session: Session, table: Table | None, projects: Projects, findings: Findings, *, today: date
) -> ActivityPlan:
    """Compare the rows with what is stored; the rows' activities are locked until the transaction ends."""
    plan = ActivityPlan()
    if table is None:
        return plan
    stored = _stored(session, {row.values.get("number") for row in table.rows} - {None})
    first_rows: dict[str, int] = {}
    for row in table.rows:
        number = row.values.get("number")
        change = _change(row, table.given, stored.get(number or ""), projects, findings, today=today)
        if number is None:
            continue
        if first_rows.setdefault(number, row.number) != row.number:
            _tell_twice(row, number, first_rows[number], findings)
        plan.project_ids[number] = change.project_id if change else None
        if change is not None and _changes_anything(change):
            plan.changes.append(change)
        elif change is not None:
            plan.unchanged += 1
    return plan


def _tell_twice(row: Row, number: str, first_row: int, findings: Findings) -> None:
    findings.problem(
        f"活动编号与第 {first_row} 行重复", ACTIVITIES, row=row.number, field="number", value=number
    )


def _stored(session: Session, numbers: Collection[Any]) -> dict[str, StoredActivity]:
    found: dict[str, StoredActivity] = {}
    for chunk in chunks(numbers):
        rows = session.execute(
            activity_rows().where(Activity.number.in_(chunk)).with_for_update(of=Activity)
        ).all()
        for row, values in zip(rows, stored_values(session, rows), strict=True):
            standing = {name: getattr(row, name) for name in STANDING_FIELDS}
            found[row.number] = StoredActivity(
                row.id, row.version, row.project_id, row.venue_id, row.venue_district or "", values, standing
            )
    return found


def _change(
    row: Row,
    given: frozenset[str],
    stored: StoredActivity | None,
    projects: Projects,
    findings: Findings,
    *,
    today: date,
) -> ActivityChange | None:
    """What the row asks for, None when it cannot be done."""
    name = projects.check_name(row, ACTIVITIES, findings)
    if name is None or not row.bad.isdisjoint({"planned_on", "held_on"}):
        return None
    values = _merged(row, given, stored)
    project_id = _project(name, values, stored, projects)
    if project_id is None:
        projects.tell_missing(row.number, ACTIVITIES, findings, name, _day(values))
    if row.bad:
        return None
    values["status"] = _status(row.values.get("status"), values, stored)
    _check_held(row, values, today, findings)
    if project_id is None:
        return None
    return ActivityChange(values["number"], project_id, values, stored, _keeps_venue(values, stored))


def _check_held(row: Row, values: dict[str, Any], today: date, findings: Findings) -> None:
    """What is submitted has been held; the day is today at the latest, as on the form."""
    held_on = values["held_on"]
    if values["status"] not in NEED_HELD_ON:
        return
    if held_on is None:
        findings.problem("待审核和已审核的活动要有举办日期", ACTIVITIES, row=row.number, field="held_on")
    elif held_on > today:
        message = "举办日期还没有到，状态请先写“计划”，办完再改"
        findings.problem(message, ACTIVITIES, row=row.number, field="held_on", value=held_on.isoformat())


_BLANK: dict[str, Any] = {column.field: column.blank for column in ACTIVITIES.columns} | {"start_time": None}


def _merged(row: Row, given: frozenset[str], stored: StoredActivity | None) -> dict[str, Any]:
    """The row's values; fields without a column stay as stored, or blank on a new activity.

    The start's time is told with the day held, else with the day planned; told with neither it stays, too.
    """
    before = stored.values if stored else _BLANK
    told = {name: value for name, value in row.values.items() if name in given}
    starts = {name: told[name] for name in ("held_on", "planned_on") if told.get(name) is not None}
    times = [start.at for start in starts.values() if start.at is not None]
    values = before | told | {name: start.on for name, start in starts.items()}
    values["start_time"] = times[0] if times else before["start_time"]
    values.pop("project", None)
    values["kinds"] = tuple(sorted(values.get("kinds", ())))
    return values


def _day(values: dict[str, Any]) -> date:
    """The decisive day: the one held on, else the one planned; a row with neither has been told of."""
    day: date = values["held_on"] or values["planned_on"]
    return day


def _project(
    name: str, values: dict[str, Any], stored: StoredActivity | None, projects: Projects
) -> int | None:
    """The stored activity's project while name and decisive day are what they were, else that of the day."""
    day = _day(values)
    if stored is not None and projects.name_of(stored.project_id) == name and _day(stored.values) == day:
        return stored.project_id
    return projects.find(name, day)


def _status(given: Status | None, values: dict[str, Any], stored: StoredActivity | None) -> Status:
    """The status given; blank leaves a stored one, so that importing again takes back no review."""
    if given is not None:
        return given
    before: Status | None = stored.values["status"] if stored else None
    if before is None or before is Status.PLANNED:
        return Status.LOGGED if values["held_on"] else Status.PLANNED
    return before


def _keeps_venue(values: dict[str, Any], stored: StoredActivity | None) -> bool:
    if stored is None or values["venue"] != stored.values["venue"]:
        return False
    return (
        values["districts"] == stored.values["districts"]
        or values["districts"][:1] == (stored.venue_district,)
        or not values["venue"]
    )


def _changes_anything(change: ActivityChange) -> bool:
    stored = change.stored
    return (
        stored is None
        or stored.project_id != change.project_id
        or stored.values != change.values
        or not change.keeps_venue
    )
