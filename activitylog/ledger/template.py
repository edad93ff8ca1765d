"""The empty ledger workbook, with drop-down lists and a page that says what to fill in."""

from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from activitylog.activities.rules import FORMS, VENUE_KINDS
from activitylog.core.districts import DISTRICTS
from activitylog.ledger.columns import GUIDE_SHEET, SHEETS, LedgerColumn, LedgerSheet
from activitylog.ledger.workbook import LedgerWorkbook, new_ledger
from activitylog.milestones.rules import KINDS

ROWS_WITH_LISTS = 20_000
ADVICE = (
    "每个工作表记一种内容，用不到的可以留空或删去；第一行的列名不要改，列的先后可以换。",
    "日期写成 2024-06-03，或用 Excel 的日期；金额以元为单位；几项并列用“、”隔开。",
    "活动的日期后面可以带开始时间，如 2024-06-03 14:00；没有写时间的，系统里已有的时间不变。",
    "项目写申报表中的项目名称，年度按这一行的日期；没有日期的行不能导入。",
    "有一处填错，整个文件都不会写入；系统会列出每一处的工作表、行、列和应填的内容。",
    "再次导入同一个文件不会重复：活动按编号更新，其他记录已有的不再添加；导入从不删除记录。",
    "状态留空的，新活动有举办日期的记为“待审核”，没有的记为“计划”；系统里已有的活动保持原来的状态。",
    "只有“已审核”的活动计入指标。",
    "质量达标是对整场活动的总评；以后在系统里勾选了质量检查的各项，就按各项是否都做到来算。",
)
# Suggestions only: other words are allowed, and 区 may list several.
_SUGGESTED = {
    "form": FORMS,
    "venue_kind": VENUE_KINDS,
    "districts": tuple(district.name for district in DISTRICTS),
    "kind": KINDS,
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
    rule: dict[str, Any] = {"validate": "list", "source": list(choices)}
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
