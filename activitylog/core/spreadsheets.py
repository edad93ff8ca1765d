"""Writes Excel workbooks: frozen headings, texts never taken for formulas, a letterhead on paper."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Generic, TypeVar

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.core.atomic_file import unwritable, write_atomically
from activitylog.core.period import SHANGHAI
from activitylog.errors import Refused

LONGEST_CELL = 32_767  # characters, Excel's own limit
LONGEST_SHEET_NAME = 31  # characters, Excel's own limit
MOST_LISTED = 100_000  # rows of a list sent to a browser: some ten seconds
DAY = "yyyy-mm-dd"
_A4 = 9  # Excel's number of the paper
MOMENT = "yyyy-mm-dd hh:mm"
CLOCK = "hh:mm"
WHOLE = "#,##0"
MONEY = "#,##0.00"

Cell = str | int | float | Decimal | date | time | None
Row = TypeVar("Row")
_NOT_IN_SHEET_NAMES = str.maketrans("", "", "[]:*?/\\'")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The office whose workbook it is: its name, and its logo as a PNG of print size; empty without."""

    office: str = ""
    logo: bytes = b""


_NO_LETTERHEAD = Letterhead()
_LETTERHEAD: ContextVar[Letterhead] = ContextVar("letterhead", default=_NO_LETTERHEAD)


@contextmanager
def under(letterhead: Letterhead) -> Iterator[None]:
    """Workbooks written meanwhile carry the letterhead."""
    before = _LETTERHEAD.set(letterhead)
    try:
        yield
    finally:
        _LETTERHEAD.reset(before)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A heading, the column's width in characters, and the format of its cells."""

    heading: str
    width: int
    format: Format | None = None


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[Row]):
    """A column of a list: its heading, the cell of a row, its width in characters, its number format.

    Without a format days, moments, times of day and whole numbers are shown as such.
    """

    heading: str
    cell: Callable[[Row], Cell]
    width: int = 14
    number_format: str = ""


def write_list(
    path: Path,
    name: str,
    columns: Sequence[ListColumn[Row]],
    rows: Iterable[Row],
    *,
    most: int = MOST_LISTED,
) -> None:
    """Write rows to a workbook of one sheet as they are read; memory does not grow. Refused beyond `most`."""
    with new_workbook(path, in_one_pass=True) as book:
        add_list(book, name, columns, rows, most=most)


def add_list(
    book: Workbook,
    name: str,
    columns: Sequence[ListColumn[Row]],
    rows: Iterable[Row],
    *,
    most: int = MOST_LISTED,
) -> None:
    """Add a sheet with the rows to a workbook that is written in one pass."""
    used = {DAY, MOMENT, CLOCK, WHOLE, *(column.number_format for column in columns)}
    formats = {each: book.add_format({"num_format": each}) for each in used if each}
    headings = [SheetColumn(column.heading, column.width) for column in columns]
    sheet_name = name.translate(_NOT_IN_SHEET_NAMES)[:LONGEST_SHEET_NAME]
    sheet = add_table(book, sheet_name, headings, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        if number > most:
            raise Refused(f"“{name}”超过 {most:,} 行，一次导不完；请加上年份等条件，分几次导出。")
        for position, column in enumerate(columns):
            value = column.cell(row)
            format_ = formats.get(column.number_format or _usual_format(value))
            write_cell(sheet, number, position, value, format_)


def _usual_format(value: Cell) -> str:
    """The number format of a value by its type; "" for texts and fractions."""
    if isinstance(value, datetime):
        return MOMENT
    if isinstance(value, date):
        return DAY
    if isinstance(value, time):
        return CLOCK
    return WHOLE if isinstance(value, int) else ""


@contextmanager
def new_workbook(path: Path, *, in_one_pass: bool = False) -> Iterator[Workbook]:
    """A workbook written atomically to `path`; `in_one_pass` keeps no rows in memory."""
    with write_atomically(path, ".xlsx") as draft:
        try:
            with Workbook(str(draft), {"constant_memory": in_one_pass}) as book:
                yield book
                _make_printable(book, _LETTERHEAD.get())
        except XlsxWriterException as error:
            raise unwritable(path, error) from error


def _make_printable(book: Workbook, letterhead: Letterhead) -> None:
    """Lay every sheet out on A4 across, as wide as the paper, with the letterhead above and pages counted."""
    if letterhead.office:
        book.set_properties({"company": letterhead.office, "author": letterhead.office})
    left = " ".join(filter(None, ("&G" if letterhead.logo else "", letterhead.office.replace("&", "&&"))))
    header = f"&L{left}&R&A" if left else "&R&A"
    for sheet in book.worksheets():
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        logo = {"image_left": "logo.png", "image_data_left": BytesIO(letterhead.logo)}
        sheet.set_header(header, {"margin": 0.3, **(logo if letterhead.logo else {})})
        sheet.set_footer("&C第 &P 页，共 &N 页")


def add_table(book: Workbook, name: str, columns: Iterable[SheetColumn], heading: Format) -> Worksheet:
    """A worksheet with the headings in its first row, frozen."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, column.width, column.format)
        sheet.write_string(0, position, column.heading, heading)
    return sheet


def write_cell(sheet: Worksheet, row: int, position: int, value: Cell, format_: Format | None = None) -> None:
    """Write one cell by the type of its value; None and an empty text leave it blank."""
    if isinstance(value, str):
        if value:
            sheet.write_string(row, position, value[:LONGEST_CELL], format_)
    elif isinstance(value, datetime):  # a cell knows no zone
        local = value if value.tzinfo is None else value.astimezone(SHANGHAI).replace(tzinfo=None)
        sheet.write_datetime(row, position, local, format_)
    elif isinstance(value, date | time):
        sheet.write_datetime(row, position, value, format_)
    elif value is not None:
        sheet.write_number(row, position, value, format_)
