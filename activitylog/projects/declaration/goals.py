"""Figures promised in goal texts beside the indicators that promise the same, each promise once.

An umbrella's goal text strings its children's together. So the children are compared first; what the
umbrella repeats word for word counts as told, and only what is left is held against the indicators of
the umbrella and all its children.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from activitylog.projects.declaration.document import (
    DeclaredIndicator,
    DeclaredProject,
    GoalComparison,
    Remark,
    RemarkKind,
    plain_number,
)
from activitylog.projects.declaration.levels import QUANTITY
from activitylog.projects.declaration.wording import half_width, squeezed

_AT_LEAST = "不少于|不低于|不小于|至少|≥"
_AT_MOST = "不超过|不高于|不多于|不大于|≤"
_UNITS = "场次|人次|个区|个月|[场次篇人个项区份套册期本家名万元%]"
_PROMISE = re.compile(
    rf"(?P<sign>{_AT_LEAST}|{_AT_MOST})(?P<number>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)"
    rf"(?P<wan>万)?(?P<unit>{_UNITS})"
)
_SENTENCE_END = re.compile(r"[。！？!?;；\n]")
# Units that count the same thing; others must be equal.
_SAME_THING = (
    frozenset({"场次", "场", "次"}),
    frozenset({"人", "人次", "名"}),
    frozenset({"个", "区", "个区"}),
)
_KEEPS = {"≥": frozenset("≥>="), "≤": frozenset("≤<=")}
WAN = 10_000


@dataclass(frozen=True, slots=True)
class Promise:
    """`sentence` is what the figure is said about; it decides between indicators of the same unit."""

    project: DeclaredProject
    phrase: str
    operator: str
    count: Decimal
    unit: str
    sentence: str

    @property
    def key(self) -> tuple[str, Decimal, str]:
        return self.operator, self.count, self.unit


def compare_goals(projects: Sequence[DeclaredProject]) -> tuple[GoalComparison, ...]:
    """Hold every promise of the goal texts against the table, the children's first."""
    parents = {project.parent for project in projects}
    children = [project for project in projects if project.name not in parents]
    umbrellas = [project for project in projects if project.name in parents]
    compared = [_compare(promise, [child]) for child in children for promise in promises(child)]
    told = {promise.key for child in children for promise in promises(child)}
    for umbrella in umbrellas:
        left = (promise for promise in promises(umbrella) if promise.key not in told)
        compared += [_compare(promise, [umbrella, *children]) for promise in left]
    return tuple(compared)


def promises(project: DeclaredProject) -> tuple[Promise, ...]:
    """The figures a goal text promises, each once."""
    text = half_width(project.goal).replace(" ", "")
    found = (_promise(project, text, match) for match in _PROMISE.finditer(text))
    return tuple({promise.key: promise for promise in found}.values())


def _promise(project: DeclaredProject, text: str, match: re.Match[str]) -> Promise:
    starts = [end.end() for end in _SENTENCE_END.finditer(text, 0, match.start())]
    count = Decimal(match["number"].replace(",", "")) * (WAN if match["wan"] else 1)
    operator = "≥" if re.fullmatch(_AT_LEAST, match["sign"]) else "≤"
    sentence = text[starts[-1] if starts else 0 : match.end()]
    return Promise(project, match[0], operator, count, match["unit"], sentence)


def _compare(promise: Promise, projects: Sequence[DeclaredProject]) -> GoalComparison:
    candidates = [
        (project, indicator)
        for project in projects
        for indicator in project.indicators
        if _counts_the_same(indicator, promise)
    ]
    best = max(candidates, key=lambda pair: _closeness(pair[1], promise), default=None)
    return GoalComparison(
        project=promise.project.name,
        phrase=promise.phrase,
        count=promise.count,
        unit=promise.unit,
        indicator_project=best[0].name if best else "",
        indicator=best[1] if best else None,
        agrees=best is not None and best[1].target == promise.count,
    )


def _counts_the_same(indicator: DeclaredIndicator, promise: Promise) -> bool:
    if indicator.target is None or indicator.operator not in _KEEPS[promise.operator]:
        return False
    return indicator.unit == promise.unit or any(
        indicator.unit in units and promise.unit in units for units in _SAME_THING
    )


def _closeness(indicator: DeclaredIndicator, promise: Promise) -> tuple[bool, int, int, bool]:
    """Output counts first, then the most words in common, then the nearest unit, then the same figure."""
    name = squeezed(indicator.name)
    pairs = {name[at : at + 2] for at in range(len(name) - 1)}
    shared = sum(pair in promise.sentence for pair in pairs)
    nearness = 2 * (indicator.unit == promise.unit) + (promise.unit in name)
    return indicator.level2 == QUANTITY, shared, nearness, indicator.target == promise.count


def goal_remarks(comparisons: Sequence[GoalComparison]) -> Iterator[Remark]:
    """One warning for each promise the table does not keep word for word."""
    for comparison in comparisons:
        if comparison.agrees:
            continue
        said = f"“{comparison.project}”的目标文字写着“{comparison.phrase}”"
        if comparison.indicator is None:
            message = f"{said}，指标表里没有相应的指标，请核对。"
        else:
            message = (
                f"{said}，指标表里“{comparison.indicator_project}”的"
                f"“{comparison.indicator.name}”是{comparison.indicator.promise}，"
                f"两处不一致（{plain_number(comparison.count)}与{comparison.indicator.target_text}），请核对。"
            )
        yield Remark(RemarkKind.GOAL_DIFFERENCE, message, comparison.project)
