"""Writes records to a ledger workbook: the formats of its columns and the values of its cells."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.activities.rules import STATUS_LABELS
from activitylog.core.districts import BY_CODE
from activitylog.core.money import yuan_of
from activitylog.core.period import SHANGHAI
from activitylog.core.spreadsheets import DAY, LONGEST_CELL, Cell, add_table, new_workbook, write_cell
from activitylog.core.spreadsheets import SheetColumn as TableColumn
from activitylog.errors import BadInput
from activitylog.ledger.cells import MIDNIGHT, Moment, Start, clean
from activitylog.ledger.columns import CellKind, LedgerColumn, LedgerSheet

FIRST_EXCEL_YEAR = 1904  # days before are written as text: Excel counts its first weeks wrongly
JOINED_BY = "、"

_WIDTHS = {
    CellKind.DAY: 12,
    CellKind.START: 17,
    CellKind.MOMENT: 17,
    CellKind.COUNT: 10,
    CellKind.YES_NO: 10,
    CellKind.STATUS: 10,
    CellKind.MONEY: 14,
}
_WIDE = {"title": 36, "link": 40, "note": 36, "project": 24, "name": 30, "summary": 30}
_NUMBER_FORMATS = {
    CellKind.DAY: DAY,
    CellKind.START: "General",  # Excel chooses the format for the day, or day and time, that is typed
    CellKind.MOMENT: "yyyy-mm-dd hh:mm",
    CellKind.COUNT: "0",
    CellKind.MONEY: "0.00",
}


class LedgerWorkbook:
    """A ledger workbook being written, and the formats of its cells."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.heading = book.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "valign": "vcenter"}
        )
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self._by_kind = {
            kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()
        }
        self._as_text = book.add_format({"num_format": "@"})

    def plain_sheet(self, name: str) -> Worksheet:
        return self._book.add_worksheet(name)

    def sheet(self, sheet: LedgerSheet) -> Worksheet:
        """Add a worksheet with headings, column widths and formats."""
        columns = (
            TableColumn(
                column.heading,
                _WIDE.get(column.field, _WIDTHS.get(column.kind, 16)),
                self._by_kind.get(column.kind, self._as_text),
            )
            for column in sheet.columns
        )
        return add_table(self._book, sheet.name, columns, self.heading)

    def write(self, page: Worksheet, row: int, sheet: LedgerSheet, values: Mapping[str, Any]) -> None:
        """Write one record, given as values by field, into a row; blank values leave the cell empty."""
        for position, column in enumerate(sheet.columns):
            value = cell_value(column, values[column.field])
            if isinstance(value, str):
                _check_length(value, column, sheet, row)
            write_cell(page, row, position, value, self._format(column, value))

    def _format(self, column: LedgerColumn, value: Cell) -> Format:
        if isinstance(value, date):
            return self._by_kind[CellKind.MOMENT if isinstance(value, datetime) else CellKind.DAY]
        return self._as_text if isinstance(value, str | None) else self._by_kind[column.kind]


def cell_value(column: LedgerColumn, value: Any) -> Cell:
    """The content of a cell: a text, a number, or an Excel date or time; None for a blank."""
    return None if value is None or value == "" else _CELL_OF_KIND.get(column.kind, _text_cell)(value)


def _text_cell(value: Any) -> Cell:
    return clean(str(value))


def _names_cell(value: Any) -> Cell:
    return JOINED_BY.join(value)


def _districts_cell(value: Any) -> Cell:
    return JOINED_BY.join(BY_CODE[code].name for code in value)


def _day_cell(value: date) -> Cell:
    return value if value.year >= FIRST_EXCEL_YEAR else value.isoformat()


def _start_cell(start: Start) -> Cell:
    if start.at is None:
        return _day_cell(start.on)
    local = datetime.combine(start.on, start.at)
    return local if local.year >= FIRST_EXCEL_YEAR else _moment_text(local)


def _moment_cell(moment: Moment) -> Cell:
    """An Excel time for whole minutes, else a text: midnight reads as no time, seconds may be rounded."""
    if moment.at is None:
        return _day_cell(moment.on)
    local = moment.at.astimezone(SHANGHAI).replace(tzinfo=None)
    is_whole_minute = local.second == local.microsecond == 0 and local.time() != MIDNIGHT
    return local if is_whole_minute and local.year >= FIRST_EXCEL_YEAR else _moment_text(local)


def _moment_text(moment: datetime) -> str:
    is_minute = moment.second == moment.microsecond == 0
    return moment.isoformat(" ", "minutes" if is_minute else "auto")


_CELL_OF_KIND: dict[CellKind, Callable[[Any], Cell]] = {
    CellKind.NAMES: _names_cell,
    CellKind.DISTRICTS: _districts_cell,
    CellKind.DAY: _day_cell,
    CellKind.START: _start_cell,
    CellKind.MOMENT: _moment_cell,
    CellKind.COUNT: int,
    CellKind.MONEY: lambda fen: float(yuan_of(fen)),
    CellKind.YES_NO: lambda value: "是" if value else "否",
    CellKind.STATUS: STATUS_LABELS.__getitem__,
}


def _check_length(text: str, column: LedgerColumn, sheet: LedgerSheet, row: int) -> None:
    if len(text) > LONGEST_CELL:
        raise BadInput(
            f"工作表“{sheet.name}”第 {row + 1} 行的“{column.heading}”有 {len(text)} 个字，"
            f"超过 Excel 单元格能放的 {LONGEST_CELL} 个字，请先缩短这条记录再导出。"
        )


@contextmanager
def new_ledger(path: Path, *, in_one_pass: bool = False) -> Iterator[LedgerWorkbook]:
    """A workbook that replaces the file at `path` once complete; `in_one_pass` holds no rows in memory."""
    with new_workbook(path, in_one_pass=in_one_pass) as book:
        yield LedgerWorkbook(book)
