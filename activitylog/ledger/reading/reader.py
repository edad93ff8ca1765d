"""Opens the workbook file and reads its ledger sheets; another file, or a cell with an error, is refused.

What calamine does not tell of a sheet comes from its XML.
"""

import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, load_workbook

from activitylog.core.progress import Progress
from activitylog.core.text.words import word_key
from activitylog.errors import LedgerError
from activitylog.ledger.columns import GUIDE_SHEET, SHEETS, LedgerSheet
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.layouts import NO_LAYOUTS, OURS, Layout, Layouts, file_sheet
from activitylog.ledger.reading.rows import HEADINGS_WITHIN, LedgerTable, SheetReader
from activitylog.ledger.reading.sheet_xml import SheetNotes, marked_workbook

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
    layout: Layout | None = None
    heading_row: int | None = None


def read_ledger(
    path: Path, findings: LedgerFindings, progress: Progress, layouts: Layouts = NO_LAYOUTS
) -> dict[str, LedgerTable]:
    """The ledger sheets of the file by name; raises LedgerError for a file that is no ledger.

    Sheets whose layouts are known are read by them.
    """
    _check_file(path)
    try:
        marked = marked_workbook(path)
        with load_workbook(marked.file) as workbook:
            ours = _our_sheets(workbook, findings, layouts)
            return _read_sheets(ours, marked.notes, findings, progress)
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
    ours: Sequence[_FoundSheet],
    notes: Mapping[str, SheetNotes],
    findings: LedgerFindings,
    progress: Progress,
) -> dict[str, LedgerTable]:
    total = sum(found.stored.total_height for found in ours)
    tables: dict[str, LedgerTable] = {}
    done = 0
    for found in ours:
        notes_of_sheet = notes.get(found.stored.name, SheetNotes())
        reader = SheetReader(found.sheet, found.stored, notes_of_sheet, findings, layout=found.layout)
        table = reader.read(partial(_report_rows, progress, done, total), found.heading_row)
        if table is not None:
            tables[found.sheet.name] = table
        done += found.stored.total_height
    progress(STAGE, total, total)
    return tables


def _report_rows(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(STAGE, before + rows, total)


def _our_sheets(workbook: CalamineWorkbook, findings: LedgerFindings, layouts: Layouts) -> list[_FoundSheet]:
    """The ledger's sheets in the order of SHEETS; others that are not empty get a warning."""
    ours: dict[str, _FoundSheet] = {}
    others = []
    for each in workbook.sheets_metadata:
        stored = workbook.get_sheet_by_name(each.name) if each.typ is SheetTypeEnum.WorkSheet else None
        if stored is None or stored.start is None:
            continue
        found = file_sheet(each.name, stored.to_python(skip_empty_area=False, nrows=HEADINGS_WITHIN))
        findings.sheets.append(found)
        layout = layouts.get(found.signature)
        sheet = OURS.get(layout.sheet if layout else word_key(each.name))
        if sheet is None:
            others.append(each.name)
        elif sheet.name in ours:
            findings.add_problem("有两个同名的工作表，请合并为一个", sheet)
        else:
            heading_row = found.heading_row if layout else None
            ours[sheet.name] = _FoundSheet(sheet, stored, layout, heading_row)
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
