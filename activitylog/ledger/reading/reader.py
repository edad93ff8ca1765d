"""Opens the workbook file and reads its ledger sheets; another file, or a cell with an error, is refused.

It finds the cells that calamine reads as blank (error values, formulas never calculated) or without the zeros
Excel displays, and refuses a sheet whose last cell is so far out that calamine, which fills the whole area,
would run out of memory.
"""

import re
import zlib
from collections.abc import Mapping
from functools import partial
from html import escape
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from openpyxl.reader.excel import ExcelReader
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, load_workbook

from activitylog.core.progress import Progress
from activitylog.core.text.words import word_key
from activitylog.errors import LedgerError
from activitylog.ledger.columns import GUIDE_SHEET, SHEETS, LedgerSheet
from activitylog.ledger.reading.cells import DISPLAYED_PREFIX, ERROR_PREFIX, NOT_CALCULATED
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.number_formats import ZerosFormat, zeros_formats
from activitylog.ledger.reading.rows import LedgerTable, SheetReader

STAGE = "读取"
# What damaged files make their readers raise; a zip with a password is a RuntimeError.
_DAMAGED_FILE_ERRORS = (
    CalamineError,
    BadZipFile,
    zlib.error,
    OSError,
    SyntaxError,
    ValueError,
    RuntimeError,
    EOFError,
)
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class _FoundSheet(NamedTuple):
    """One sheet of the ledger found in the file."""

    sheet: LedgerSheet
    stored: CalamineSheet


def read_ledger(path: Path, findings: LedgerFindings, progress: Progress) -> dict[str, LedgerTable]:
    """The ledger sheets of the file by name; raises LedgerError for a file that is no ledger."""
    _check_file(path)
    try:
        with load_workbook(with_displayed_texts(path)) as workbook:
            return _read_sheets(workbook, findings, progress)
    except _DAMAGED_FILE_ERRORS as error:
        raise LedgerError(
            f"“{path.name}”不是完好的 Excel 工作簿，请用 Excel 打开并另存为 .xlsx 后再导入。"
        ) from error


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise LedgerError(f"“{path}”是文件夹，请给出 .xlsx 文件。")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise LedgerError(f"没有找到文件“{path}”，请核对路径。") from None
    except OSError as error:
        raise LedgerError(f"文件“{path}”打不开（{error.strerror}），请检查权限。") from None
    if content.startswith(_COMPOUND_FILE) and _ENCRYPTED in content:
        raise LedgerError(f"“{path.name}”有密码保护，请在 Excel 中去掉密码后再导入。")
    if not content.startswith(b"PK"):
        raise LedgerError(f"“{path.name}”不是 .xlsx 工作簿，请在 Excel 中另存为 .xlsx 后再导入。")


def _read_sheets(
    workbook: CalamineWorkbook, findings: LedgerFindings, progress: Progress
) -> dict[str, LedgerTable]:
    ours = _our_sheets(workbook, findings)
    total = sum(found.stored.total_height for found in ours)
    tables: dict[str, LedgerTable] = {}
    done = 0
    for found in ours:
        reader = SheetReader(found.sheet, found.stored, findings)
        table = reader.read(partial(_report_rows, progress, done, total))
        if table is not None:
            tables[found.sheet.name] = table
        done += found.stored.total_height
    progress(STAGE, total, total)
    return tables


def _report_rows(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(STAGE, before + rows, total)


def _our_sheets(workbook: CalamineWorkbook, findings: LedgerFindings) -> list[_FoundSheet]:
    """The ledger's sheets in the order of SHEETS; others that are not empty get a warning."""
    by_name = {sheet.name: sheet for sheet in SHEETS}
    ours: dict[str, _FoundSheet] = {}
    others = []
    for each in workbook.sheets_metadata:
        stored = workbook.get_sheet_by_name(each.name) if each.typ is SheetTypeEnum.WorkSheet else None
        if stored is None or stored.start is None:
            continue
        sheet = by_name.get(word_key(each.name))
        if sheet is None:
            others.append(each.name)
        elif sheet.name in ours:
            findings.add_problem("有两个同名的工作表，请合并为一个", sheet)
        else:
            ours[sheet.name] = _FoundSheet(sheet, stored)
    if not ours and not findings.problems:
        raise _not_a_ledger(findings.file, is_empty=not others)
    for name in others:
        if word_key(name) != GUIDE_SHEET:
            findings.add_warning("不认识这个工作表，没有导入。", sheet=name)
    return [ours[sheet.name] for sheet in SHEETS if sheet.name in ours]


def _not_a_ledger(file: str, *, is_empty: bool) -> LedgerError:
    if is_empty:
        return LedgerError(f"“{file}”是空的工作簿，没有可导入的内容。")
    names = "、".join(sheet.name for sheet in SHEETS)
    return LedgerError(f"“{file}”里没有台账的工作表，应至少有这些之一：{names}。")


ERROR = "错误值"
MOST_CELLS = 10_000_000  # of one sheet, from A1 to its last row and column

_CELL = re.compile(rb"<((?:\w+:)?)c\b([^>]*?)(?:/>|>(.*?)</\1c>)", re.DOTALL)
_FILLED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_TYPE = re.compile(rb'\st="([A-Za-z]+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")


def with_displayed_texts(path: Path) -> Path | BytesIO:
    """The workbook itself, or a copy in which those cells hold a prefix and what Excel displays."""
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    changed: dict[str, bytes] = {}
    formats = next((zeros_formats(xml) for name, xml in parts.items() if name.endswith("styles.xml")), {})
    for name, xml in parts.items():
        if b"sheetData" in xml:
            _check_size(path, name, xml)
            is_formatted = any(b's="%d"' % style in xml for style in formats)
            if is_formatted or b't="e"' in xml or _FORMULA.search(xml):
                changed[name] = _CELL.sub(partial(_with_displayed_text, formats), xml)
    return _copy(parts | changed) if changed else path


def _copy(parts: dict[str, bytes]) -> BytesIO:
    content = BytesIO()
    with ZipFile(content, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    content.seek(0)
    return content


def _with_displayed_text(formats: Mapping[int, ZerosFormat], cell: re.Match[bytes]) -> bytes:
    prefix, attributes, content = cell[1], cell[2], cell[3] or b""
    kind, value = _TYPE.search(attributes), _VALUE.search(content)
    if kind and kind[1] == b"e":
        displayed = ERROR_PREFIX + (value[1].decode() if value else ERROR)
    elif _FORMULA.search(content) and not value and not (kind and kind[1] == b"str"):
        displayed = ERROR_PREFIX + NOT_CALCULATED
    elif value and (kind is None or kind[1] == b"n") and (style := _STYLE.search(attributes)):
        shown = formats[int(style[1])].shown(value[1]) if int(style[1]) in formats else None
        if shown is None:
            return cell[0]
        displayed = f"{DISPLAYED_PREFIX}{value[1].decode()}{DISPLAYED_PREFIX}{escape(shown)}"
    else:
        return cell[0]
    open_tag = b'<%bc%b t="str">' % (prefix, _TYPE.sub(b"", attributes))
    return b"%b<%bv>%b</%bv></%bc>" % (open_tag, prefix, displayed.encode(), prefix, prefix)


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
