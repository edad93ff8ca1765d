"""The steps of an upload, and the rows of its preview."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from itertools import groupby

from activitylog.errors import Problem
from activitylog.ledger.columns import SHEETS
from activitylog.ledger.imports.rules import FieldChange
from activitylog.ledger.reading.rows import LedgerRow, LedgerTable

LARGEST_WORKBOOK = 20 * 1024 * 1024  # bytes: five times a ledger of 20,000 activities
KEPT_FOR = timedelta(days=1)  # after which an upload and its preview are removed
MOST_UPLOADS = 30  # of one person within KEPT_FOR: 600 MB at the most
LONGEST_FILE_NAME = 60


class UploadStep(StrEnum):
    """How far an upload is."""

    CHECKING = "checking"
    ASSIGNING = "assigning"  # a person says which columns are which
    CHECKED = "checked"
    REFUSED = "refused"  # the file cannot be read
    IMPORTING = "importing"
    IMPORTED = "imported"


RUNNING = frozenset({UploadStep.CHECKING, UploadStep.IMPORTING})
# From which steps each may begin; one that was interrupted begins again.
BEGINS_AFTER = {
    UploadStep.CHECKING: frozenset({UploadStep.ASSIGNING, UploadStep.CHECKED, UploadStep.CHECKING}),
    UploadStep.IMPORTING: frozenset({UploadStep.CHECKED, UploadStep.IMPORTING}),
}


class RowDoubt(IntEnum):
    """How doubtful a row is, the worst first in the preview."""

    PROBLEM = 0
    WARNING = 1
    NONE = 2


RowPlace = tuple[str, int | None]  # sheet and row
Changes = tuple[tuple[str, str, str], ...]  # heading, old and new text


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What one row of the file changes and what is to be said of it; of a whole sheet when `row` is None.

    `findings` are column, sentence and whether it stops the import.
    """

    sheet: str
    row: int | None
    label: str
    is_new: bool
    changes: Changes
    findings: tuple[tuple[str, str, bool], ...]

    @property
    def doubt(self) -> RowDoubt:
        if any(is_problem for _, _, is_problem in self.findings):
            return RowDoubt.PROBLEM
        return RowDoubt.WARNING if self.findings else RowDoubt.NONE


_ORDER = {sheet.name: position for position, sheet in enumerate(SHEETS)}


def preview_rows(
    tables: Mapping[str, LedgerTable],
    changes_of_stored: Iterable[FieldChange],
    changes_of_new: Iterable[FieldChange],
    problems: Sequence[Problem],
    warnings: Sequence[Problem],
) -> list[PreviewRow]:
    """Every row that changes something or is doubtful: doubtful ones first, then changed, then new ones."""
    changes = dict(changes_by_place(changes_of_stored))
    added = dict(changes_by_place(changes_of_new))
    new = added.keys()
    changes |= added
    findings = _findings(problems, warnings)
    labels: dict[RowPlace, LedgerRow] = {
        (table.sheet.name, row.number): row for table in tables.values() for row in table.rows
    }
    rows = [
        PreviewRow(
            *place,
            _label(labels.get(place)),
            place in new,
            changes.get(place, ()),
            tuple(findings.get(place, ())),
        )
        for place in dict.fromkeys((*findings, *changes))
    ]
    return ordered(rows)


def changes_by_place(changes: Iterable[FieldChange]) -> Iterator[tuple[RowPlace, Changes]]:
    """The changes of each row, in the order in which they come: row by row."""
    for place, of_row in groupby(changes, key=lambda change: (change.sheet, change.row)):
        yield place, tuple((change.field, change.old, change.new) for change in of_row)


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def ordered(rows: Iterable[PreviewRow]) -> list[PreviewRow]:
    return sorted(
        rows, key=lambda row: (row.doubt, row.is_new, _ORDER.get(row.sheet, len(_ORDER)), row.row or 0)
    )


def _findings(
    problems: Sequence[Problem], warnings: Sequence[Problem]
) -> dict[RowPlace, list[tuple[str, str, bool]]]:
    findings: dict[RowPlace, list[tuple[str, str, bool]]] = {}
    for is_problem, found in ((True, problems), (False, warnings)):
        for each in found:
            place = (each.sheet, each.row)
            findings.setdefault(place, []).append((each.column, finding_text(each), is_problem))
    return findings


def finding_text(problem: Problem) -> str:
    """The sentence without its place, which the table shows beside it."""
    return str(Problem(problem.message, value=problem.value, expected=problem.expected))


def _label(row: LedgerRow | None) -> str:
    """What a row is about: its number, and its title, name or summary."""
    if row is None:
        return ""
    named = (row.values.get(name) for name in ("title", "name", "summary"))
    texts = (row.values.get("number") or "", next(filter(None, named), row.values.get("activity") or ""))
    return " ".join(filter(None, texts))
