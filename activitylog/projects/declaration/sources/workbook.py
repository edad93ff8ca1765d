"""Reads the sheets of an Excel workbook (.xlsx) as Excel shows them: per cent, units of a number format."""

import re
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from activitylog.projects.declaration.document import plain_number
from activitylog.projects.declaration.sources.files import check_package, read_bytes, unusable
from activitylog.projects.declaration.sources.rows import (
    DeclarationFile,
    Sheet,
    TableRow,
    covered_rows,
    table_row,
)

MOST_CELLS = 500_000  # of one sheet, from A1 to its last row and column
# What damaged files make their readers raise.
_DAMAGED = (
    *(BadZipFile, InvalidFileException, ParseError, zlib.error, EOFError, OSError, RuntimeError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError),
)
_LITERAL_FIGURE = re.compile(r"=[\d,.\s]+(?:%|\(?[^\W\d_A-Za-z]{1,4}\)?|\(%\))?")
_QUOTED = re.compile(r'"([^"]*)"')
_NOT_SHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]')
_PLACEHOLDERS = re.compile(r"[0#?][0#?,.]*")
_SCALING = re.compile(r"[0#?],+(?![0#?])|[!\\]\.")  # a number format that shows thousands or moves the point


def read_workbook(path: Path) -> DeclarationFile:
    """Every visible sheet with its rows; lines count on from sheet to sheet."""
    content = read_bytes(path)
    check_package(path, content)
    try:
        book = load_workbook(BytesIO(content))
        values = load_workbook(BytesIO(content), data_only=True)
        return _source(path, book, values)
    except _DAMAGED as error:
        raise unusable(path, "这不是完好的 Excel 工作簿", "用 Excel 打开后另存的 .xlsx") from error


def _source(path: Path, book: Workbook, values: Workbook) -> DeclarationFile:
    sheets: list[Sheet] = []
    offsets: list[tuple[int, str]] = []
    remarks: list[tuple[int, str]] = []
    before = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            remarks.append((before, f"没有读隐藏的工作表“{sheet.title}”。"))
            continue
        _check_size(path, sheet)
        offsets.append((before, sheet.title))
        reader = _SheetReader(sheet, values[sheet.title], before)
        sheets.append(Sheet(sheet.title, tuple(row for row in reader.rows() if row.cells)))
        remarks += reader.remarks
        before += sheet.max_row
    return DeclarationFile(path.name, tuple(sheets), tuple(remarks), tuple(offsets))


def _check_size(path: Path, sheet: Worksheet) -> None:
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise unusable(
            path, f"工作表“{sheet.title}”一直用到第 {sheet.max_row} 行，放不下", "删去申报表以外的行和列"
        )


class _SheetReader:
    """The rows of one sheet; a formula is its calculated value, told, or the target it was meant to be."""

    def __init__(self, sheet: Worksheet, values: Worksheet, before: int) -> None:
        self._sheet, self._values, self._before = sheet, values, before
        self.remarks: list[tuple[int, str]] = []

    def rows(self) -> Iterator[TableRow]:
        texts = {
            number: [self._text(number, column, cell) for column, cell in enumerate(cells, 1)]
            for number, cells in enumerate(self._sheet.iter_rows(), 1)
        }
        areas = self._sheet.merged_cells.ranges
        merged = [(area.min_row, area.min_col - 1, area.max_row, area.max_col - 1) for area in areas]
        continued = covered_rows(texts, merged)
        for number, cells in texts.items():
            if self._sheet.row_dimensions[number].hidden and any(cells):
                self._remark(number, "这一行在表里是隐藏的，已照样读入。")
            yield table_row(
                self._before + number,
                cells,
                is_in_table=sum(map(bool, cells)) > 1 or number in continued,
                continued=continued.get(number),
            )

    def _text(self, row: int, column: int, cell: Cell | MergedCell) -> str:
        if cell.data_type != "f":
            return _shown(cell.value, str(cell.number_format))
        formula = str(cell.value)
        if _LITERAL_FIGURE.fullmatch(formula):
            return formula  # `=100.00(%)` typed into Excel is a target, not a sum
        value = self._values.cell(row, column).value
        if value is None:
            return formula
        shown = _shown(value, str(cell.number_format))
        self._remark(row, f"{cell.coordinate} 是公式，按存下的结果“{shown}”读入，请核对。")
        return shown

    def _remark(self, row: int, sentence: str) -> None:
        self.remarks.append((self._before + row, sentence))


def _shown(value: object, number_format: str) -> str:
    """A value about as Excel displays it, with every digit that is stored."""
    if value is None:
        return ""
    if isinstance(value, date):
        is_day = "d" in _NOT_SHOWN.sub("", number_format).lower()
        return f"{value:%Y-%m-%d}" if is_day else f"{value.year}年{value.month}月"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return _number(Decimal(repr(value)), number_format.split(";", maxsplit=1)[0])


def _number(number: Decimal, number_format: str) -> str:
    if _SCALING.search(_QUOTED.sub("", number_format)):
        return f"单元格格式显示的不是存下的{plain_number(number)}"
    if "%" in _QUOTED.sub("", number_format):
        return f"{plain_number(number * 100)}%"
    match = _PLACEHOLDERS.search(_QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), number_format))
    if match is None:
        return plain_number(number)
    before = "".join(_QUOTED.findall(number_format[: match.start()]))
    after = "".join(_QUOTED.findall(number_format[match.end() :]))
    return f"{before}{plain_number(number)}{after}"
