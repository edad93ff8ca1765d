"""Finds the umbrella project by the amounts, and compares targets in goal texts with the indicators."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from activitylog.core.money import yuan_text
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
from activitylog.projects.declaration.table.levels import LEVEL1_OF, QUALITY, QUANTITY, SATISFACTION

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


# Percentages the umbrella pools from its children: a child's lower target pulls its figure down.
_POOLED = frozenset({QUALITY} | {level2 for level2, level1 in LEVEL1_OF.items() if level1 == SATISFACTION})
NEAR = Fraction(1, 100)  # of the amount: a sum that differs by less gets a remark
FEWEST_CHILDREN = 3  # two amounts add up to a third by chance
NO_PARENT = "无"


def umbrella_of(projects: Sequence[DeclaredProject], chosen: str | None) -> str | None:
    """The umbrella's name: a person's choice, else the sum of at least three others; None for none.

    Where a form itself names its 上级项目, the amounts decide nothing.
    """
    if chosen is not None:
        return chosen or None
    if any(project.parent for project in projects):
        return None
    found = summing_project(projects)
    return found.name if found and len(projects) > FEWEST_CHILDREN else None


def summing_project(projects: Sequence[DeclaredProject]) -> DeclaredProject | None:
    """The first project whose budget is the sum of all the others; None when there is none."""
    total = sum(project.budget_fen for project in projects)
    if len(projects) < 2 or total == 0:
        return None
    return next((project for project in projects if project.budget_fen * 2 == total), None)


def link_projects(
    projects: Sequence[DeclaredProject], umbrella: str | None, chosen: str | None = None
) -> tuple[DeclaredProject, ...]:
    """The projects with their umbrella: the one chosen or found, else the one their forms name."""
    if umbrella is None:
        return tuple(
            replace(project, parent=None if chosen == "" or project.parent == NO_PARENT else project.parent)
            for project in projects
        )
    return tuple(
        replace(project, parent=None if project.name == umbrella else umbrella) for project in projects
    )


def umbrella_remarks(projects: Sequence[DeclaredProject], *, is_decided: bool) -> Iterator[Remark]:
    """Remarks on the umbrella found, on one that only may be one, and on children with weaker targets."""
    parents = {project.parent for project in projects if project.parent}
    umbrellas = [project for project in projects if project.name in parents]
    if not umbrellas and not is_decided:
        yield from _possible_umbrella(projects)
    for umbrella in umbrellas:
        children = [project for project in projects if project.parent == umbrella.name]
        if not is_decided and sum(child.budget_fen for child in children) == umbrella.budget_fen:
            yield _umbrella_remark(umbrella, children)
        yield from _weaker_children(umbrella, children)


def _umbrella_remark(umbrella: DeclaredProject, children: Sequence[DeclaredProject]) -> Remark:
    parts = "、".join(f"“{child.name}”" for child in children)
    message = (
        f"“{umbrella.name}”的资金{yuan_text(umbrella.budget_fen)}元等于其余{len(children)}个项目之和，"
        f"作为汇总项目，下设{parts}；如果不是，请选“没有汇总项目”（命令行加 --no-umbrella）。"
    )
    return Remark(RemarkKind.UMBRELLA, message, umbrella.name)


def _possible_umbrella(projects: Sequence[DeclaredProject]) -> Iterator[Remark]:
    """The question about amounts that add up too weakly; with two projects an equal amount says nothing."""
    if len(projects) < FEWEST_CHILDREN:
        return
    summing = summing_project(projects)
    if summing is not None:
        message = (
            f"“{summing.name}”的资金{yuan_text(summing.budget_fen)}元等于其余{len(projects) - 1}个项目之和，"
            f"可能是巧合，没有作为汇总项目；如果是，请选它作汇总项目（命令行加 --umbrella {summing.name}）。"
        )
        yield Remark(RemarkKind.NEAR_UMBRELLA, message, summing.name)
        return
    total = sum(project.budget_fen for project in projects)
    for project in projects:
        others = total - project.budget_fen
        gap = abs(others - project.budget_fen)
        if gap < NEAR * project.budget_fen:
            message = (
                f"“{project.name}”的资金 {yuan_text(project.budget_fen)} 元"
                f"与其余 {len(projects) - 1} 个项目之和 {yuan_text(others)} 元相差 {yuan_text(gap)} 元，"
                "没有作为汇总项目；请核对，"
                f"如果是，请选它作汇总项目（命令行加 --umbrella {project.name}）。"
            )
            yield Remark(RemarkKind.NEAR_UMBRELLA, message, project.name)


def _weaker_children(umbrella: DeclaredProject, children: Sequence[DeclaredProject]) -> Iterator[Remark]:
    for promised in umbrella.indicators:
        for child in children:
            for indicator in child.indicators:
                if _is_same_rate(promised, indicator) and _is_weaker(indicator, promised):
                    yield _weaker_remark(umbrella, promised, child, indicator)


def _is_same_rate(umbrella_indicator: DeclaredIndicator, indicator: DeclaredIndicator) -> bool:
    if (
        umbrella_indicator.unit != "%"
        or indicator.unit != "%"
        or umbrella_indicator.level2 != indicator.level2
    ):
        return False
    return umbrella_indicator.name == indicator.name or umbrella_indicator.level2 in _POOLED


def _is_weaker(indicator: DeclaredIndicator, umbrella_indicator: DeclaredIndicator) -> bool:
    if indicator.target is None or umbrella_indicator.target is None:
        return False
    if umbrella_indicator.operator in {"≤", "<"}:
        return indicator.target > umbrella_indicator.target
    return indicator.target < umbrella_indicator.target


def _weaker_remark(
    umbrella: DeclaredProject,
    umbrella_indicator: DeclaredIndicator,
    child: DeclaredProject,
    indicator: DeclaredIndicator,
) -> Remark:
    message = (
        f"“{umbrella.name}”承诺{umbrella_indicator.name}{umbrella_indicator.printed_target}，"
        f"其下“{child.name}”只承诺{indicator.name}{indicator.printed_target}，汇总时可能达不到，请核对。"
    )
    return Remark(RemarkKind.WEAKER_CHILD, message, child.name)
