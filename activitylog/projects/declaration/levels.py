"""Reads the 指标值 of a row (≥5.00(次), ≤30万元, 不少于5场, 及时) and finds the 二级指标 it stands under."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from activitylog.core.text.numbers import NotANumber, plain_figure
from activitylog.core.text.words import clean_text, half_width
from activitylog.projects.declaration.cells import (
    tidy_name,
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
_SEPARATED_FIGURE = re.compile(r"\d+(?:[\s,]+\d+)+")
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
    if _has_misplaced_separator(cell):
        return None
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


def _has_misplaced_separator(cell: str) -> bool:
    """Whether a comma or space among digits leaves open which number is meant: 30，40 or 1 5."""
    for figure in _SEPARATED_FIGURE.findall(half_width(clean_text(cell))):
        try:
            plain_figure(figure)
        except NotANumber:
            return True
    return False


def _plain(cell: str) -> str:
    text = half_width(clean_text(without_tags(cell)))
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


OUTPUT, COST, BENEFIT, SATISFACTION = "产出指标", "成本指标", "效益指标", "满意度指标"
LEVEL1_WORDS = frozenset({OUTPUT, COST, BENEFIT, SATISFACTION})
QUANTITY, QUALITY, TIMELINESS = "数量指标", "质量指标", "时效指标"
CLIENT_SATISFACTION = "服务对象满意度指标"
LEVEL1_OF = {
    QUANTITY: OUTPUT,
    QUALITY: OUTPUT,
    TIMELINESS: OUTPUT,
    "经济成本指标": COST,
    "社会成本指标": COST,
    "生态环境成本指标": COST,
    "经济效益指标": BENEFIT,
    "社会效益指标": BENEFIT,
    "生态效益指标": BENEFIT,
    "可持续影响指标": BENEFIT,
    CLIENT_SATISFACTION: SATISFACTION,
    "社会公众满意度指标": SATISFACTION,
    "社会公众或服务对象满意度指标": SATISFACTION,
}
# The second level of a first-level word alone, when no word of the indicator's name points to one.
_FIRST_OF_LEVEL1 = {
    OUTPUT: QUANTITY,
    COST: "经济成本指标",
    BENEFIT: "社会效益指标",
    SATISFACTION: CLIENT_SATISFACTION,
}
_COUNTED = frozenset("个场次篇人份套册项家区本期台件辆张条部幅节队支户座处") | {"场次", "人次", "个区"}


def _within(*level1_words: str) -> frozenset[str]:
    return frozenset(level2 for level2, level1 in LEVEL1_OF.items() if level1 in level1_words)


@dataclass(frozen=True, slots=True)
class LevelCue:
    """Words of a name that point to a second level; `fits` lists the levels they do not contradict."""

    pattern: re.Pattern[str]
    level2: str
    fits: frozenset[str]


CUES = (
    LevelCue(re.compile("满意(?!度?调查)"), CLIENT_SATISFACTION, _within(SATISFACTION)),
    LevelCue(
        re.compile("及时|时效|按时|准时|按期|如期|逾期|延期|时限|完成时间"),
        TIMELINESS,
        frozenset({TIMELINESS}),
    ),
    LevelCue(
        re.compile("(?:质量|达标|合格|优良|准确|完好).*率|质量达标|质量合格"), QUALITY, frozenset({QUALITY})
    ),
    LevelCue(re.compile("长效|可持续"), "可持续影响指标", frozenset({"可持续影响指标"})),
    LevelCue(re.compile("(?:生态|环境|环保).*成本"), "生态环境成本指标", _within(COST, BENEFIT)),
    LevelCue(re.compile("社会成本"), "社会成本指标", _within(COST, BENEFIT)),
    LevelCue(re.compile("成本|节约|节支|预算控制"), "经济成本指标", _within(COST, BENEFIT)),
    LevelCue(re.compile("经济效益|增收|创收"), "经济效益指标", _within(BENEFIT)),
    LevelCue(re.compile("生态效益|减排"), "生态效益指标", _within(BENEFIT)),
    LevelCue(re.compile("社会效益|影响力|提升情况|改善情况"), "社会效益指标", _within(BENEFIT)),
)
_COUNT_CUE = LevelCue(
    re.compile("数$|数量|次数|场次|人次|人数|覆盖面"), QUANTITY, _within(BENEFIT) | {QUANTITY, QUALITY}
)


@dataclass(frozen=True, slots=True)
class LevelCells:
    """The level cells of one row: first level, second level, and words that are neither."""

    level1: tuple[str, ...] = ()
    level2: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.level1 or self.level2 or self.unknown)


@dataclass(frozen=True, slots=True)
class Level2:
    """The second level found; `is_inferred` when its cell was missing and words decided."""

    level2: str
    is_inferred: bool = False


def is_level_word(cell: str) -> bool:
    word = without_spaces(cell)
    return word in LEVEL1_WORDS or word in LEVEL1_OF


def resembles_level_word(cell: str) -> bool:
    """Whether a cell in front of the name is meant as a level, even misspelt."""
    return (
        is_level_word(cell)
        or is_level_word(without_spaces(cell) + "指标")
        or without_spaces(cell).endswith("指标")
    )


def sort_level_cells(cells: Sequence[str]) -> LevelCells:
    """Sort the cells in front of the name into first level, second level and misspelt."""
    level_cells = [_canonical(cell) for cell in cells]
    second = [word for word in level_cells if word in LEVEL1_OF]
    return LevelCells(
        level1=tuple(word for word in level_cells if word in LEVEL1_WORDS),
        level2=second[-1] if second else "",
        unknown=tuple(word for word in level_cells if word not in LEVEL1_WORDS and word not in LEVEL1_OF),
    )


def _canonical(cell: str) -> str:
    word = without_spaces(cell)
    return word if is_level_word(word) or not is_level_word(word + "指标") else word + "指标"


def find_level2(level_cells: LevelCells, level2_above: str, name: str, target: Target) -> Level2 | None:
    """The second level of a row; `level2_above` is the one before it. None when it cannot be decided."""
    if level_cells.level2:
        return Level2(level_cells.level2)
    cues = _cues(name, target, level_cells.level1)
    if level2_above and not _begins_another_level(level_cells, level2_above):
        fits = not cues or any(level2_above in cue.fits for cue in cues)
        return Level2(level2_above) if fits else Level2(cues[0].level2, is_inferred=True)
    if cues:
        return Level2(cues[0].level2, is_inferred=True)
    if level_cells.level1:
        return Level2(_default(level_cells.level1[-1], target), is_inferred=True)
    return None


def _begins_another_level(level_cells: LevelCells, level2_above: str) -> bool:
    return bool(level_cells.unknown) or bool(
        level_cells.level1 and level_cells.level1[-1] != LEVEL1_OF[level2_above]
    )


def _cues(name: str, target: Target, level1: Sequence[str]) -> list[LevelCue]:
    """The cues in the name or the target's word that the row's own first level allows."""
    found = [cue for cue in CUES if cue.pattern.search(f"{name} {target.word}")]
    if _is_count(name, target, alone=not found):
        found.append(_COUNT_CUE)
    return [cue for cue in found if not level1 or LEVEL1_OF[cue.level2] in level1]


def _is_count(name: str, target: Target, *, alone: bool) -> bool:
    """Whether the indicator counts something; its unit decides only when no word of the name does."""
    if target.number is None or target.operator in {"≤", "<"} or target.unit not in _COUNTED | {""}:
        return False
    return bool(_COUNT_CUE.pattern.search(name)) or (alone and target.unit != "")


def _default(level1: str, target: Target) -> str:
    if level1 == OUTPUT and target.unit == "%":
        return QUALITY
    return _FIRST_OF_LEVEL1[level1]
