"""Reads the 指标值 of an indicator: ≥5.00(次), $\\geq 90\\%$, ≤30万元, 不少于5场, 及时."""

import re
from dataclasses import dataclass
from decimal import Decimal

from activitylog.projects.declaration.cells import (
    half_width,
    tidy_name,
    without_invisible,
    without_spaces,
    without_tags,
)

EXPECTED = "如 ≥80(次)、=100.00(%)、≤30(万元)，或一个词，如 及时、健全"
LONGEST_FIGURE = 20

_LATEX = (
    (re.compile(r"\\(?:geqslant|geq|ge)(?![a-z])"), "≥"),
    (re.compile(r"\\(?:leqslant|leq|le)(?![a-z])"), "≤"),
    (re.compile(r"\\gt(?![a-z])"), ">"),
    (re.compile(r"\\lt(?![a-z])"), "<"),
    (re.compile(r"\\(?:text|mathrm|mbox|rm)(?![a-z])|\\[,;:! ()]|[${}~]"), ""),
    (re.compile(r"\\%"), "%"),
)
_SIGNS = (
    (re.compile(r"^(?:[≧⩾≥]=?|>=|=>|不少于|不低于|不小于|至少|大于或?等于)"), "≥"),
    (re.compile(r"^(?:[≦⩽≤]=?|<=|=<|不超过|不高于|不多于|不大于|至多|小于或?等于)"), "≤"),
    (re.compile(r"^(?:>|大于|超过|高于|多于)"), ">"),
    (re.compile(r"^(?:<|小于|低于|少于)"), "<"),
    (re.compile(r"^(?:==?|等于)"), "="),
)
_BOUNDS = (
    (re.compile(r"(?:及|\(含\)|含)?以上$"), "≥"),
    (re.compile(r"(?:及|\(含\)|含)?(?:以内|以下|内)$"), "≤"),
)
_UNIT_LETTER = r"[^\W\d_]|[%‰°℃²³/·]"
_FIGURE = re.compile(
    rf"(-?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)((?:{_UNIT_LETTER}){{0,4}})(?:\(((?:{_UNIT_LETTER}){{0,8}})\))?"
)
_VAGUE = re.compile(r"左右|上下|多$|余$|约|几")
_DEADLINE = re.compile(r"^[^≥≤<>=]*\d(?:年|月|季度)[^≥≤<>=]*(?:前|底|止|完成|上旬|中旬|下旬)")
_SYMBOL_OR_DIGIT = re.compile(r"[≥≧⩾≤≦⩽<>=\d]")
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Target:
    """A figure with operator and unit, or a word; `has_sign` is False for a bare figure, read as equal."""

    operator: str
    number: Decimal | None
    word: str
    unit: str
    has_sign: bool = True


def parse_target(cell: str) -> Target | None:
    """Read a target cell; None when it is neither a figure nor a word."""
    plain = _plain(cell)
    if _DEADLINE.search(plain):
        return Target("", None, _word(cell), "")
    operator, rest = _sign(plain)
    figure = _figure(rest)
    if figure is not None:
        number, unit = figure
        return Target(operator or "=", number, "", unit, has_sign=bool(operator))
    if _SYMBOL_OR_DIGIT.search(plain) or not _CHINESE.search(plain):
        return None
    return Target("", None, _word(cell), "")


def _plain(cell: str) -> str:
    text = half_width(without_invisible(without_tags(cell)))
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    return without_spaces(text).rstrip("。;,.")


def _word(cell: str) -> str:
    return tidy_name(cell).rstrip("。；;，,")


def _sign(text: str) -> tuple[str, str]:
    for pattern, operator in _SIGNS:
        match = pattern.match(text)
        if match:
            return operator, text[match.end() :]
    for pattern, operator in _BOUNDS:
        match = pattern.search(text)
        if match:
            return operator, text[: match.start()]
    return "", text


def _figure(text: str) -> tuple[Decimal, str] | None:
    match = _FIGURE.fullmatch(text)
    if match is None or _VAGUE.search(text) or len(match[1]) > LONGEST_FIGURE:
        return None
    return Decimal(match[1].replace(",", "")), match[2] + (match[3] or "")
