"""Finds the stored activity or record a row is about, and its project by name and year of the date."""

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.accounts.models import User
from activitylog.activities.models import (
    Activity,
    ActivityDistrict,
    ActivityKind,
    Venue,
    activity_kind_link,
)
from activitylog.core.text.words import word_key
from activitylog.ledger.columns import ACTIVITIES, LedgerSheet
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.rows import LedgerRow
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_to

CHUNK = 500  # values an IN may list
_NOT_OWN = {"number", "project", "kinds", "venue", "districts"}  # the identity, and what other tables hold
OWN_FIELDS = (
    *(column.field for column in ACTIVITIES.columns if column.field not in _NOT_OWN),
    "start_time",
)
REVIEW_FIELDS = (
    *("reviewed_by_id", "reviewed_at", "status_reason", "is_exempt", "quality_from_items"),
    *("written_by_id", "writers"),
)
Item = TypeVar("Item")


@dataclass(slots=True)
class StoredRecord:
    """A stored record and its values by field."""

    id: int
    project_id: int
    is_withdrawn: bool
    values: dict[str, Any]

    @property
    def mark(self) -> str:
        return record_mark(self.values)


@dataclass(slots=True)
class StoredActivity:
    """A stored activity: `values` by the ledger's fields, `review` by REVIEW_FIELDS."""

    id: int
    version: int
    project_id: int
    venue_id: int | None
    venue_district: str
    values: dict[str, Any]
    review: dict[str, Any]


@dataclass(slots=True)
class RecordRow:
    """A row ready to be compared; `project_id` is None when its project is not declared for its year.

    `values` are blank where a cell is; `filled` names the fields whose cells are not. `version` is that of an
    exported row, which `is_unedited` when the file still has what was exported. The activity may be of
    another project than the record.
    """

    number: int
    project_id: int | None
    activity: str | None
    values: dict[str, Any]
    filled: frozenset[str] = frozenset()
    version: str = ""
    is_unedited: bool = False
    activity_project_id: int | None = None


def record_mark(values: Mapping[str, Any]) -> str:
    """What an exported row carries of its record, to be found again whatever of it was edited.

    The moment of its making tells it from the record that has its id in another database.
    """
    made = sha256(values["created_at"].isoformat().encode()).hexdigest()
    return f"{values['id']}.{made[:6]}"


def match_rows(
    rows: Sequence[RecordRow],
    records: Sequence[StoredRecord],
    details: Sequence[str],
    exported: Mapping[int, StoredRecord] = MappingProxyType({}),
) -> Iterator[tuple[RecordRow, StoredRecord | None]]:
    """Each row of one identity with its stored record, None for a new one.

    A row in `exported`, by number, has the record it was written from. Of the others those of equal details
    are matched first, then the k-th row left with the k-th record left: those of the row's own project before
    others', withdrawn ones last.
    """
    reserved = {record.id for record in exported.values()}
    own = rows[0].project_id
    ordered = sorted(
        (record for record in records if record.id not in reserved),
        key=lambda record: (record.is_withdrawn, record.project_id != own, record.id),
    )
    by_details: defaultdict[Hashable, deque[StoredRecord]] = defaultdict(deque)
    for record in ordered:
        if not record.is_withdrawn:
            by_details[_detail_values(record.values, details)].append(record)
    exact = {row.number: exported[row.number] for row in rows if row.number in exported}
    exact |= {
        row.number: same.popleft()
        for row in rows
        if row.number not in exact and (same := by_details.get(_detail_values(row.values, details)))
    }
    taken = {record.id for record in exact.values()}
    left = iter([record for record in ordered if record.id not in taken])
    for row in rows:
        yield row, exact.get(row.number) or next(left, None)


def _detail_values(values: dict[str, Any], details: Sequence[str]) -> Hashable:
    return tuple(values[name] for name in details)


NAMES_SHOWN = 8


