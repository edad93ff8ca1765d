"""Which row is which stored record, so that importing a file again adds nothing."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class StoredRecord:
    """A record as it stands."""

    id: int
    project_id: int
    is_withdrawn: bool
    values: dict[str, Any]


@dataclass(slots=True)
class RecordRow:
    """A row ready to be compared; `project_id` is None when its project is not declared for its year."""

    number: int
    project_id: int | None
    activity: str | None
    values: dict[str, Any]


def paired(
    rows: Sequence[RecordRow], records: Sequence[StoredRecord], details: Sequence[str]
) -> Iterator[tuple[RecordRow, StoredRecord | None]]:
    """Each row of one identity with the record it stands for, None for a new one.

    Equal details find each other first, then the k-th row left takes the k-th record left: those of the row's
    own project before others', withdrawn ones last.
    """
    own = rows[0].project_id
    ordered = sorted(records, key=lambda record: (record.is_withdrawn, record.project_id != own, record.id))
    by_details: defaultdict[Hashable, deque[StoredRecord]] = defaultdict(deque)
    for record in ordered:
        if not record.is_withdrawn:
            by_details[_said(record.values, details)].append(record)
    exact = {
        row.number: same.popleft() for row in rows if (same := by_details.get(_said(row.values, details)))
    }
    taken = {record.id for record in exact.values()}
    left = iter([record for record in ordered if record.id not in taken])
    for row in rows:
        yield row, exact.get(row.number) or next(left, None)


def _said(values: dict[str, Any], details: Sequence[str]) -> Hashable:
    return tuple(values[name] for name in details)
