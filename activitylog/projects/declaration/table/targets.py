"""Reads the 指标值 of a row: ≥5.00(次), ≤30万元, 不少于五场, 90%以上, 2025年12月底前, 及时."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from activitylog.core.text.words import clean_text, half_width
from activitylog.projects.declaration.cells import arabic, is_vague, tidy_name, without_spaces, without_tags

EXPECTED = "如 ≥80(次)、=100.00(%)、≤30(万元)，或一个词，如 及时、健全"
ONE_BOUND = "一个界限：至少多少写 ≥5(场)，至多多少写 ≤10(场)"
LONGEST_FIGURE = 20
# What stands in a sign's cell without being one.
NO_SIGNS = frozenset({"定性", "定量", "定性指标", "定量指标", "正向", "反向", "", "/", "无", "-"})

_LATEX = (
    (re.compile(r"\\(?:geqslant|geq|ge)(?![a-z])"), "≥"),
    (re.compile(r"\\(?:leqslant|leq|le)(?![a-z])"), "≤"),
    (re.compile(r"\\gt(?![a-z])"), ">"),
    (re.compile(r"\\lt(?![a-z])"), "<"),
    (re.compile(r"\\(?:text|mathrm|mbox|rm)(?![a-z])|\\[,;:! ()]|[${}]"), " "),
    (re.compile(r"\\%"), "%"),
)
_SPACE_IN_FIGURE = re.compile(r"(?<=\d)\s+(?=\d)")
_SPACED_GROUPS = re.compile(r"(?<![\d.])\d{1,3}(?:\s\d{3})+(?!\d)")
_SIGNS = (
    (re.compile(r"^(?:[≧⩾≥]=?|>=|=>|不少于|不低于|不小于|至少|大于(?:或)?等于)"), "≥"),
    (re.compile(r"^(?:[≦⩽≤]=?|<=|=<|不超过|不高于|不多于|不大于|至多|最多|小于(?:或)?等于)"), "≤"),
    (re.compile(r"^(?:>|大于|超过|超|高于|多于)"), ">"),
    (re.compile(r"^(?:<|小于|低于|少于)"), "<"),
    (re.compile(r"^(?:==?|等于)"), "="),
)
_BOUNDS = (
    (re.compile(r"(?:及其?|\(含\)|含)?以上(?:\(含\))?$"), "≥"),
    (re.compile(r"(?:及其?|\(含\)|含)?(?:以内|以下|之内|内)(?:\(含\))?$"), "≤"),
)
_GROWTH = re.compile(r"^(?:比?(?:上|去)年)?(?:同比)?(?:提升|提高|增长|增加|上升)(?:了|到|至)?(?=[≥>\d不])")
_REACHED = re.compile(r"^(?:达到|达|保持在|稳定在|维持在|实现)(?=[^\d]{0,4}\d)")
_LIMITED = re.compile(r"^(?:控制在|限制在)(?=[^\d]{0,4}\d)")
_YEARLY = re.compile(
    r"^(?:全年|年度|本年|每年度?)(?:共|累计)?(?:举办|开展|组织|完成)?(?=[^\d]{0,6}[\d一二两三四五六七八九十百])"
)
_RATE_NAME = re.compile(r"^[^\d≥≤<>=%]{1,8}(?:率|度)(?=[≥≤<>=]?\d)")
_PER_HEAD = re.compile(r"^人均(?=[≥≤<>=]?\d|不)")
_HEADS = "写的是人均数"
_PREFIXES = (
    (_YEARLY, "", ""),
    (_GROWTH, "≥", "写的是提高多少，按至少读入"),
    (_REACHED, "≥", "写的是达到多少，按至少读入"),
    (_LIMITED, "≤", ""),
    (_RATE_NAME, "", ""),
    (_PER_HEAD, "", _HEADS),
)
_WHOLE = re.compile(r"(?<=[^\d.])全(?:部)?覆盖$|(?<=[%个区场次篇人])(?:及时|完成|达标|覆盖)$")
_NOTE = re.compile(r"\([^()]*[^()\d][^()]*\)$")
_UNIT_LETTER = r"[^\W\d_]|[%‰°℃²³/·]"
_FIGURE = re.compile(
    rf"(-?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)((?:{_UNIT_LETTER}){{0,5}})(?:\(((?:{_UNIT_LETTER}){{0,8}})\))?"
)
_VAGUE = re.compile(r"左右|上下|多$|余|约|几|近\d|^近|大概")
_RANGE = re.compile(r"\d(?:[^\W\d_]|%){0,3}(?:[-~～—–―]+|至|到)\d")
_DATE = re.compile(
    r"(?:19|20)\d{2}年(?:度|内|底)?|(?:\d{1,2}[-~至])?\d{1,2}月(?:份|底|初)?(?:\d{1,2}[日号])?"
    r"|(?:19|20)\d{2}(?:[-/.]\d{1,2}){2}(?!\d)|(?:19|20)\d{2}-\d{1,2}(?!\d)|第?[1-4]季度|[上下]半年"
)
_OFTEN = re.compile(r"^每(?!年)|/(?:月|季度?|周|天|日|半年)$")
_OFTEN_NOTE = "写的是每次或每月的数，按定性读入；要自动计数，请写全年的数"
_SYMBOL_OR_DIGIT = re.compile(r"[≥≧⩾≤≦⩽<>=\d]")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_PER_CENT = {"百分比": "%", "百分率": "%", "百分号": "%", "％": "%"}
_JOINED_UNITS = frozenset({"场次", "人次", "个区", "个月", "批次", "台次", "户次", "件次", "期次"})


@dataclass(frozen=True, slots=True)
class Target:
    """A figure with operator and unit, or a word.

    `has_sign` is False for a bare figure, read as equal; `note` says what was read otherwise than written.
    """

    operator: str
    number: Decimal | None
    word: str
    unit: str
    has_sign: bool = True
    note: str = ""

    @property
    def text(self) -> str:
        return self.word if self.number is None else f"{self.operator}{self.number:f}{self.unit}"


def parse_target(cell: str) -> Target | None:
    """Read a target cell; None when it is neither a figure nor a word, or more than one figure."""
    plain = _plain(cell)
    if plain is None:
        return None
    if _OFTEN.search(plain) and (_SYMBOL_OR_DIGIT.search(plain) or is_vague(plain)):
        return Target(
            "", None, _word(cell), "", note="写的是每次或每月的数，按定性读入；要自动计数，请写全年的数"
        )
    if _is_date(plain):
        return Target("", None, _word(cell), "")
    target = _figure_target(arabic(plain))
    if target is not None:
        return target
    if _SYMBOL_OR_DIGIT.search(plain) or is_vague(plain) or not _CHINESE.search(plain):
        return None
    return Target("", None, _word(cell), "")


def join_cells(sign: str, value: str, unit: str) -> str:
    """The target of a row whose sign, value and unit stand in cells of their own."""
    sign = "" if without_spaces(sign) in NO_SIGNS else sign
    unit = "" if without_spaces(unit) in {"/", "无", "-"} else unit
    alone = parse_target(value)
    if alone is None or alone.number is None:
        joined = parse_target(sign + value + unit) if alone is None else None
        return sign + value + unit if joined else sign + value if alone is None else value
    sign_written = "" if alone.has_sign else sign
    is_bare = alone.unit == "" and unit
    return f"{sign_written}{value}{unit if is_bare else ''}"


def conflict(sign: str, value: str, unit: str) -> str:
    """What the cells of sign and unit say against the value's own; "" when nothing."""
    alone = parse_target(value)
    if alone is None or alone.number is None:
        return ""
    beside = parse_target(f"{sign}1") if without_spaces(sign) not in NO_SIGNS else None
    if beside and alone.has_sign and beside.operator != alone.operator:
        return f"符号一格写“{sign}”，指标值里写“{alone.operator}”"
    plain_unit = clean_unit(without_spaces(half_width(unit)))
    if alone.unit and plain_unit not in {alone.unit, "", "/", "无", "-"}:
        return f"单位一格写“{unit}”，指标值里写“{alone.unit}”"
    return ""


