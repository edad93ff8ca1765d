"""Reads from the XML of a workbook what calamine does not tell of its cells, rows and links.

Cells that calamine reads as blank (error values, formulas not calculated) or without the zeros Excel
displays are marked in a copy. A sheet whose last cell is so far out that calamine, which fills the whole
area, would run out of memory is refused, and so is a file that unpacks to more than any ledger.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from io import BytesIO
from pathlib import Path
from posixpath import basename, dirname, join, normpath
from typing import NamedTuple
from zipfile import ZipFile

from activitylog.errors import LedgerError
from activitylog.ledger.reading.cells import DISPLAYED_PREFIX, ERROR_PREFIX, NOT_CALCULATED

ERROR = "错误值"
MOST_UNPACKED = 200_000_000  # bytes: ten times a ledger of 20,000 activities
MOST_LINKED = 1000  # cells under one link
MOST_CELLS = 10_000_000  # of one sheet, from A1 to its last row and column

_CELL = re.compile(rb"<((?:\w+:)?)c\b([^>]*?)(?:/>|>(.*?)</\1c>)", re.DOTALL)
_FILLED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_TYPE = re.compile(rb'\st="([A-Za-z]+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_RECALCULATED = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*\bfullCalcOnLoad=[\"'](?:1|true)[\"']")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b(?=[^>]*\bhidden=[\"'](?:1|true)[\"'])[^>]*\br=[\"']([0-9]+)[\"']")
_HYPERLINK = re.compile(rb"<(?:\w+:)?hyperlink\b[^>]*>")
_LINK_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*>\s*HYPERLINK\(\s*(?:"|&quot;)([^"<]+?)(?:"|&quot;)'
)
_AREA = re.compile(r"([A-Z]+)([0-9]+)(?::([A-Z]+)([0-9]+))?")
_PLAIN = re.compile(rb"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b[^>]*>")
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")
_ID = re.compile(rb'\bnumFmtId="([0-9]+)"')
_CODE = re.compile(rb'\bformatCode="([^"]*)"')
_BRACKETS = re.compile(r"\[[^\]]*\]")  # a colour, a condition or a language
_LETTERS = r"((?:\"[^\"]*\"|\\.|[-+/ ():])*)"
_ZEROS = re.compile(rf"{_LETTERS}(0+){_LETTERS}")
_QUOTING = re.compile(r'"([^"]*)"|\\(.)')


class ZerosFormat(NamedTuple):
    """A format that displays a whole number with at least so many digits between two texts."""

    before: str
    digits: int
    after: str

    def shown(self, value: bytes) -> str | None:
        """The number as displayed; None for one that is not whole, or below zero."""
        if not _PLAIN.fullmatch(value):
            return None
        number = float(value)
        if not number.is_integer() or not 0 <= number < 1e15:
            return None
        return f"{self.before}{int(number):0{self.digits}}{self.after}"


def zeros_formats(styles: bytes) -> dict[int, ZerosFormat]:
    """The formats of a workbook's styles that display zeros or texts, by the number cells name them by."""
    codes: dict[bytes, ZerosFormat] = {}
    for element in _FORMAT.findall(styles):
        number, code = _ID.search(element), _CODE.search(element)
        parsed = _parsed(html.unescape(code[1].decode())) if number and code else None
        if number and parsed:
            codes[number[1]] = parsed
    section = _CELL_FORMATS.search(styles) if codes else None
    if section is None:
        return {}
    used = (_ID.search(element) for element in _CELL_FORMAT.findall(section[0]))
    return {place: codes[number[1]] for place, number in enumerate(used) if number and number[1] in codes}


def _parsed(code: str) -> ZerosFormat | None:
    match = _ZEROS.fullmatch(_BRACKETS.sub("", code).partition(";")[0])
    if match is None:
        return None
    before, after = (_QUOTING.sub(r"\1\2", match[side]) for side in (1, 3))
    return ZerosFormat(before, len(match[2]), after) if len(match[2]) > 1 or before or after else None


