"""The rows of cells that every kind of file becomes, their places in it, and merged cells laid out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell's text, and how many columns and rows it covers from its upper left corner."""

    text: str
    width: int = 1
    height: int = 1


class Grid:
    """Places the cells of each row where those above left room, as browsers do."""

    def __init__(self) -> None:
        self._below: dict[int, tuple[int, str]] = {}  # by column: rows still covered, and the text

    def add_row(self, cells: Iterable[GridCell]) -> tuple[list[str], dict[int, str]]:
        """The texts by column, and by column the texts that merged cells above bring into the row."""
        continued = {column: text for column, (_, text) in self._below.items() if text}
        taken = set(self._below)
        self._below = {column: (rows - 1, text) for column, (rows, text) in self._below.items() if rows > 1}
        columns: list[str] = []
        at = 0
        for cell in cells:
            while at in taken:
                at += 1
            width = min(cell.width, MOST_COLUMNS)
            columns += [""] * (at - len(columns)) + [cell.text] + [""] * (width - 1)
            if cell.height > 1:
                for column in range(at, at + width):
                    self._below[column] = (cell.height - 1, cell.text if column == at else "")
            at += width
            if at > MOST_COLUMNS:
                break
        return columns, continued


def grid_rows(rows: Iterable[tuple[int, Iterable[GridCell]]]) -> Iterator[TableRow]:
    """The rows of one table, given the line and the cells of each."""
    grid = Grid()
    for line, cells in rows:
        columns, continued = grid.add_row(cells)
        yield table_row(line, columns, is_in_table=True, continued=continued)


def covered_rows(
    rows: Mapping[int, list[str]], merged: Iterable[tuple[int, int, int, int]]
) -> dict[int, dict[int, str]]:
    """By row and column the text of the merged area (top, left, bottom, right) that reaches down."""
    continued: dict[int, dict[int, str]] = {}
    for top, left, bottom, _right in merged:
        text = rows[top][left] if top in rows and left < len(rows[top]) else ""
        for row in range(top + 1, bottom + 1) if text else ():
            continued.setdefault(row, {})[left] = text
    return continued
