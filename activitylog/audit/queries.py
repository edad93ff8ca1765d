"""Reads the audit trail, newest first, in bounded time however long it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from activitylog.audit.models import CHECKED, AuditEntry

PAGE_SIZE = 30
BATCH = 500  # entries held at a time while they are exported
WINDOW = 20_000  # entries searched by one statement when no single index answers the filters
WINDOWS = 25  # statements for one page
WINDOWS_READ = 2  # the same, when the text of every entry is read
SLACK = timedelta(days=1)  # of clocks of several hosts: numbers and moments may disagree by this much


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """The filters of the trail; empty fields filter nothing."""

    who: str = ""
    kind: str = ""
    project_id: int | None = None
    activity_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """One page; `older` is the number before which the next page begins, None at the end.

    `is_cut` when the search stopped before the page was full; the next page continues it.
    """

    entries: Sequence[AuditEntry]
    older: int | None
    is_cut: bool = False


def entries_found(
    session: Session, filters: TrailFilters, *, before: int | None = None, size: int = PAGE_SIZE
) -> FoundEntries:
    """The newest entries below number `before`."""
    span = _span(session, filters, before)
    if span is None:
        return FoundEntries((), None)
    first, last = span
    indexed, others = _indexed_conditions(filters), _other_conditions(filters)
    if filters.activity_id is not None or (len(indexed) <= 1 and not filters.text):
        found = _newest(session, [*indexed, *others], first, last, size + 1)
        more = found[:size][-1].id if len(found) > size else None
        return FoundEntries(found[:size], more)
    windows = WINDOWS_READ if filters.text else WINDOWS
    return _search_in_windows(session, [*indexed, *others], first, last, size, windows=windows)


def all_entries_found(session: Session, filters: TrailFilters) -> Iterator[Sequence[AuditEntry]]:
    """The same entries to the last one, in batches."""
    before: int | None = None
    while True:
        found = entries_found(session, filters, before=before, size=BATCH)
        yield found.entries
        if found.older is None:
            return
        before = found.older


def last_check(session: Session) -> AuditEntry | None:
    """The entry of the last check of the trail."""
    checks = select(AuditEntry).where(AuditEntry.object_type == "trail", AuditEntry.action == CHECKED)
    return session.scalar(checks.order_by(AuditEntry.id.desc()).limit(1))


def _search_in_windows(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    first: int,
    last: int,
    size: int,
    *,
    windows: int,
) -> FoundEntries:
    found: list[AuditEntry] = []
    for _ in range(windows):
        start = max(first, last - WINDOW + 1)
        found += _newest(session, conditions, start, last, size + 1 - len(found))
        if len(found) > size:
            return FoundEntries(found[:size], found[size - 1].id)
        last = start - 1
        if last < first:
            return FoundEntries(found, None)
    return FoundEntries(found, last + 1, is_cut=True)


def _newest(
    session: Session, conditions: Sequence[ColumnElement[bool]], first: int, last: int, size: int
) -> list[AuditEntry]:
    rows = select(AuditEntry).where(AuditEntry.id.between(first, last), *conditions)
    return list(session.scalars(rows.order_by(AuditEntry.id.desc()).limit(size)))


def _span(session: Session, filters: TrailFilters, before: int | None) -> tuple[int, int] | None:
    """The numbers between which the wanted entries lie."""
    first: int | None = 1
    last = session.scalar(select(func.max(AuditEntry.id)))
    if filters.since is not None:
        at = AuditEntry.at
        later = select(AuditEntry.id).where(at >= filters.since - SLACK)
        first = session.scalar(later.order_by(at, AuditEntry.id).limit(1))
    if filters.until is not None:
        at = AuditEntry.at
        earlier = select(AuditEntry.id).where(at < filters.until + SLACK)
        last = session.scalar(earlier.order_by(at.desc(), AuditEntry.id.desc()).limit(1))
    if first is None or last is None:
        return None
    return first, last if before is None else min(last, before - 1)


def _indexed_conditions(filters: TrailFilters) -> list[ColumnElement[bool]]:
    """The conditions an index answers by itself."""
    conditions: list[ColumnElement[bool]] = []
    if filters.who:
        conditions.append(AuditEntry.who == filters.who)
    if filters.kind:
        conditions.append(AuditEntry.object_type == filters.kind)
    if filters.project_id is not None:
        conditions.append(AuditEntry.project_id == filters.project_id)
    if filters.activity_id is not None:
        conditions.append(AuditEntry.activity_id == filters.activity_id)
    return conditions


def _other_conditions(filters: TrailFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.since is not None:
        conditions.append(AuditEntry.at >= filters.since)
    if filters.until is not None:
        conditions.append(AuditEntry.at < filters.until)
    if filters.text:
        written = AuditEntry.object_name + "\n" + AuditEntry.after + "\n" + AuditEntry.before
        conditions.append(written.icontains(filters.text, autoescape=True))
    return conditions
