"""Finds or adds kinds and venues, and allocates numbers, safely against concurrent writers."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, select, tuple_, update
from sqlalchemy.orm import Session, joinedload

from activitylog.activities.models import Activity, ActivityCounter, ActivityKind, Venue
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import creation
from activitylog.core.dialects import insert_for

_CHUNK = 500  # rows a statement carries: SQLite takes a limited number of parameters
_SERIAL = re.compile(r"[0-9]{4}-([0-9]{4,6})")


class VenueDetails(NamedTuple):
    """A venue as written on a form or in a row; name and district identify it."""

    name: str
    district: str
    kind: str


def find_or_add_kinds(session: Session, names: Collection[str]) -> dict[str, ActivityKind]:
    """The kinds by name; new ones are added."""
    found = _kinds(session, names)
    missing = sorted(set(names) - set(found))
    if missing:
        _insert(session, ActivityKind.__table__, [{"name": name} for name in missing], kind="kind")
        found |= _kinds(session, missing)
    return found


def _kinds(session: Session, names: Collection[str]) -> dict[str, ActivityKind]:
    found: dict[str, ActivityKind] = {}
    for chunk in _chunks(dict.fromkeys(names)):
        kinds = session.scalars(select(ActivityKind).where(ActivityKind.name.in_(chunk)))
        found |= {kind.name: kind for kind in kinds}
    return found


def find_or_add_venues(session: Session, details: Collection[VenueDetails]) -> dict[tuple[str, str], Venue]:
    """The venues by (name, district); new ones are added, a merged one gives the venue it was merged into.

    A stored venue without kind takes the kind given.
    """
    keys = [detail[:2] for detail in details]
    found = _venues(session, keys)
    missing = {detail[:2]: detail for detail in details if detail[:2] not in found}
    if missing:
        _insert(session, Venue.__table__, [missing[key]._asdict() for key in sorted(missing)], kind="venue")
        found |= _venues(session, missing)
    for detail in details:
        venue = found[detail[:2]]
        if detail.kind and not venue.kind:
            venue.kind = detail.kind
    return found


def _venues(session: Session, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Venue]:
    found: dict[tuple[str, str], Venue] = {}
    for chunk in _chunks(dict.fromkeys(keys)):
        matching = select(Venue).where(tuple_(Venue.name, Venue.district).in_(chunk))
        venues = session.scalars(matching.options(joinedload(Venue.merged_into)))
        found |= {(venue.name, venue.district): venue.merged_into or venue for venue in venues}
    return found


def allocate_numbers(session: Session, year: int, count: int = 1) -> list[str]:
    """The next free numbers of the year, `2024-0001` first; numbers taken by an import are skipped."""
    numbers = _count_up(session, year, count)
    if _is_any_used(session, numbers):
        _skip_to(session, year, _highest_used(session, year))
        numbers = _count_up(session, year, count)
    return numbers


def _count_up(session: Session, year: int, count: int) -> list[str]:
    insert = insert_for(session, cast(Table, ActivityCounter.__table__)).values(year=year, last=count)
    last = session.scalar(
        insert.on_conflict_do_update(
            index_elements=[ActivityCounter.year], set_={"last": ActivityCounter.last + count}
        ).returning(ActivityCounter.last)
    )
    return [f"{year}-{serial:04d}" for serial in range(last - count + 1, last + 1)]


def _is_any_used(session: Session, numbers: Sequence[str]) -> bool:
    return any(
        session.scalar(select(Activity.id).where(Activity.number.in_(chunk)).limit(1)) is not None
        for chunk in _chunks(numbers)
    )


def _highest_used(session: Session, year: int) -> int:
    numbers = session.scalars(select(Activity.number).where(Activity.number.startswith(f"{year}-")))
    return max(int(match[1]) for number in numbers if (match := _SERIAL.fullmatch(number)))


def _skip_to(session: Session, year: int, last: int) -> None:
    session.execute(update(ActivityCounter).where(ActivityCounter.year == year).values(last=last))


def _insert(session: Session, table: Any, rows: Sequence[dict[str, Any]], *, kind: str) -> None:
    """Insert the rows that do not exist yet; sorted rows avoid deadlocks."""
    assert isinstance(table, Table)  # noqa: S101  (declared as the wider FromClause)
    columns = [column for column in table.c if column.name in rows[0]]
    for chunk in _chunks(rows):
        insert = insert_for(session, table).values(chunk).on_conflict_do_nothing()
        for added_id, *values in session.execute(insert.returning(table.c.id, *columns)).all():
            after = {column.name: value for column, value in zip(columns, values, strict=True)}
            record_changes(session, creation(kind, added_id, after["name"], after))


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
