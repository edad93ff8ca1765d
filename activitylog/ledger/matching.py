"""Matches rows with stored records, so that importing a file again adds nothing."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class StoredRecord:
    """A stored record and its values by field."""

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


def match_rows(
    rows: Sequence[RecordRow], records: Sequence[StoredRecord], details: Sequence[str]
) -> Iterator[tuple[RecordRow, StoredRecord | None]]:
    """Each row of one identity with its stored record, None for a new one.

    Rows and records of equal details are matched first, then the k-th row left with the k-th record left:
    those of the row's own project before others', withdrawn ones last.
    """
    own = rows[0].project_id
    ordered = sorted(records, key=lambda record: (record.is_withdrawn, record.project_id != own, record.id))
    by_details: defaultdict[Hashable, deque[StoredRecord]] = defaultdict(deque)
    for record in ordered:
        if not record.is_withdrawn:
            by_details[_detail_values(record.values, details)].append(record)
    exact = {
        row.number: same.popleft()
        for row in rows
        if (same := by_details.get(_detail_values(row.values, details)))
    }
    taken = {record.id for record in exact.values()}
    left = iter([record for record in ordered if record.id not in taken])
    for row in rows:
        yield row, exact.get(row.number) or next(left, None)


def _detail_values(values: dict[str, Any], details: Sequence[str]) -> Hashable:
    return tuple(values[name] for name in details)
