"""Finds the project whose amount is the sum of the others, and children that promise less than it does."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from activitylog.projects.declaration.document import (
    DeclaredIndicator,
    DeclaredProject,
    Remark,
    RemarkKind,
)
from activitylog.projects.declaration.levels import LEVEL1_OF, QUALITY, SATISFACTION
from activitylog.projects.declaration.wording import FEN_PER_YUAN

# Percentages the umbrella pools from its children, so a lower promise below pulls the one above down.
_POOLED = frozenset({QUALITY} | {level2 for level2, level1 in LEVEL1_OF.items() if level1 == SATISFACTION})


NEAR = Fraction(1, 100)  # of the amount; a sum missed by less was hardly meant to be


def find_umbrella(projects: Sequence[DeclaredProject]) -> DeclaredProject | None:
    """The first project whose budget is the sum of all the others; one project alone has none."""
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
    """Say which project was taken as the umbrella, or nearly was, and where a child promises less."""
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
    for promised in umbrella.indicators:
        for child in children:
            for indicator in child.indicators:
                if _is_same_rate(promised, indicator) and _is_weaker(indicator, promised):
                    yield _weaker_remark(umbrella, promised, child, indicator)


def _near_remarks(projects: Sequence[DeclaredProject]) -> Iterator[Remark]:
    """The amounts that miss the sum of the others by little; of two projects none sums up the other."""
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


def _is_same_rate(promised: DeclaredIndicator, indicator: DeclaredIndicator) -> bool:
    if promised.unit != "%" or indicator.unit != "%" or promised.level2 != indicator.level2:
        return False
    return promised.name == indicator.name or promised.level2 in _POOLED


def _is_weaker(indicator: DeclaredIndicator, promised: DeclaredIndicator) -> bool:
    if indicator.target is None or promised.target is None:
        return False
    if promised.operator in {"≤", "<"}:
        return indicator.target > promised.target
    return indicator.target < promised.target


def _weaker_remark(
    umbrella: DeclaredProject,
    promised: DeclaredIndicator,
    child: DeclaredProject,
    indicator: DeclaredIndicator,
) -> Remark:
    message = (
        f"“{umbrella.name}”承诺{promised.name}{promised.promise}，"
        f"其下“{child.name}”只承诺{indicator.name}{indicator.promise}，汇总时可能达不到，请核对。"
    )
    return Remark(RemarkKind.WEAKER_CHILD, message, child.name)
