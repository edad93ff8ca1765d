"""Which 二级指标 a row belongs to: its own cell, else the merged cell above, else the words of its name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from activitylog.projects.declaration.target import Target
from activitylog.projects.declaration.wording import squeezed

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
# What a first-level word alone points to when the indicator's own words say nothing.
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
class Cue:
    """Words that point to a second level; `fits` lists those they do not contradict."""

    pattern: re.Pattern[str]
    level2: str
    fits: frozenset[str]


CUES = (
    Cue(re.compile("满意(?!度?调查)"), CLIENT_SATISFACTION, _within(SATISFACTION)),
    Cue(
        re.compile("及时|时效|按时|准时|按期|如期|逾期|延期|时限|完成时间"),
        TIMELINESS,
        frozenset({TIMELINESS}),
    ),
    Cue(re.compile("(?:质量|达标|合格|优良|准确|完好).*率|质量达标|质量合格"), QUALITY, frozenset({QUALITY})),
    Cue(re.compile("长效|可持续"), "可持续影响指标", frozenset({"可持续影响指标"})),
    Cue(re.compile("(?:生态|环境|环保).*成本"), "生态环境成本指标", _within(COST, BENEFIT)),
    Cue(re.compile("社会成本"), "社会成本指标", _within(COST, BENEFIT)),
    Cue(re.compile("成本|节约|节支|预算控制"), "经济成本指标", _within(COST, BENEFIT)),
    Cue(re.compile("经济效益|增收|创收"), "经济效益指标", _within(BENEFIT)),
    Cue(re.compile("生态效益|减排"), "生态效益指标", _within(BENEFIT)),
    Cue(re.compile("社会效益|影响力|提升情况|改善情况"), "社会效益指标", _within(BENEFIT)),
)
_COUNT_CUE = Cue(
    re.compile("数$|数量|次数|场次|人次|人数|覆盖面"), QUANTITY, _within(BENEFIT) | {QUANTITY, QUALITY}
)


@dataclass(frozen=True, slots=True)
class LevelWords:
    """The level cells of one row: known first-level words, the second-level one, words not in the form."""

    level1: tuple[str, ...] = ()
    level2: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.level1 or self.level2 or self.unknown)


@dataclass(frozen=True, slots=True)
class Placement:
    """The second level found; `lost` when its cell was missing and the words decided."""

    level2: str
    lost: bool = False


def is_level_word(cell: str) -> bool:
    word = squeezed(cell)
    return word in LEVEL1_WORDS or word in LEVEL1_OF


def looks_like_level_word(cell: str) -> bool:
    """A cell in front of the name that is meant as a level, even misspelt."""
    return is_level_word(cell) or is_level_word(squeezed(cell) + "指标") or squeezed(cell).endswith("指标")


def level_words(cells: Sequence[str]) -> LevelWords:
    """Sort the cells in front of the name into first level, second level and misspelt."""
    words = [_canonical(cell) for cell in cells]
    second = [word for word in words if word in LEVEL1_OF]
    return LevelWords(
        level1=tuple(word for word in words if word in LEVEL1_WORDS),
        level2=second[-1] if second else "",
        unknown=tuple(word for word in words if word not in LEVEL1_WORDS and word not in LEVEL1_OF),
    )


def _canonical(cell: str) -> str:
    word = squeezed(cell)
    return word if is_level_word(word) or not is_level_word(word + "指标") else word + "指标"


def place(words: LevelWords, carried: str, name: str, target: Target) -> Placement | None:
    """Decide the second level of a row; `carried` is the one above. None when nothing tells."""
    if words.level2:
        return Placement(words.level2)
    cues = _cues(name, target, words.level1)
    if carried and not _begins_another_level(words, carried):
        fits = not cues or any(carried in cue.fits for cue in cues)
        return Placement(carried) if fits else Placement(cues[0].level2, lost=True)
    if cues:
        return Placement(cues[0].level2, lost=True)
    if words.level1:
        return Placement(_default(words.level1[-1], target), lost=True)
    return None


def _begins_another_level(words: LevelWords, carried: str) -> bool:
    return bool(words.unknown) or bool(words.level1 and words.level1[-1] != LEVEL1_OF[carried])


def _cues(name: str, target: Target, level1: Sequence[str]) -> list[Cue]:
    """The cues in the name (or the target's word) that the row's own first level allows."""
    found = [cue for cue in CUES if cue.pattern.search(f"{name} {target.word}")]
    if _is_count(name, target, alone=not found):
        found.append(_COUNT_CUE)
    return [cue for cue in found if not level1 or LEVEL1_OF[cue.level2] in level1]


def _is_count(name: str, target: Target, *, alone: bool) -> bool:
    """A unit that is counted tells only where no word of the name does."""
    if target.number is None or target.operator in {"≤", "<"} or target.unit not in _COUNTED | {""}:
        return False
    return bool(_COUNT_CUE.pattern.search(name)) or (alone and target.unit != "")


def _default(level1: str, target: Target) -> str:
    if level1 == OUTPUT and target.unit == "%":
        return QUALITY
    return _FIRST_OF_LEVEL1[level1]
