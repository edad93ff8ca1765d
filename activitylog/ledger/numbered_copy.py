"""Copies an imported workbook with the numbers given to its new activities; all other cells stay as they are.

The cells are written into the XML of the sheet: reading a ledger of 20,000 rows as a document of cells takes
half a minute and 400 MB.
"""

import re
from collections.abc import Mapping
from functools import partial
from html import escape
from itertools import count
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from activitylog.core.atomic_file import write_atomically
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.reading.rows import TablePlace
from activitylog.ledger.reading.sheet_xml import column_number, last_column, sheet_names

_ROW = re.compile(rb"<((?:\w+:)?)row\b([^>]*?)(?:/>|>(.*?)</\1row>)", re.DOTALL)
_ROW_NUMBER = re.compile(rb'\br="([0-9]+)"')
_CELL = re.compile(rb"<((?:\w+:)?)c\b([^>]*?)(?:/>|>.*?</\1c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]+)[0-9]+"')
_STYLE = re.compile(rb'\ss="[0-9]+"')
_CALCULATION = re.compile(rb"<(?:\w+:)?(?:Override|Relationship)\b[^>]*calcChain[^>]*/>")


def write_numbered_copy(
    source: Path, path: Path, numbers: Mapping[int, str | None], place: TablePlace
) -> None:
    """Copy the workbook with a number in each of these rows of the sheet with the activities."""
    with ZipFile(source) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    part = next(part for part, name in sheet_names(parts) if name == place.name)
    position = place.columns.get("number")
    texts = {row: number for row, number in numbers.items() if number}
    if position is None:
        position = last_column(parts[part])
        texts[place.heading_row + 1] = ACTIVITIES.column("number").heading
    rows = count(1)
    parts[part] = _ROW.sub(partial(_written, texts, position, rows), parts[part])
    with write_atomically(path, ".xlsx") as draft, ZipFile(draft, "w", ZIP_DEFLATED) as copy:
        for name, content in parts.items():
            if "calcChain" not in name:  # Excel makes it anew; it may list a formula replaced here
                is_list = name.endswith((".rels", "[Content_Types].xml"))
                copy.writestr(name, _CALCULATION.sub(b"", content) if is_list else content)


def _written(texts: Mapping[int, str], position: int, rows: "count[int]", row: re.Match[bytes]) -> bytes:
    """The row with its text in a cell; all other rows as they are."""
    given = _ROW_NUMBER.search(row[2])
    number = int(given[1]) if given else next(rows)
    if number not in texts:
        return row[0]
    prefix, before, after, style = row[1], b"", b"", b""
    for at, cell in enumerate(_CELL.finditer(row[3] or b"")):
        place = _PLACE.search(cell[2])
        column = column_number(place[1]) - 1 if place else at
        if column == position:
            found = _STYLE.search(cell[2])
            style = found[0] if found else b""
        elif column < position:
            before += cell[0]
        else:
            after += cell[0]
    address = f"{_letters(position)}{number}".encode()
    text = escape(texts[number], quote=False).encode()
    cell_xml = b'<%bc r="%b"%b t="inlineStr"><%bis><%bt>%b</%bt></%bis></%bc>' % (
        *(prefix, address, style, prefix, prefix),
        *(text, prefix, prefix, prefix),
    )
    return b"<%brow%b>%b%b%b</%brow>" % (prefix, row[2], before, cell_xml, after, prefix)


def _letters(position: int) -> str:
    letters, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
