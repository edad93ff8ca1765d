"""Workbooks of an upload: one made of pasted rows, and the list of what was found and what changes."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from activitylog.core.spreadsheets import LONGEST_CELL, Cell, SheetColumn, add_table, new_workbook, write_cell
from activitylog.errors import BadInput
from activitylog.ledger.reading.cells import ERROR_PREFIX
from activitylog.ledger.uploads.queries import StoredRow
from activitylog.ledger.uploads.rules import PreviewRow

MOST_PASTED = 5000  # rows
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|#+)")
_FOUND = (("工作表", 10), ("行", 8), ("内容", 40), ("列", 14), ("要做什么", 12), ("说明", 80))
_CHANGED = (
    ("工作表", 10),
    ("行", 8),
    ("内容", 40),
    ("新增或更新", 12),
    ("导入", 8),
    ("列", 14),
    ("原来", 30),
)
_ALL_FIELDS = "全部"


def write_pasted(path: Path, sheet: str, text: str) -> None:
    """Write rows copied from Excel, the headings first, as a workbook of one sheet."""
    rows = pasted_rows(text)
    if len(rows) < 2:
        raise BadInput("请连同表头一起粘贴，至少一行表头、一行内容。", field="rows")
    if len(rows) > MOST_PASTED:
        message = f"一次最多粘贴 {MOST_PASTED:,} 行，这里有 {len(rows):,} 行；请上传文件。"
        raise BadInput(message, field="rows")
    if all(len(row) < 2 for row in rows):
        message = "没有分出列来：请在 Excel 里选中单元格复制，再粘贴到这里。"
        raise BadInput(message, field="rows")
    with new_workbook(path) as book:
        page = book.add_worksheet(sheet)
        for at, row in enumerate(rows):
            for position, cell in enumerate(row):
                write_cell(page, at, position, _cell(cell))


def pasted_rows(text: str) -> list[list[str]]:
    """The cells of copied rows: Excel puts one with a line break, a tab or a quote in quotes."""
    text = text.replace("\r\n", "\n").strip("\n")
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter="\t"))
    if text.count('"') % 2 or any("\t" in cell for row in rows for cell in row):
        rows = [line.split("\t") for line in text.split("\n")]
    return rows


def _cell(text: str) -> str:
    is_error = _ERROR.fullmatch(text.strip())
    return f"{ERROR_PREFIX}{text.strip()}" if is_error else text[:LONGEST_CELL]


def write_list(path: Path, rows: Iterable[StoredRow]) -> None:
    """Write what was found and what changes, row by row."""
    with new_workbook(path, in_one_pass=True) as book:
        found, changed = _sheet(book, "问题和提示", _FOUND), _sheet(book, "变化", (*_CHANGED, ("现在", 60)))
        found_at = changed_at = 1
        for _, row, _, is_ticked in rows:
            for line in _found_lines(row):
                _write(found, found_at, line)
                found_at += 1
            for line in _changed_lines(row, is_ticked=is_ticked):
                _write(changed, changed_at, line)
                changed_at += 1


def _sheet(book: Workbook, name: str, columns: Sequence[tuple[str, int]]) -> Worksheet:
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    heading = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
    return add_table(book, name, (SheetColumn(text, width, wrapped) for text, width in columns), heading)


def _write(page: Worksheet, at: int, cells: Iterable[Cell]) -> None:
    for position, cell in enumerate(cells):
        write_cell(page, at, position, cell[:LONGEST_CELL] if isinstance(cell, str) else cell)


def _found_lines(row: PreviewRow) -> Iterable[tuple[Cell, ...]]:
    for column, text, is_problem in row.findings:
        yield row.sheet, row.row, row.label, column, "请改正" if is_problem else "请核对", text


def _changed_lines(row: PreviewRow, *, is_ticked: bool) -> Iterable[tuple[Cell, ...]]:
    """A line for every field that changes, one for a whole new row."""
    if not row.changes:
        return
    head = (row.sheet, row.row, row.label, "新增" if row.is_new else "更新", "是" if is_ticked else "否")
    if row.is_new:
        yield *head, _ALL_FIELDS, "", "；".join(f"{heading} {new}" for heading, _, new in row.changes)
        return
    for heading, old, new in row.changes:
        yield *head, heading, old, new
