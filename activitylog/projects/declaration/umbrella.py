"""Finds the umbrella project whose amount sums up the others, and what about it a person should check."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from activitylog.projects.declaration.cells import FEN_PER_YUAN
from activitylog.projects.declaration.document import (
    DeclaredIndicator,
    DeclaredProject,
    Remark,
    RemarkKind,
)
from activitylog.projects.declaration.levels import LEVEL1_OF, QUALITY, SATISFACTION

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
        f"“{umbrella.name}”的资金{_yuan(umbrella.budget_fen)}元等于其余{len(children)}个项目之和，"
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
            f"“{summing.name}”的资金{_yuan(summing.budget_fen)}元等于其余{len(projects) - 1}个项目之和，"
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
                f"“{project.name}”的资金 {_yuan(project.budget_fen)} 元与其余 {len(projects) - 1} 个项目之和"
                f" {_yuan(others)} 元相差 {_yuan(gap)} 元，没有作为汇总项目；请核对，"
                f"如果是，请选它作汇总项目（命令行加 --umbrella {project.name}）。"
            )
            yield Remark(RemarkKind.NEAR_UMBRELLA, message, project.name)


def _weaker_children(umbrella: DeclaredProject, children: Sequence[DeclaredProject]) -> Iterator[Remark]:
    for promised in umbrella.indicators:
        for child in children:
            for indicator in child.indicators:
                if _is_same_rate(promised, indicator) and _is_weaker(indicator, promised):
                    yield _weaker_remark(umbrella, promised, child, indicator)


def _yuan(fen: int) -> str:
    return f"{fen / FEN_PER_YUAN:,.2f}"


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
