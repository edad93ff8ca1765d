"""Writes a copy of an imported workbook with the numbers given to its new activities."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from activitylog.core.atomic_file import write_atomically
from activitylog.core.text.words import word_key
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.reading.headings import heading_of
from activitylog.ledger.reading.rows import HEADINGS_WITHIN

_NUMBER = ACTIVITIES.column("number").heading
_TITLE = ACTIVITIES.column("title").heading  # every ledger has this column


def write_numbered_copy(source: Path, path: Path, numbers: Mapping[int, str | None]) -> None:
    """Copy the workbook with a number in each of these rows of the sheet 活动."""
    book = load_workbook(source)
    try:
        for page in (page for page in book.worksheets if word_key(page.title) == ACTIVITIES.name):
            headings = dict(_headings(page))
            row = headings[_TITLE][0]
            column = headings.get(_NUMBER, (row, page.max_column + 1))[1]
            page.cell(row, column, _NUMBER)
            for number_row, number in numbers.items():
                page.cell(number_row, column, number).number_format = "@"
        with write_atomically(path, ".xlsx") as draft:
            book.save(draft)
    finally:
        book.close()


def _headings(page: Worksheet) -> Iterator[tuple[str, tuple[int, int]]]:
    """The headings of a sheet with their rows and columns."""
    for cells in page.iter_rows(max_row=HEADINGS_WITHIN):
        for cell in cells:
            if cell.value is not None:
                yield heading_of(cell.value), (cell.row, cell.column)
