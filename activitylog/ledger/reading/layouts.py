"""The layout of a sheet: where its headings are, and which of our columns an office's own stand for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType

from activitylog.core.text.words import word_key
from activitylog.ledger.columns import GUIDE_SHEET, SHEETS, VERSION, LedgerSheet
from activitylog.ledger.reading.rules import heading_of, resembling_column

MOST_HEADINGS = 100  # columns of one sheet
_FEWEST_ALIKE = 3  # headings that make an unknown sheet one of ours
_DIGITS = 32
OURS = MappingProxyType({sheet.name: sheet for sheet in SHEETS})


@dataclass(frozen=True, slots=True)
class FileSheet:
    """One filled sheet of a file: its name, the index of the row with its headings, and these."""

    name: str
    heading_row: int
    headings: tuple[str, ...]

    @property
    def signature(self) -> str:
        """The same for every file with a sheet of this name and these headings."""
        text = "\n".join((word_key(self.name), *self.headings))
        return sha256(text.encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Layout:
    """How an office's sheet is read: as which of ours, and which field each other heading stands for.

    An empty sheet or field is not imported.
    """

    sheet: str
    columns: Mapping[str, str] = field(default_factory=dict)


Layouts = Mapping[str, Layout]  # by the signature of the sheet
NO_LAYOUTS: Layouts = MappingProxyType({})


def file_sheet(name: str, upper: Sequence[Sequence[object]]) -> FileSheet:
    """The sheet of these upper rows; the row most like our headings, else the fullest, has its headings."""
    rows = [tuple(heading_of(cell) for cell in cells[:MOST_HEADINGS]) for cells in upper]
    ranked = [(_most_alike(row), sum(map(bool, row)), -index) for index, row in enumerate(rows)]
    index = -max(ranked)[2] if ranked else 0
    return FileSheet(name, index, rows[index] if rows else ())


def _most_alike(headings: Sequence[str]) -> int:
    return max(_alike(headings, sheet) for sheet in SHEETS)


def _alike(headings: Iterable[str], sheet: LedgerSheet) -> int:
    """How many of our sheet's columns the headings name or resemble."""
    missing = list(sheet.columns)
    for heading in filter(None, headings):
        column = resembling_column(heading, missing)
        if column is not None:
            missing.remove(column)
    return len(sheet.columns) - len(missing)


def is_version(heading: str) -> bool:
    return heading.startswith(VERSION.heading[:2])


def unknown_headings(found: FileSheet, sheet: LedgerSheet) -> list[str]:
    """The headings, each once, that are none of our sheet's."""
    known = {column.heading for column in sheet.columns}
    return [h for h in dict.fromkeys(found.headings) if h and h not in known and not is_version(h)]


def proposed_layout(found: FileSheet, sheet_name: str | None = None) -> Layout:
    """The layout by similarity, of the sheet given or of the most similar one of ours."""
    if sheet_name is None:
        sheet_name = word_key(found.name) if word_key(found.name) in OURS else _most_similar(found)
    if sheet_name not in OURS:
        return Layout("")
    sheet = OURS[sheet_name]
    missing = [column for column in sheet.columns if column.heading not in found.headings]
    columns: dict[str, str] = {}
    for heading in unknown_headings(found, sheet):
        column = resembling_column(heading, missing)
        columns[heading] = column.field if column else ""
        if column is not None:
            missing.remove(column)
    return Layout(sheet.name, columns)


def _most_similar(found: FileSheet) -> str:
    alike, _, name = max((_alike(found.headings, s), -i, s.name) for i, s in enumerate(SHEETS))
    return name if alike >= _FEWEST_ALIKE else ""


def sheets_to_assign(found: Sequence[FileSheet], layouts: Layouts) -> list[FileSheet]:
    """The sheets a person has to be asked about: columns that look like ours, or no sheet of ours at all."""
    given = [sheet for sheet in found if word_key(sheet.name) in OURS]
    assigned = [layouts[sheet.signature] for sheet in found if sheet.signature in layouts]
    names = {word_key(sheet.name) for sheet in given} | {layout.sheet for layout in assigned} - {""}
    asked = []
    for sheet in found:
        if sheet.signature in layouts or word_key(sheet.name) == GUIDE_SHEET:
            continue
        proposal = proposed_layout(sheet)
        if sheet in given:
            is_asked = any(proposal.columns.values()) or _lacks_needed(sheet, proposal)
        else:
            is_asked = not names or (proposal.sheet != "" and proposal.sheet not in names)
        if is_asked:
            asked.append(sheet)
    return asked


def _lacks_needed(found: FileSheet, proposal: Layout) -> bool:
    """Whether a needed column is missing that one of the unknown headings could be."""
    sheet = OURS[proposal.sheet]
    given = {column.field for column in sheet.columns if column.heading in found.headings}
    needed = {column.field for column in sheet.columns if column.is_required}
    has_one = not sheet.one_of or not given.isdisjoint(sheet.one_of)
    return bool(proposal.columns) and not (needed <= given and has_one)
