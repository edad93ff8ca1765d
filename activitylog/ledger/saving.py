"""Writing a workbook to its place: whole or not at all, texts as texts, in the house's few formats."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from activitylog.activities.rules import STATUS_LABELS
from activitylog.core.atomic_file import unwritable, whole_file
from activitylog.core.districts import BY_CODE
from activitylog.core.period import SHANGHAI
from activitylog.errors import BadInput
from activitylog.ledger.cells import MIDNIGHT, Moment, Start, clean
from activitylog.ledger.columns import Column, Kind, Sheet

LONGEST_CELL = 32_767  # characters, Excel's own limit
FIRST_EXCEL_YEAR = 1904  # days before are written as text: Excel counts its first weeks wrongly
JOINED_BY = "、"
Shown = str | int | float | date | None

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
    Kind.DAY: "yyyy-mm-dd",
    Kind.START: "General",  # Excel finds what suits the day, or day and time, that somebody types
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.COUNT: "0",
    Kind.MONEY: "0.00",
}


class Book:
    """A workbook being written, with the formats its cells take."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
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
        """A worksheet with the headings in place, kept in view, its columns in their width and format."""
        page = self._book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for position, column in enumerate(sheet.columns):
            width = _WIDE.get(column.field, _WIDTHS.get(column.kind, 16))
            page.set_column(position, position, width, self._by_kind.get(column.kind, self._as_text))
        for position, column in enumerate(sheet.columns):
            page.write_string(0, position, column.heading, self.heading)
        return page

    def write(self, page: Worksheet, row: int, sheet: Sheet, values: Mapping[str, Any]) -> None:
        """One record, its values by the sheet's fields; blanks are left out."""
        for position, column in enumerate(sheet.columns):
            shown = shown_value(column, values[column.field])
            if isinstance(shown, str):
                if shown:
                    page.write_string(row, position, _fitting(shown, column, sheet, row), self._as_text)
            elif isinstance(shown, date):
                kind = Kind.MOMENT if isinstance(shown, datetime) else Kind.DAY
                page.write_datetime(row, position, shown, self._by_kind[kind])
            elif shown is not None:
                page.write_number(row, position, shown, self._by_kind[column.kind])


def shown_value(column: Column, value: Any) -> Shown:
    """What stands in the cell: a text, a number, or a day or time of Excel's own; None for a blank."""
    return None if value is None or value == "" else _SHOWN.get(column.kind, _shown_text)(value)


def _shown_text(value: Any) -> Shown:
    return clean(str(value))


def _shown_names(value: Any) -> Shown:
    return JOINED_BY.join(value)


def _shown_districts(value: Any) -> Shown:
    return JOINED_BY.join(BY_CODE[code].name for code in value)


def _shown_day(value: date) -> Shown:
    return value if value.year >= FIRST_EXCEL_YEAR else value.isoformat()


def _shown_start(start: Start) -> Shown:
    if start.at is None:
        return _shown_day(start.on)
    local = datetime.combine(start.on, start.at)
    return local if local.year >= FIRST_EXCEL_YEAR else _written(local)


def _shown_moment(moment: Moment) -> Shown:
    """Excel's own time where it keeps it: midnight would read as no time, and seconds may be rounded."""
    if moment.at is None:
        return _shown_day(moment.on)
    local = moment.at.astimezone(SHANGHAI).replace(tzinfo=None)
    is_kept = local.second == local.microsecond == 0 and local.time() != MIDNIGHT
    return local if is_kept and local.year >= FIRST_EXCEL_YEAR else _written(local)


def _written(moment: datetime) -> str:
    is_minute = moment.second == moment.microsecond == 0
    return moment.isoformat(" ", "minutes" if is_minute else "auto")


_SHOWN: dict[Kind, Callable[[Any], Shown]] = {
    Kind.NAMES: _shown_names,
    Kind.DISTRICTS: _shown_districts,
    Kind.DAY: _shown_day,
    Kind.START: _shown_start,
    Kind.MOMENT: _shown_moment,
    Kind.COUNT: int,
    Kind.MONEY: lambda fen: float(fen / 100),
    Kind.YES_NO: lambda value: "是" if value else "否",
    Kind.STATUS: STATUS_LABELS.__getitem__,
}


def _fitting(text: str, column: Column, sheet: Sheet, row: int) -> str:
    if len(text) > LONGEST_CELL:
        raise BadInput(
            f"工作表“{sheet.name}”第 {row + 1} 行的“{column.heading}”有 {len(text)} 个字，"
            f"超过 Excel 单元格能放的 {LONGEST_CELL} 个字，请先缩短这条记录再导出。"
        )
    return text


@contextmanager
def new_book(path: Path, *, in_one_pass: bool = False) -> Iterator[Book]:
    """A workbook that takes its place at `path` once whole; `in_one_pass` keeps no rows in memory."""
    with whole_file(path, ".xlsx") as draft:
        try:
            with xlsxwriter.Workbook(str(draft), {"constant_memory": in_one_pass}) as book:
                yield Book(book)
        except XlsxWriterException as error:
            raise unwritable(path, error) from error
