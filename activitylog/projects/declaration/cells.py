"""Reads single cells: full-width signs, spaces, names, amounts, dates, goal texts."""

import html
import re
import unicodedata
from datetime import date
from decimal import Decimal

from activitylog.core.money import LARGEST_FEN

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\u00ad]")
_IDEOGRAPHS = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}  # of radicals
_SPACE = re.compile(r"\s+")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’、。，；："
_SPACE_BESIDE_WIDE = re.compile(rf"(?<=[{_WIDE}])\s+(?=[{_WIDE}])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"</p\s*>|<br\s*/?>|</div\s*>", re.IGNORECASE)
_DOUBLED = re.compile(r"([。，、；：！？])(?:\s*\1)+")
YUAN_PER_UNIT = {"元": 1, "千元": 1_000, "万元": 10_000, "万": 10_000, "百万元": 1_000_000}
YUAN_PER_UNIT |= {"亿元": 100_000_000, "亿": 100_000_000}
_MONEY_UNIT = "百万元|亿元|万元|千元|亿|万|元"
_AMOUNT = re.compile(rf"[¥￥]?((?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)({_MONEY_UNIT})?")
_GROUPED_BY_SPACES = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
_DIGITS_APART = re.compile(r"(?<=\d)\s+(?=[\d.,])")
_UNIT_WORDS = r"(?:人民币)?(百万元|亿元|万元|千元|元)"
_UNIT_STATED = re.compile(
    rf"\((?:金额)?(?:单位:?)?(?:为)?{_UNIT_WORDS}\)|(?:金额|资金|货币|计量)?单位(?:为|:){_UNIT_WORDS}(?!/)"
)
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")

FEN_PER_YUAN = 100
LONGEST_UNIT_CELL = 60


def half_width(text: str) -> str:
    """Turn full-width ASCII signs and the ideographic space into their plain forms."""
    return text.translate(_FULL_WIDTH)


def without_spaces(text: str) -> str:
    """The text in the form in which it is compared: half-width signs, no spaces."""
    return _SPACE.sub("", half_width(without_invisible(text)))


def without_invisible(text: str) -> str:
    """The text without format characters, with ideographs for the radicals that PDFs are copied with."""
    return _INVISIBLE.sub("", text).translate(_IDEOGRAPHS)


def without_tags(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def tidy_name(text: str) -> str:
    """A name as it is stored: no space between Chinese characters, single spaces elsewhere."""
    joined = _SPACE_BESIDE_WIDE.sub("", without_invisible(without_tags(text)).strip())
    return _SPACE.sub(" ", joined)


def read_amount_fen(text: str, *, yuan_per_unit: int) -> int | None:
    """Read money into fen; a unit written in the cell wins over the table's. None when unreadable."""
    match = _amount(text)
    if match is None:
        return None
    yuan = YUAN_PER_UNIT[match[2]] if match[2] else yuan_per_unit
    fen = Decimal(match[1].replace(",", "")) * yuan * FEN_PER_YUAN
    return int(fen) if fen == fen.to_integral_value() and fen <= LARGEST_FEN else None


def amount_and_unit(text: str) -> tuple[Decimal, int | None] | None:
    """The figure of an amount and yuan per unit when the cell gives its unit; None when unreadable."""
    match = _amount(text)
    if match is None:
        return None
    return Decimal(match[1].replace(",", "")), YUAN_PER_UNIT.get(match[2] or "")


def _amount(text: str) -> re.Match[str] | None:
    plain = half_width(without_invisible(text)).strip()
    plain = _GROUPED_BY_SPACES.sub(lambda group: group[0].replace(" ", ""), plain)
    return None if _DIGITS_APART.search(plain) else _AMOUNT.fullmatch(without_spaces(plain))


def money_unit(cell: str) -> int | None:
    """Yuan per unit when the cell gives the unit of the amounts: 项目资金 (万元), 单位：千元."""
    match = _UNIT_STATED.search(without_spaces(cell)) if len(cell) <= LONGEST_UNIT_CELL else None
    return YUAN_PER_UNIT[match[1] or match[2]] if match else None


def read_day(text: str) -> date | None:
    """Read 2024-01-01, 2024/1/1, 2024.1.1, 2024年1月1日 or 20240101. None when unreadable."""
    match = _DAY.fullmatch(without_spaces(text))
    if match is None:
        return None
    year, month, number = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, number)
    except ValueError:
        return None


def clean_goal(text: str) -> str:
    """A goal text fit for printing: no tags, no doubled stops, quotation marks facing each other."""
    lines = without_invisible(without_tags(_BREAK.sub("\n", text))).split("\n")
    paragraphs = (_paired_quotes(_DOUBLED.sub(r"\1", line.strip())) for line in lines)
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def _paired_quotes(paragraph: str) -> str:
    """Make double quotation marks alternate, as they do not nest; an odd number is left as it is."""
    parts = re.split("[“”]", paragraph)
    if len(parts) % 2 == 0:
        return paragraph
    marks = ["“”"[position % 2] for position in range(len(parts) - 1)] + [""]
    return "".join(part + mark for part, mark in zip(parts, marks, strict=True))
