"""Writes a ledger workbook: formats of its columns, values of its cells, and the empty one to fill in."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.activities.rules import FORMS, STATUS_LABELS, VENUE_KINDS
from activitylog.core.districts import BY_CODE, DISTRICTS
from activitylog.core.money import yuan_of
from activitylog.core.period import SHANGHAI
from activitylog.core.spreadsheets import DAY, LONGEST_CELL, Cell, add_table, new_workbook, write_cell
from activitylog.core.spreadsheets import SheetColumn as TableColumn
from activitylog.core.text.dates import Moment
from activitylog.core.text.words import clean_text
from activitylog.errors import BadInput
from activitylog.expenses.rules import KINDS as EXPENSE_KINDS
from activitylog.ledger.columns import CLEAR, GUIDE_SHEET, SHEETS, CellKind, LedgerColumn, LedgerSheet
from activitylog.ledger.reading.cells import MIDNIGHT, Start
from activitylog.milestones.rules import KINDS as MILESTONE_KINDS

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
    return clean_text(str(value))


def _words_cell(value: Any) -> Cell:
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
    CellKind.WORDS: _words_cell,
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


ROWS_WITH_LISTS = 20_000
ADVICE = (
    "每个工作表记一种内容，用不到的可以留空或删去；第一行的列名不要改，列的先后可以换。",
    "日期写成 2024-06-03，或用 Excel 的日期；金额以元为单位；几项并列用“、”隔开。",
    "活动的日期后面可以带开始时间，如 2024-06-03 14:00；没有写时间的，系统里已有的时间不变。",
    "项目写申报表中的项目名称，年度按这一行的日期；没有日期的行不能导入。",
    "空着的格子不改动系统里已有的内容；要去掉已有的内容，请在那一格写“清空”。",
    "有一处填错，整个文件都不会写入；系统会列出每一处的工作表、行、列和应填的内容。",
    "再次导入同一个文件不会重复：活动按编号更新，没有编号而与已登记的一样的、其他记录已有的不再添加；导入从不删除记录。",
    "状态留空的，新活动有举办日期的记为“待审核”，没有的记为“计划”；系统里已有的活动保持原来的状态。",
    "只有“已审核”的活动计入指标。",
    "质量达标是对整场活动的总评；以后在系统里勾选了质量检查的各项，就按各项是否都做到来算。",
)
# Suggestions only: other words are allowed, and 区 may list several.
_SUGGESTED = {
    "form": FORMS,
    "venue_kind": VENUE_KINDS,
    "districts": tuple(district.name for district in DISTRICTS),
    "kind": MILESTONE_KINDS,
    "expense_kind": EXPENSE_KINDS,
}


def write_template(path: Path) -> None:
    """Write the template; raises BadInput when the place cannot be written to."""
    with new_ledger(path) as book:
        _write_guide(book, book.plain_sheet(GUIDE_SHEET))
        for sheet in SHEETS:
            page = book.sheet(sheet)
            for position, column in enumerate(sheet.columns):
                _offer_list(page, position, column)


def _offer_list(page: Worksheet, position: int, column: LedgerColumn) -> None:
    choices = column.choices or _SUGGESTED.get(column.field, ())
    if not choices:
        return
    clearing = (CLEAR,) if column.choices and column.can_be_cleared else ()
    rule: dict[str, Any] = {"validate": "list", "source": [*choices, *clearing]}
    if column.choices:
        rule |= {"error_title": column.heading, "error_message": f"应为{column.expected}。"}
    else:
        rule |= {"show_error": False}
    page.data_validation(1, position, ROWS_WITH_LISTS, position, rule)


def _write_guide(book: LedgerWorkbook, page: Worksheet) -> None:
    page.set_column(0, 0, 12)
    page.set_column(1, 1, 14)
    page.set_column(2, 2, 10)
    page.set_column(3, 3, 56)
    page.set_column(4, 4, 34)
    page.write_string(0, 0, "台账填写说明", book.title)
    row = 1
    for advice in ADVICE:
        page.merge_range(row, 0, row, 4, advice, book.wrapped)
        row += 1
    for sheet in SHEETS:
        row = _write_columns(book, page, row + 1, sheet)


def _write_columns(book: LedgerWorkbook, page: Worksheet, row: int, sheet: LedgerSheet) -> int:
    """Describe one sheet's columns from `row` on; the row after the last is returned."""
    page.merge_range(row, 0, row, 4, f"{sheet.name}：{sheet.purpose}", book.wrapped)
    for position, heading in enumerate(("工作表", "列", "必填", "填什么", "例")):
        page.write_string(row + 1, position, heading, book.heading)
    row += 2
    for column in sheet.columns:
        cells = (sheet.name, column.heading, _need(sheet, column), column.expected, column.example)
        for position, text in enumerate(cells):
            page.write_string(row, position, text, book.wrapped)
        row += 1
    return row


def _need(sheet: LedgerSheet, column: LedgerColumn) -> str:
    if column.is_required:
        return "必填"
    return "至少一项" if column.field in sheet.one_of else ""
