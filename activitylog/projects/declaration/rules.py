"""Compares the targets in a declaration's goal texts with its indicators."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from activitylog.core.text.words import half_width
from activitylog.projects.declaration.cells import without_spaces
from activitylog.projects.declaration.document import (
    DeclaredIndicator,
    DeclaredProject,
    GoalComparison,
    Remark,
    RemarkKind,
    plain_number,
)
from activitylog.projects.declaration.levels import QUANTITY

_AT_LEAST = "不少于|不低于|不小于|至少|≥"
_AT_MOST = "不超过|不高于|不多于|不大于|≤"
_UNITS = "场次|人次|个区|个月|[场次篇人个项区份套册期本家名万元%]"
_GOAL_TARGET = re.compile(
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
_SAME_DIRECTION = {"≥": frozenset("≥>="), "≤": frozenset("≤<=")}
WAN = 10_000


@dataclass(frozen=True, slots=True)
class GoalTarget:
    """A target found in a goal text; its `sentence` decides between indicators of the same unit."""

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
    """Compare every target of the goal texts with the indicator tables, the children's first."""
    parents = {project.parent for project in projects}
    children = [project for project in projects if project.name not in parents]
    umbrellas = [project for project in projects if project.name in parents]
    compared = [_compare(goal_target, [child]) for child in children for goal_target in goal_targets(child)]
    compared_keys = {goal_target.key for child in children for goal_target in goal_targets(child)}
    for umbrella in umbrellas:
        remaining = (
            goal_target for goal_target in goal_targets(umbrella) if goal_target.key not in compared_keys
        )
        compared += [_compare(goal_target, [umbrella, *children]) for goal_target in remaining]
    return tuple(compared)


def goal_targets(project: DeclaredProject) -> tuple[GoalTarget, ...]:
    """The targets in a project's goal text, each once."""
    text = half_width(project.goal).replace(" ", "")
    found = (_goal_target(project, text, match) for match in _GOAL_TARGET.finditer(text))
    return tuple({goal_target.key: goal_target for goal_target in found}.values())


def _goal_target(project: DeclaredProject, text: str, match: re.Match[str]) -> GoalTarget:
    starts = [end.end() for end in _SENTENCE_END.finditer(text, 0, match.start())]
    count = Decimal(match["number"].replace(",", "")) * (WAN if match["wan"] else 1)
    operator = "≥" if re.fullmatch(_AT_LEAST, match["sign"]) else "≤"
    sentence = text[starts[-1] if starts else 0 : match.end()]
    return GoalTarget(project, match[0], operator, count, match["unit"], sentence)


def _compare(goal_target: GoalTarget, projects: Sequence[DeclaredProject]) -> GoalComparison:
    candidates = [
        (project, indicator)
        for project in projects
        for indicator in project.indicators
        if _counts_the_same(indicator, goal_target)
    ]
    best = max(candidates, key=lambda pair: _closeness(pair[1], goal_target), default=None)
    return GoalComparison(
        project=goal_target.project.name,
        phrase=goal_target.phrase,
        count=goal_target.count,
        unit=goal_target.unit,
        indicator_project=best[0].name if best else "",
        indicator=best[1] if best else None,
        agrees=best is not None and best[1].target == goal_target.count,
    )


def _counts_the_same(indicator: DeclaredIndicator, goal_target: GoalTarget) -> bool:
    if indicator.target is None or indicator.operator not in _SAME_DIRECTION[goal_target.operator]:
        return False
    return indicator.unit == goal_target.unit or any(
        indicator.unit in units and goal_target.unit in units for units in _SAME_THING
    )


def _closeness(indicator: DeclaredIndicator, goal_target: GoalTarget) -> tuple[bool, int, int, bool]:
    """Sort key: output counts first, then most words in common, then nearest unit, then equal figure."""
    name = without_spaces(indicator.name)
    pairs = {name[at : at + 2] for at in range(len(name) - 1)}
    shared = sum(pair in goal_target.sentence for pair in pairs)
    nearness = 2 * (indicator.unit == goal_target.unit) + (goal_target.unit in name)
    return indicator.level2 == QUANTITY, shared, nearness, indicator.target == goal_target.count


def goal_remarks(comparisons: Sequence[GoalComparison]) -> Iterator[Remark]:
    """One warning for each target that differs from the table's or is not in it."""
    for comparison in comparisons:
        if comparison.agrees:
            continue
        quoted = f"“{comparison.project}”的目标文字写着“{comparison.phrase}”"
        if comparison.indicator is None:
            message = f"{quoted}，指标表里没有相应的指标，请核对。"
        else:
            message = (
                f"{quoted}，指标表里“{comparison.indicator_project}”的"
                f"“{comparison.indicator.name}”是{comparison.indicator.printed_target}，"
                f"两处不一致（{plain_number(comparison.count)}与{comparison.indicator.target_text}），请核对。"
            )
        yield Remark(RemarkKind.GOAL_DIFFERENCE, message, comparison.project)
