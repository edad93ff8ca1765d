"""Finds the 二级指标 of a row: its own cell, else the merged cell above, else words of its name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.target import Target

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
