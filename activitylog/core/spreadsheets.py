"""Writes Excel workbooks: frozen headings, texts never interpreted as formulas."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.core.atomic_file import unwritable, write_atomically

LONGEST_CELL = 32_767  # characters, Excel's own limit
DAY = "yyyy-mm-dd"

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A heading, the column's width in characters, and the format of its cells."""

    heading: str
    width: int
    format: Format | None = None


@contextmanager
def new_workbook(path: Path, *, in_one_pass: bool = False) -> Iterator[Workbook]:
    """A workbook written atomically to `path`; `in_one_pass` keeps no rows in memory."""
    with write_atomically(path, ".xlsx") as draft:
        try:
            with Workbook(str(draft), {"constant_memory": in_one_pass}) as book:
                yield book
        except XlsxWriterException as error:
            raise unwritable(path, error) from error


def add_table(book: Workbook, name: str, columns: Iterable[SheetColumn], heading: Format) -> Worksheet:
    """A worksheet with the headings in its first row, frozen."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, column.width, column.format)
        sheet.write_string(0, position, column.heading, heading)
    return sheet


def write_cell(sheet: Worksheet, row: int, position: int, value: Cell, format_: Format | None = None) -> None:
    """Write one cell by the type of its value; None and an empty text leave it blank."""
    if isinstance(value, str):
        if value:
            sheet.write_string(row, position, value, format_)
    elif isinstance(value, date):
        sheet.write_datetime(row, position, value, format_)
    elif value is not None:
        sheet.write_number(row, position, value, format_)
