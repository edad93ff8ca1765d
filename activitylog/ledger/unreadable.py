"""What a reader would take for blank or choke on: error values, formulas never calculated, far-off cells."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_FILLED = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')
_PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")
NOT_CALCULATED = "公式"


class Place(NamedTuple):
    """A cell by row and column, both counted from 0."""

    row: int
    column: int


def last_place(xml: bytes) -> Place | None:
    """The last row and the last column with anything in them, None for a sheet without."""
    rows, columns = set(), set()
    for letters, digits in _FILLED.findall(xml):
        rows.add(digits)
        columns.add(letters)
    if not rows:
        return None
    return Place(max(map(int, rows)) - 1, max(map(_column, columns)))


def unreadable_cells(xml: bytes) -> dict[Place, str]:
    """What Excel shows in the cells of a sheet that hold an error, or NOT_CALCULATED."""
    if b't="e"' not in xml and b"<f" not in xml:
        return {}
    return dict(_found(xml))


def _found(xml: bytes) -> Iterator[tuple[Place, str]]:
    for match in _CELL.finditer(xml):
        attributes, content = match[1], match[2] or b""
        place = _PLACE.search(attributes)
        value = _VALUE.search(content)
        if place is None:
            continue
        if b't="e"' in attributes:
            yield _place(place), value[1].decode(errors="replace") if value else "错误值"
        elif b"<f" in content and b't="str"' not in attributes and (value is None or not value[1]):
            yield _place(place), NOT_CALCULATED


def _place(match: re.Match[bytes]) -> Place:
    return Place(int(match[2]) - 1, _column(match[1]))


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1