def is_range(cell: str) -> bool:
    plain = _plain(cell)
    return plain is None or _RANGE.search(plain) is not None


def clean_unit(unit: str) -> str:
    return _PER_CENT.get(unit, unit)


def with_unit(target: Target, unit: str) -> Target:
    return replace(target, unit=unit)


def _plain(cell: str) -> str | None:
    """The cell in half-width without spaces; None when a space or mark stands between two figures."""
    text = half_width(clean_text(without_tags(cell)))
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    text = _SPACED_GROUPS.sub(lambda group: re.sub(r"\s", "", group[0]), text)
    if _SPACE_IN_FIGURE.search(text):
        return None
    return without_spaces(text).rstrip("。;,.")


def _word(cell: str) -> str:
    return tidy_name(cell).rstrip("。；;，,")


def _is_date(plain: str) -> bool:
    """Whether the cell names a day, month or year by which something is done, and no figure beside it."""
    if not _DATE.search(plain) or any(pattern.match(plain) for pattern, _ in _SIGNS):
        return False
    return re.search(r"\d", _DATE.sub("", plain)) is None


def _figure_target(text: str) -> Target | None:
    if _RANGE.search(text):
        return None
    implied, notes = "", []
    for pattern, operator, note in _PREFIXES:
        stripped = pattern.sub("", text)
        if stripped != text:
            implied, text = operator or implied, stripped
            notes += [note] if note else []
    operator, rest, is_consistent = _sign(_WHOLE.sub("", text))
    figure = _figure(rest)
    if figure is None or not is_consistent:
        return None
    number, unit, note = figure
    if operator:
        notes = [each for each in notes if each == _HEADS]
    sentence = "，".join([*notes, *([note] if note else [])])
    return Target(operator or implied or "=", number, "", unit, bool(operator or implied), sentence)