class CellPlace(NamedTuple):
    """A cell by Excel's row number and the index of its column."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class SheetNotes:
    """What the XML says of a sheet: the numbers of its hidden rows, the addresses behind its cells."""

    hidden_rows: frozenset[int] = frozenset()
    links: Mapping[CellPlace, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkedWorkbook:
    """The workbook itself, or a copy with marked cells, and the notes of its sheets by name."""

    file: Path | BytesIO
    notes: Mapping[str, SheetNotes]


def marked_workbook(path: Path) -> MarkedWorkbook:
    """The workbook in which unreadable cells hold a prefix and what Excel displays."""
    with ZipFile(path) as book:
        if sum(part.file_size for part in book.infolist()) > MOST_UNPACKED:
            raise LedgerError(
                f"“{path.name}”展开后超过 {MOST_UNPACKED // 1_000_000} MB，不像台账；"
                "请删去数据以外的行和列、图片，保存后再导入。"
            )
        parts = {name: book.read(name) for name in book.namelist()}
    formats = next((zeros_formats(xml) for name, xml in parts.items() if name.endswith("styles.xml")), {})
    names = dict(sheet_names(parts))
    is_recalculated = any(
        _RECALCULATED.search(xml) for name, xml in parts.items() if name.endswith("workbook.xml")
    )
    changed: dict[str, bytes] = {}
    notes: dict[str, SheetNotes] = {}
    for part, xml in parts.items():
        if b"sheetData" in xml:
            name = names.get(part, part)
            _check_size(name, xml)
            notes[name] = _notes(xml, dict(_relations(parts, part)))
            is_formatted = any(b's="%d"' % style in xml for style in formats)
            if is_formatted or b't="e"' in xml or _FORMULA.search(xml):
                changed[part] = _CELL.sub(partial(_marked, formats, is_recalculated), xml)
    return MarkedWorkbook(_copy(parts | changed) if changed else path, notes)


def _attributes(element: bytes) -> dict[str, str]:
    """The attributes of an XML element, their names without prefix."""
    return {
        name.decode().rpartition(":")[2]: unescape((double or single).decode())
        for name, double, single in _ATTRIBUTE.findall(element)
    }


def sheet_names(parts: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """The part of every sheet and its name."""
    for part, xml in parts.items():
        if not part.endswith("workbook.xml"):
            continue
        targets = dict(_relations(parts, part))
        for element in _SHEET.findall(xml):
            sheet = _attributes(element)
            target = targets.get(sheet.get("id", ""), "")
            yield normpath(join(dirname(part), target)).lstrip("/"), sheet.get("name", "")


def _relations(parts: Mapping[str, bytes], part: str) -> Iterator[tuple[str, str]]:
    """The targets of a part's relations by id."""
    for element in _RELATION.findall(parts.get(f"{dirname(part)}/_rels/{basename(part)}.rels", b"")):
        relation = _attributes(element)
        yield relation.get("Id", ""), relation.get("Target", "")


def _notes(xml: bytes, targets: Mapping[str, str]) -> SheetNotes:
    hidden = (
        frozenset(int(number) for number in _HIDDEN_ROW.findall(xml)) if b"hidden" in xml else frozenset()
    )
    links: dict[CellPlace, str] = {}
    for element in _HYPERLINK.findall(xml):
        link = _attributes(element)
        address = targets.get(link.get("id", ""), "")
        anchor = f"#{link['location']}" if address and link.get("location") else ""
        if address:
            links |= dict.fromkeys(_places(link.get("ref", "")), address + anchor)
    if b"HYPERLINK(" in xml:
        for letters, row, address in _LINK_FORMULA.findall(xml):
            links[CellPlace(int(row), column_number(letters) - 1)] = unescape(address.decode())
    return SheetNotes(hidden, links)


def _places(area: str) -> list[CellPlace]:
    """The cells of an area such as D2:D4, the first of them alone when they are too many."""
    match = _AREA.fullmatch(area)
    if match is None:
        return []
    left, top = column_number(match[1].encode()) - 1, int(match[2])
    right, bottom = (column_number(match[3].encode()) - 1, int(match[4])) if match[3] else (left, top)
    if (right - left + 1) * (bottom - top + 1) > MOST_LINKED:
        return [CellPlace(top, left)]
    return [CellPlace(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def _copy(parts: dict[str, bytes]) -> BytesIO:
    content = BytesIO()
    with ZipFile(content, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    content.seek(0)
    return content


def _marked(formats: Mapping[int, ZerosFormat], is_recalculated: bool, cell: re.Match[bytes]) -> bytes:
    prefix, attributes, content = cell[1], cell[2], cell[3] or b""
    kind, value = _TYPE.search(attributes), _VALUE.search(content)
    if kind and kind[1] == b"e":
        displayed = ERROR_PREFIX + (value[1].decode() if value else ERROR)
    elif _FORMULA.search(content) and _is_not_calculated(kind, value, is_recalculated=is_recalculated):
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


def _is_not_calculated(
    kind: re.Match[bytes] | None, value: re.Match[bytes] | None, *, is_recalculated: bool
) -> bool:
    """Whether a formula has no result, or the 0 that programs write in its place for Excel to replace."""
    if value is None:
        return not (kind and kind[1] == b"str")
    is_number = kind is None or kind[1] == b"n"
    return is_recalculated and is_number and float(value[1]) == 0


def last_column(xml: bytes) -> int:
    """The number of the last column with a filled cell, 0 when there is none."""
    return max(map(column_number, {letters for letters, _ in set(_FILLED.findall(xml))}), default=0)


def _check_size(name: str, xml: bytes) -> None:
    row = max((int(digits) for _, digits in set(_FILLED.findall(xml))), default=0)
    column = last_column(xml)
    if row * column > MOST_CELLS:
        raise LedgerError(
            f"工作表“{name}”一直用到第 {row} 行、第 {column} 列，放不下；"
            "请删去数据以外的行和列，保存后再导入。"
        )


def column_number(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column
