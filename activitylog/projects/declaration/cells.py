"""Reads single cells: full-width signs, spaces, names, amounts, dates, Chinese numerals, goal texts."""

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


_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[零〇一二两三四五六七八九十百千]+"
_UNITS = (
    "场次|人次|批次|台次|万元|千元|亿元|万人次|万人|万次|万份|万|个区|个月|个百分点|个工作日|小时|学时|课时|分钟"
    "|公里|千米|平方米|公斤|[场次篇人个项区份套册家期台件辆张条部幅起节队支户座处名天日年元种批所幢间村镇校班门例类款"
    "米亩吨株块页集站点轮届周%]"
)
_TAIL = r"(?:\(含\)|含|及|及其)?(?:以上|以内|以下|之内|内)?(?:\(.{1,8}\))?"
_COMPARED = (
    "不少于|不低于|不小于|至少|不超过|不高于|不多于|不大于|至多|最多|大于|小于|高于|低于|多于|少于|超过"
    "|[≥≤<>=]"
)
_DONE = "等于|超|达到|达|保持在|控制在|限制在|完成|举办|开展|组织"
_COUNTED = re.compile(rf"(?<![\d一-鿿])({_NUMERAL})(?=\(?(?:{_UNITS})\)?{_TAIL}(?:全覆盖)?$)")
_AFTER_SIGN = re.compile(rf"({_COMPARED}|{_DONE})({_NUMERAL})(?=(?:\(?(?:{_UNITS})\)?{_TAIL})?$)")
_ALONE = re.compile(rf"^{_NUMERAL}$")
_PER_CENT = re.compile(rf"百分之({_NUMERAL}|\d+(?:\.\d+)?)")
_TENTHS = re.compile(rf"(?:(?<![一-鿿\d])|(?<=[于到少过达]))([一二三四五六七八九])成(?={_TAIL}$)")
_VAGUE = (
    re.compile(rf"(?:^|[^一-鿿]|约|近|共|每[一-鿿]{{1,2}})(?:{_NUMERAL}|数)(?:{_UNITS}){_TAIL}$"),
    re.compile(rf"[一二三四五六七八九十百千数][多余几来十百千]+万?(?:{_UNITS}){_TAIL}$"),
    re.compile(rf"^(?:{_COMPARED}){_NUMERAL}"),
)


def is_vague(text: str) -> bool:
    """Whether a text without digits is a count that names no figure: 近百场, 二三十场, 不少于一打."""
    return any(pattern.search(text) for pattern in _VAGUE)


def arabic(text: str) -> str:
    """The text with a counted Chinese numeral as digits; other words of numerals stay (一流, 三农)."""
    text = re.sub("百分之?百", "100%", text)
    text = _TENTHS.sub(lambda match: f"{_DIGITS[match[1]]}0%", text)
    text = _PER_CENT.sub(lambda match: f"{_figure(match[1])}%", text)
    text = _ALONE.sub(lambda match: _figure(match[0]), text)
    text = _AFTER_SIGN.sub(lambda match: f"{match[1]}{_figure(match[2])}", text)
    return _COUNTED.sub(lambda match: _figure(match[1]), text)


def _figure(numeral: str) -> str:
    """The digits of a numeral; the text itself when it is none, such as 百 alone."""
    if numeral[0] in "0123456789" or numeral in {"百", "千", "百千"}:
        return numeral
    total, digit = 0, None
    for character in numeral:
        if character in _POWERS:
            total += (1 if digit is None else digit) * _POWERS[character]
            digit = None
        elif digit:
            return numeral  # two digits side by side: 二三 is no figure
        else:
            digit = _DIGITS[character]
    return str(total + (digit or 0))
