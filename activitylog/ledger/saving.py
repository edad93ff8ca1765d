"""Writing records to a ledger workbook: the formats of its columns and the words of its cells."""

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
from activitylog.core.spreadsheets import Column as TableColumn
from activitylog.errors import BadInput
from activitylog.ledger.cells import MIDNIGHT, Moment, Start, clean
from activitylog.ledger.columns import Column, Kind, Sheet

FIRST_EXCEL_YEAR = 1904  # days before are written as text: Excel counts its first weeks wrongly
JOINED_BY = "、"

_WIDTHS = {
    Kind.DAY: 12,
    Kind.START: 17,
    Kind.MOMENT: 17,
    Kind.COUNT: 10,
    Kind.YES_NO: 10,
    Kind.STATUS: 10,
    Kind.MONEY: 14,
}
_WIDE = {"title": 36, "link": 40, "note": 36, "project": 24, "name": 30, "summary": 30}
_NUMBER_FORMATS = {
    Kind.DAY: DAY,
    Kind.START: "General",  # Excel finds what suits the day, or day and time, that somebody types
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.COUNT: "0",
    Kind.MONEY: "0.00",
}


class Book:
    """A workbook being written, with the formats its cells take."""

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

    def sheet(self, sheet: Sheet) -> Worksheet:
        """A worksheet with the headings in place, its columns in their width and format."""
        columns = (
            TableColumn(
                column.heading,
                _WIDE.get(column.field, _WIDTHS.get(column.kind, 16)),
                self._by_kind.get(column.kind, self._as_text),
            )
            for column in sheet.columns
        )
        return add_table(self._book, sheet.name, columns, self.heading)

    def write(self, page: Worksheet, row: int, sheet: Sheet, values: Mapping[str, Any]) -> None:
        """One record, its values by the sheet's fields; blanks are left out."""
        for position, column in enumerate(sheet.columns):
            shown = shown_value(column, values[column.field])
            if isinstance(shown, str):
                _check_length(shown, column, sheet, row)
            write_cell(page, row, position, shown, self._format(column, shown))

    def _format(self, column: Column, shown: Cell) -> Format:
        if isinstance(shown, date):
            return self._by_kind[Kind.MOMENT if isinstance(shown, datetime) else Kind.DAY]
        return self._as_text if isinstance(shown, str | None) else self._by_kind[column.kind]


def shown_value(column: Column, value: Any) -> Cell:
    """What stands in the cell: a text, a number, or a day or time of Excel's own; None for a blank."""
    return None if value is None or value == "" else _SHOWN.get(column.kind, _shown_text)(value)


def _shown_text(value: Any) -> Cell:
    return clean(str(value))


def _shown_names(value: Any) -> Cell:
    return JOINED_BY.join(value)


def _shown_districts(value: Any) -> Cell:
    return JOINED_BY.join(BY_CODE[code].name for code in value)


def _shown_day(value: date) -> Cell:
    return value if value.year >= FIRST_EXCEL_YEAR else value.isoformat()


def _shown_start(start: Start) -> Cell:
    if start.at is None:
        return _shown_day(start.on)
    local = datetime.combine(start.on, start.at)
    return local if local.year >= FIRST_EXCEL_YEAR else _written(local)


def _shown_moment(moment: Moment) -> Cell:
    """Excel's own time where it keeps it: midnight would read as no time, and seconds may be rounded."""
    if moment.at is None:
        return _shown_day(moment.on)
    local = moment.at.astimezone(SHANGHAI).replace(tzinfo=None)
    is_kept = local.second == local.microsecond == 0 and local.time() != MIDNIGHT
    return local if is_kept and local.year >= FIRST_EXCEL_YEAR else _written(local)


def _written(moment: datetime) -> str:
    is_minute = moment.second == moment.microsecond == 0
    return moment.isoformat(" ", "minutes" if is_minute else "auto")


_SHOWN: dict[Kind, Callable[[Any], Cell]] = {
    Kind.NAMES: _shown_names,
    Kind.DISTRICTS: _shown_districts,
    Kind.DAY: _shown_day,
    Kind.START: _shown_start,
    Kind.MOMENT: _shown_moment,
    Kind.COUNT: int,
    Kind.MONEY: lambda fen: float(yuan_of(fen)),
    Kind.YES_NO: lambda value: "是" if value else "否",
    Kind.STATUS: STATUS_LABELS.__getitem__,
}


def _check_length(text: str, column: Column, sheet: Sheet, row: int) -> None:
    if len(text) > LONGEST_CELL:
        raise BadInput(
            f"工作表“{sheet.name}”第 {row + 1} 行的“{column.heading}”有 {len(text)} 个字，"
            f"超过 Excel 单元格能放的 {LONGEST_CELL} 个字，请先缩短这条记录再导出。"
        )


@contextmanager
def new_book(path: Path, *, in_one_pass: bool = False) -> Iterator[Book]:
    """A ledger that takes its place at `path` once whole; `in_one_pass` keeps no rows in memory."""
    with new_workbook(path, in_one_pass=in_one_pass) as book:
        yield Book(book)
