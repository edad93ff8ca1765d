"""Reads single cells: full-width signs, spaces, names, amounts, dates, goal texts."""

import html
import re
from decimal import Decimal

from activitylog.core.money import LARGEST_FEN, without_money_signs
from activitylog.core.text.numbers import NotANumber, read_figure
from activitylog.core.text.words import clean_text, half_width

_SPACE = re.compile(r"\s+")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’、。，；："
_SPACE_BESIDE_WIDE = re.compile(rf"(?<=[{_WIDE}])\s+(?=[{_WIDE}])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"</p\s*>|<br\s*/?>|</div\s*>", re.IGNORECASE)
_DOUBLED = re.compile(r"([。，、；：！？])(?:\s*\1)+")
YUAN_PER_UNIT = {"元": 1, "千元": 1_000, "万元": 10_000, "万": 10_000, "百万元": 1_000_000}
YUAN_PER_UNIT |= {"亿元": 100_000_000, "亿": 100_000_000}
_UNIT = re.compile(r"\s*(百万元|亿元|万元|千元|亿|万|元)\s*$")
_UNIT_WORDS = r"(?:人民币)?(百万元|亿元|万元|千元|元)"
_UNIT_STATED = re.compile(
    rf"\((?:金额)?(?:单位:?)?(?:为)?{_UNIT_WORDS}\)|(?:金额|资金|货币|计量)?单位(?:为|:){_UNIT_WORDS}(?!/)"
)

FEN_PER_YUAN = 100
LONGEST_UNIT_CELL = 60


def without_spaces(text: str) -> str:
    """The text in the form in which it is compared: half-width signs, no spaces."""
    return _SPACE.sub("", half_width(clean_text(text)))


def without_tags(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def tidy_name(text: str) -> str:
    """A name as it is stored: no space between Chinese characters, single spaces elsewhere."""
    joined = _SPACE_BESIDE_WIDE.sub("", clean_text(without_tags(text)).strip())
    return _SPACE.sub(" ", joined)


def read_amount_fen(text: str, *, yuan_per_unit: int) -> int | None:
    """Read money into fen; a unit written in the cell wins over the table's. None when unreadable."""
    read = amount_and_unit(text)
    if read is None:
        return None
    fen = read[0] * (read[1] or yuan_per_unit) * FEN_PER_YUAN
    return int(fen) if fen == fen.to_integral_value() and fen <= LARGEST_FEN else None


def amount_and_unit(text: str) -> tuple[Decimal, int | None] | None:
    """The figure of an amount and yuan per unit when the cell gives its unit; None when unreadable."""
    number = half_width(clean_text(text))
    unit = _UNIT.search(number)
    try:
        amount = read_figure(without_money_signs(number[: unit.start()] if unit else number))
    except NotANumber:
        return None
    if amount is None or amount.is_signed():
        return None
    return amount, YUAN_PER_UNIT[unit[1]] if unit else None


def money_unit(cell: str) -> int | None:
    """Yuan per unit when the cell gives the unit of the amounts: 项目资金 (万元), 单位：千元."""
    match = _UNIT_STATED.search(without_spaces(cell)) if len(cell) <= LONGEST_UNIT_CELL else None
    return YUAN_PER_UNIT[match[1] or match[2]] if match else None


def clean_goal(text: str) -> str:
    """A goal text fit for printing: no tags, no doubled stops, quotation marks facing each other."""
    lines = clean_text(without_tags(_BREAK.sub("\n", text))).split("\n")
    paragraphs = (_paired_quotes(_DOUBLED.sub(r"\1", line.strip())) for line in lines)
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def _paired_quotes(paragraph: str) -> str:
    """Make double quotation marks alternate, as they do not nest; an odd number is left as it is."""
    parts = re.split("[“”]", paragraph)
    if len(parts) % 2 == 0:
        return paragraph
    marks = ["“”"[position % 2] for position in range(len(parts) - 1)] + [""]
    return "".join(part + mark for part, mark in zip(parts, marks, strict=True))
