"""Opening the workbook file: what is no ledger is refused in one sentence."""

import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from activitylog.core.progress import Progress
from activitylog.errors import LedgerError
from activitylog.ledger.cells import folded
from activitylog.ledger.columns import GUIDE_SHEET, SHEETS, Sheet
from activitylog.ledger.findings import Findings
from activitylog.ledger.parts import read_part, sheet_parts
from activitylog.ledger.rows import SheetReader, Table
from activitylog.ledger.unreadable import Place, last_place, unreadable_cells

STAGE = "读取"
MOST_CELLS = 10_000_000  # of one sheet, from A1 to its last row and column
# What damaged files make their readers raise; a zip with a password is a RuntimeError.
_DAMAGE = (CalamineError, BadZipFile, zlib.error, OSError, SyntaxError, ValueError, RuntimeError, EOFError)
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class _Found(NamedTuple):
    """One of our sheets in the file: its own name there, its part, and how many rows it has."""

    sheet: Sheet
    name: str
    part: str
    rows: int


def read_ledger(path: Path, findings: Findings, progress: Progress) -> dict[str, Table]:
    """Every sheet of ours that the file has, by name; raises LedgerError for a file that is no ledger."""
    _check_file(path)
    try:
        with load_workbook(path) as workbook, ZipFile(path) as book:
            return _read_sheets(workbook, book, findings, progress)
    except _DAMAGE as error:
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
    workbook: CalamineWorkbook, book: ZipFile, findings: Findings, progress: Progress
) -> dict[str, Table]:
    ours = _our_sheets(workbook, book, findings)
    total = sum(found.rows for found in ours)
    tables: dict[str, Table] = {}
    done = 0
    for found in ours:
        unreadable = unreadable_cells(read_part(book, found.part))
        stored = workbook.get_sheet_by_name(found.name)
        table = SheetReader(found.sheet, stored, unreadable, findings).read(
            partial(_tell, progress, done, total)
        )
        if table is not None:
            tables[found.sheet.name] = table
        done += found.rows
    progress(STAGE, total, total)
    return tables


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(STAGE, before + rows, total)


def _our_sheets(workbook: CalamineWorkbook, book: ZipFile, findings: Findings) -> list[_Found]:
    """Our sheets, in our order; others that hold something are told of and left alone."""
    by_name = {sheet.name: sheet for sheet in SHEETS}
    ours: dict[str, _Found] = {}
    others = []
    for name, part in sheet_parts(book).items():
        last = last_place(read_part(book, part))
        sheet = by_name.get(folded(name))
        if last is None:
            if sheet is not None and workbook.get_sheet_by_name(name).start is not None:
                findings.problem("工作表的写法读不可靠，请用 Excel 打开并另存为 .xlsx 后再导入", sheet)
            continue
        if sheet is None:
            others.append(name)
        elif sheet.name in ours:
            findings.problem("有两个同名的工作表，请合并为一个", sheet)
        else:
            _check_size(name, last)
            ours[sheet.name] = _Found(sheet, name, part, last.row + 1)
    if not ours and not findings.problems:
        raise _no_ledger(findings.file, is_empty=not others)
    for name in others:
        if folded(name) != GUIDE_SHEET:
            findings.warning("不认识这个工作表，没有导入。", sheet=name)
    return [ours[sheet.name] for sheet in SHEETS if sheet.name in ours]


def _check_size(name: str, last: Place) -> None:
    """Refuse a stray cell so far out that the rows and columns up to it fit in no memory."""
    if (last.row + 1) * (last.column + 1) > MOST_CELLS:
        raise LedgerError(
            f"工作表“{name}”一直用到第 {last.row + 1} 行、第 {last.column + 1} 列，放不下；"
            "请删去数据以外的行和列，保存后再导入。"
        )


def _no_ledger(file: str, *, is_empty: bool) -> LedgerError:
    if is_empty:
        return LedgerError(f"“{file}”是空的工作簿，没有可导入的内容。")
    names = "、".join(sheet.name for sheet in SHEETS)
    return LedgerError(f"“{file}”里没有台账的工作表，应至少有这些之一：{names}。")
