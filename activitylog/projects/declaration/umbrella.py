"""Finds the project whose amount is the sum of the others, and children with weaker targets than its own."""

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


def find_umbrella(projects: Sequence[DeclaredProject]) -> DeclaredProject | None:
    """The first project whose budget is the sum of all the others; None when there is none."""
    total = sum(project.budget_fen for project in projects)
    if len(projects) < 2 or total == 0:
        return None
    return next((project for project in projects if project.budget_fen * 2 == total), None)


def link_children(
    projects: Sequence[DeclaredProject], umbrella: DeclaredProject | None
) -> tuple[DeclaredProject, ...]:
    if umbrella is None:
        return tuple(projects)
    return tuple(
        project if project.name == umbrella.name else replace(project, parent=umbrella.name)
        for project in projects
    )


def umbrella_remarks(
    projects: Sequence[DeclaredProject], umbrella: DeclaredProject | None
) -> Iterator[Remark]:
    """Remarks on the project taken as the umbrella, or nearly, and on children with weaker targets."""
    if umbrella is None:
        yield from _near_remarks(projects)
        return
    children = [project for project in projects if project.parent == umbrella.name]
    parts = "、".join(f"“{child.name}”" for child in children)
    message = (
        f"“{umbrella.name}”的资金{_yuan(umbrella.budget_fen)}元等于其余{len(children)}个项目之和，"
        f"作为汇总项目，下设{parts}。"
    )
    yield Remark(RemarkKind.UMBRELLA, message, umbrella.name)
    for umbrella_indicator in umbrella.indicators:
        for child in children:
            for indicator in child.indicators:
                if _is_same_rate(umbrella_indicator, indicator) and _is_weaker(indicator, umbrella_indicator):
                    yield _weaker_remark(umbrella, umbrella_indicator, child, indicator)


def _near_remarks(projects: Sequence[DeclaredProject]) -> Iterator[Remark]:
    """Remarks on amounts that differ little from the sum of the others; with two projects there is no sum."""
    total = sum(project.budget_fen for project in projects)
    for project in projects if len(projects) > 2 else ():
        others = total - project.budget_fen
        gap = abs(others - project.budget_fen)
        if gap < NEAR * project.budget_fen:
            message = (
                f"“{project.name}”的资金 {_yuan(project.budget_fen)} 元与其余 {len(projects) - 1} 个项目之和"
                f" {_yuan(others)} 元相差 {_yuan(gap)} 元，没有作为汇总项目；请核对。"
            )
            yield Remark(RemarkKind.NEAR_UMBRELLA, message, project.name)


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
