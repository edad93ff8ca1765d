"""Finds numbers that Excel displays with leading zeros or with a text beside them: 1 shown as 0001."""

import html
import re
from typing import NamedTuple

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