class ProjectNames:
    """Every project visible to the person by name and year, loaded once; a command sees all."""

    def __init__(self, session: Session, by: User | None) -> None:
        self._by = by
        sees_all = by is None or by.sees_all_projects
        self._missing = "没有这个项目" if sees_all else "没有这个项目，或您不在这个项目里"
        self._ids: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._names: dict[int, str] = {}
        self._years: dict[int, int] = {}
        stored = select(Project.id, Project.year, Project.name).where(visible_to(by, Project.id))
        stored = stored.order_by(Project.position, Project.id)
        for project_id, year, name in session.execute(stored):
            self._ids[name][year] = project_id
            self._names[project_id] = name
            self._years[project_id] = year
        self._spellings: dict[str, str] = {}
        for name in self._ids:
            self._spellings.setdefault(word_key(name), name)

    def visible(self, project_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """The condition that a record is of one of these projects."""
        return visible_to(self._by, project_id)

    def is_visible(self, project_id: int) -> bool:
        return project_id in self._names

    def name_of(self, project_id: int) -> str:
        return self._names[project_id]

    def year_of(self, project_id: int) -> int:
        return self._years[project_id]

    def known_name(self, text: str) -> str | None:
        """The name as declared, found also when written half-width or with other spaces."""
        return text if text in self._ids else self._spellings.get(word_key(text))

    def find(
        self, name: str, day: date, activity_project: int | None = None, *, tells_of_december: bool = False
    ) -> int | None:
        """The project so named in the day's year, else the activity's if so named.

        In January what `tells_of_december` belongs to its activity's project of the year before.
        """
        years = self._ids.get(name, {})
        own = activity_project if activity_project in years.values() else None
        if tells_of_december and day.month == 1 and own is not None and own == years.get(day.year - 1):
            return own
        return years.get(day.year, own)

    def check_name(self, row: LedgerRow, sheet: LedgerSheet, findings: LedgerFindings) -> str | None:
        """The declared name of the row's project; None, with a problem added, when no year has it."""
        if "project" in row.unreadable:
            return None
        name = self.known_name(row.values["project"])
        if name is None:
            findings.add_problem(
                f"{self._missing}，请先导入申报表或改正名称{self._hint(self._ids)}",
                sheet,
                row=row.number,
                field="project",
                value=row.values["project"],
            )
        return name

    def add_missing_project(
        self, row: int, sheet: LedgerSheet, findings: LedgerFindings, name: str, day: date
    ) -> None:
        """Add the problem that the project is not declared for the row's year."""
        others = [other for other, ids in self._ids.items() if day.year in ids]
        hint = self._hint(others) if others or not self._ids else "，也没有别的项目，请先导入那一年的申报表"
        findings.add_problem(
            f"{day.year} 年没有这个项目{hint}",
            sheet,
            row=row,
            field="project",
            value=name,
        )

    def _hint(self, names: Collection[str]) -> str:
        listed = list(dict.fromkeys(names))[:NAMES_SHOWN]
        return f"；现有：{'、'.join(listed)}" if listed else "；现在还没有任何项目"


def activity_rows() -> Select[Any]:
    """Activities with the columns of one row of the sheet, except kinds and districts."""
    own = (getattr(Activity, name) for name in (*OWN_FIELDS, *REVIEW_FIELDS))
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


def stored_activities(session: Session, numbers: Collection[Any]) -> dict[str, StoredActivity]:
    """The activities of these numbers, locked until the transaction ends."""
    found: dict[str, StoredActivity] = {}
    for chunk in chunks(numbers):
        rows = session.execute(
            activity_rows().where(Activity.number.in_(chunk)).with_for_update(of=Activity)
        ).all()
        for row, values in zip(rows, stored_values(session, rows), strict=True):
            review = {name: getattr(row, name) for name in REVIEW_FIELDS}
            found[row.number] = StoredActivity(
                row.id, row.version, row.project_id, row.venue_id, row.venue_district or "", values, review
            )
    return found


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
