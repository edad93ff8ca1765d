"""Finds the cells that calamine reads as blank: error values, and formulas never calculated.

It also refuses a sheet whose last cell is so far out that calamine, which fills the whole area, would run out
of memory.
"""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from openpyxl.reader.excel import ExcelReader

from activitylog.errors import LedgerError

ERROR_PREFIX = "\ue000"  # a private-use character, followed by what Excel displays
NOT_CALCULATED = "公式"
ERROR = "错误值"
MOST_CELLS = 10_000_000  # of one sheet, from A1 to its last row and column

_CELL = re.compile(rb"<((?:\w+:)?)c\b([^>]*?)(?:/>|>(.*?)</\1c>)", re.DOTALL)
_FILLED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')
_TYPE = re.compile(rb'\st="([A-Za-z]+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")


def with_cell_errors(path: Path) -> Path | BytesIO:
    """The workbook itself, or a copy in which those cells hold ERROR_PREFIX and what Excel displays."""
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    changed: dict[str, bytes] = {}
    for name, xml in parts.items():
        if b"sheetData" in xml:
            _check_size(path, name, xml)
            if b't="e"' in xml or _FORMULA.search(xml):
                changed[name] = _CELL.sub(_with_error, xml)
    return _copy(parts | changed) if changed else path


def _copy(parts: dict[str, bytes]) -> BytesIO:
    content = BytesIO()
    with ZipFile(content, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    content.seek(0)
    return content


def _with_error(cell: re.Match[bytes]) -> bytes:
    prefix, attributes, content = cell[1], cell[2], cell[3] or b""
    kind, value = _TYPE.search(attributes), _VALUE.search(content)
    if kind and kind[1] == b"e":
        displayed = value[1] if value else ERROR.encode()
    elif _FORMULA.search(content) and not value and not (kind and kind[1] == b"str"):
        displayed = NOT_CALCULATED.encode()
    else:
        return cell[0]
    open_tag = b'<%bc%b t="str">' % (prefix, _TYPE.sub(b"", attributes))
    return b"%b<%bv>%b%b</%bv></%bc>" % (open_tag, prefix, ERROR_PREFIX.encode(), displayed, prefix, prefix)


def _check_size(path: Path, part: str, xml: bytes) -> None:
    cells = set(_FILLED.findall(xml))
    row = max((int(digits) for _, digits in cells), default=0)
    column = max((_column(letters) for letters in {letters for letters, _ in cells}), default=0)
    if row * column > MOST_CELLS:
        raise LedgerError(
            f"工作表“{_sheet_name(path, part)}”一直用到第 {row} 行、第 {column} 列，放不下；"
            "请删去数据以外的行和列，保存后再导入。"
        )


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column


def _sheet_name(path: Path, part: str) -> str:
    reader = ExcelReader(path, read_only=True, keep_links=False)
    try:
        reader.read_manifest()
        reader.read_workbook()
        return next(sheet.name for sheet, target in reader.parser.find_sheets() if target.target == part)
    except (
        KeyError,
        StopIteration,
        TypeError,
    ):  # a variant of the format that openpyxl does not read
        return part
    finally:
        reader.archive.close()
