"""The rows of cells that every kind of file becomes, and the place of each in its file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from activitylog.core.text.words import clean_text

_RULE = re.compile(r"[\s:|_‐-―─━-]+|={3,}")  # a cell or line that only draws a line


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line's cells by column; `continued` are the texts of merged cells that reach down into the row."""

    line: int
    columns: tuple[str, ...]
    is_in_table: bool = True
    continued: Mapping[int, str] = field(default_factory=dict)

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that are not empty, in order."""
        return tuple(cell for cell in self.columns if cell)

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet, or of a whole file without sheets (`name` is then empty)."""

    name: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class DeclarationFile:
    """A whole file: `file` names it, `remarks` are (line, sentence) about what was read with a doubt.

    Lines count on through the sheets; `place` gives a line's sheet and its row in it.
    """

    file: str
    sheets: tuple[Sheet, ...]
    remarks: tuple[tuple[int, str], ...] = ()
    offsets: tuple[tuple[int, str], ...] = ((0, ""),)

    @property
    def rows(self) -> tuple[TableRow, ...]:
        return tuple(row for sheet in self.sheets for row in sheet.rows)

    def place(self, line: int) -> tuple[str, int]:
        before, name = max((each for each in self.offsets if each[0] < line), default=(0, ""))
        return name, line - before


def table_row(
    line: int,
    texts: Sequence[str],
    *,
    is_in_table: bool = True,
    continued: Mapping[int, str] | None = None,
) -> TableRow:
    """A row of cleaned cells; cells that only draw a line are empty."""
    cells = [_cleaned(text) for text in texts]
    while cells and not cells[-1]:
        cells.pop()
    return TableRow(line, tuple(cells), is_in_table, continued or {})


def is_rule(text: str) -> bool:
    return _RULE.fullmatch(text) is not None


def _cleaned(text: str) -> str:
    cell = clean_text(text)
    return "" if is_rule(cell) else cell
