"""The words of 一级指标 and 二级指标, and the 二级指标 of a row whose cell is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.table.targets import Target

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
    # older forms: also first-level words, told apart by their column or by what is above them
    COST: OUTPUT,
    SATISFACTION: SATISFACTION,
    "进度指标": OUTPUT,
    "环境效益指标": BENEFIT,
    "可持续发展指标": BENEFIT,
    "公众满意度指标": SATISFACTION,
    "群众满意度指标": SATISFACTION,
}
# Words of both levels.
EITHER_LEVEL = LEVEL1_WORDS & frozenset(LEVEL1_OF)
# The second level of a first-level word alone, when no word of the indicator's name points to one.
_FIRST_OF_LEVEL1 = {
    OUTPUT: QUANTITY,
    COST: "经济成本指标",
    BENEFIT: "社会效益指标",
    SATISFACTION: CLIENT_SATISFACTION,
}
COUNTED = frozenset("个场次篇人份套册项家区本期台件辆张条部幅节队支户座处") | {"场次", "人次", "个区"}


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
    LevelCue(re.compile("成本|节约|节支|预算控制"), "经济成本指标", _within(COST, BENEFIT) | {COST}),
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


@dataclass(frozen=True, slots=True)
class Levels:
    """First and second level of a row; `is_inferred` when the second's cell was missing and words decided."""

    level1: str = ""
    level2: str = ""
    is_inferred: bool = False


_POINTS = re.compile(r"(?<=标)\(?\d+(?:\.\d+)?(?:分|%)?\)?$|\(\d+(?:\.\d+)?(?:分|%)\)$")


def level_word(cell: str) -> str:
    """A level cell's word without its points and with 指标: 产出指标(50分), 社会效益."""
    word = _POINTS.sub("", without_spaces(cell))
    return word if _is_known(word) or not _is_known(word + "指标") else word + "指标"


def is_level_word(cell: str) -> bool:
    return _is_known(_POINTS.sub("", without_spaces(cell)))


def _is_known(word: str) -> bool:
    return word in LEVEL1_WORDS or word in LEVEL1_OF


def resembles_level_word(cell: str) -> bool:
    """Whether a cell in front of the name is meant as a level, even misspelt."""
    return level_word(cell).endswith("指标")


def sort_level_cells(cells: Sequence[str], level1_above: str = "") -> LevelCells:
    """Sort the cells in front of the name into first level, second level and misspelt.

    A word of both levels is the second where a first stands before it, or where the rows above are of 产出.
    """
    words = [level_word(cell) for cell in cells]
    first: list[str] = []
    second: list[str] = []
    for at, word in enumerate(words):
        has_first = any(earlier in LEVEL1_WORDS for earlier in words[:at])
        has_later = any(later in LEVEL1_OF and later not in EITHER_LEVEL for later in words[at + 1 :])
        is_second_here = has_first or (word == COST and level1_above == OUTPUT and len(words) == 1)
        if word in EITHER_LEVEL:
            (second if is_second_here and not has_later else first).append(word)
        elif word in LEVEL1_WORDS:
            first.append(word)
        elif word in LEVEL1_OF:
            second.append(word)
    return LevelCells(
        level1=tuple(first),
        level2=second[-1] if second else "",
        unknown=tuple(word for word in words if not _is_known(word)),
    )


def names_a_level(name: str) -> bool:
    """Whether words of an indicator's name point to a second level, such as 及时 or 满意."""
    return any(cue.pattern.search(name) for cue in CUES)


def find_levels(level_cells: LevelCells, above: Levels, name: str, target: Target) -> Levels | None:
    """The levels of a row, given those of the row before it; None when they cannot be decided."""
    if level_cells.level2:
        return Levels(_level1_of(level_cells, above), level_cells.level2)
    cues = _cues(name, target, level_cells.level1)
    if above.level2 and not _begins_another_level(level_cells, above):
        named = [cue for cue in cues if cue.pattern.search(f"{name} {target.word}")]
        if not named or any(above.level2 in cue.fits for cue in named):
            return Levels(above.level1, above.level2)
        return _inferred(named[0].level2)
    if cues:
        return _inferred(cues[0].level2)
    if level_cells.level1:
        return _inferred(_default(level_cells.level1[-1], target))
    return None


def _level1_of(level_cells: LevelCells, above: Levels) -> str:
    """The first level that the second belongs to; older forms have 成本指标 under 产出指标."""
    if level_cells.level2 != COST:
        return LEVEL1_OF[level_cells.level2]
    return next((word for word in (*level_cells.level1, above.level1) if word in {OUTPUT, COST}), OUTPUT)


def _inferred(level2: str) -> Levels:
    return Levels(LEVEL1_OF[level2], level2, is_inferred=True)


def _begins_another_level(level_cells: LevelCells, above: Levels) -> bool:
    return bool(level_cells.unknown) or bool(level_cells.level1 and level_cells.level1[-1] != above.level1)


def _cues(name: str, target: Target, level1: Sequence[str]) -> list[LevelCue]:
    """The cues in the name or the target's word that the row's own first level allows."""
    found = [cue for cue in CUES if cue.pattern.search(f"{name} {target.word}")]
    if _is_count(name, target, alone=not found):
        found.append(_COUNT_CUE)
    return [cue for cue in found if not level1 or LEVEL1_OF[cue.level2] in level1]


def _is_count(name: str, target: Target, *, alone: bool) -> bool:
    """Whether the indicator counts something; its unit decides only when no word of the name does."""
    if target.number is None or target.operator in {"≤", "<"} or target.unit not in COUNTED | {""}:
        return False
    return bool(_COUNT_CUE.pattern.search(name)) or (alone and target.unit != "")


def _default(level1: str, target: Target) -> str:
    if level1 == OUTPUT and target.unit == "%":
        return QUALITY
    return _FIRST_OF_LEVEL1[level1]
