"""Lays the cells of a table with merged cells out by row and column."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from activitylog.projects.declaration.sources.rows import TableRow, table_row

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