def _sign(text: str) -> tuple[str, str, bool]:
    """Operator, the rest, and whether a sign in front and a bound behind agree."""
    front = ""
    for pattern, operator in _SIGNS:
        match = pattern.match(text)
        if match:
            front, text = operator, text[match.end() :]
            break
    for pattern, operator in _BOUNDS:
        match = pattern.search(text)
        if match and re.search(r"\d", text):
            agrees = front in {"", operator, "=", {"≥": ">", "≤": "<"}[operator]}
            return (operator if front in {"", "="} else front), text[: match.start()], agrees
    return front, text, True


def _figure(text: str) -> tuple[Decimal, str, str] | None:
    """Number, unit, and a note about what stood in brackets behind them."""
    if _VAGUE.search(text):
        return None
    match, note = _FIGURE.fullmatch(text), ""
    if match is None or _is_note(match):
        bracket = _NOTE.search(text)
        match = _FIGURE.fullmatch(text[: bracket.start()]) if bracket else None
        note = f"没有读括号里的“{bracket[0][1:-1]}”" if bracket else ""
    if match is None or len(match[1]) > LONGEST_FIGURE:
        return None
    unit = clean_unit(match[2] + (match[3] or ""))
    return Decimal(match[1].replace(",", "")), unit, note


def _is_note(match: re.Match[str]) -> bool:
    """Whether the bracket behind a unit is no part of it: %(抽样), but 场(次)."""
    first, second = match[2], match[3]
    if not first or not second:
        return False
    is_number_word = first in {"万", "千", "百", "亿"}
    return not is_number_word and first + second not in _JOINED_UNITS and first != second
