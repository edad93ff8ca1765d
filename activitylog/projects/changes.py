"""Compares a declaration with the projects stored, and lists what it would change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from activitylog.core.money import yuan_text
from activitylog.projects.declaration.document import (
    Declaration,
    DeclaredIndicator,
    DeclaredProject,
    plain_number,
)
from activitylog.projects.models import Project

PROJECT_FIELDS = {
    "nature": "项目性质",
    "category": "项目类别",
    "department": "主管部门",
    "implementing_unit": "实施单位",
    "starts_on": "计划开始日期",
    "ends_on": "计划完成日期",
    "budget_fen": "年度资金申请总额",
    "fiscal_fen": "当年财政拨款",
    "carried_over_fen": "上年结转资金",
    "other_fen": "其他资金",
    "goal": "年度总体目标",
    "goal_wording": "年度总体目标原文",
}
INDICATOR_FIELDS = {
    "level1": "一级指标",
    "level2": "二级指标",
    "operator": "比较符号",
    "target": "指标值",
    "target_word": "指标值",
    "unit": "单位",
    "wording": "指标值原文",
    "position": "次序",
}
_TARGET_LABELS = frozenset({"比较符号", "指标值", "单位"})
_LONGEST_VALUE = 30
_ALIKE_INDICATORS = 0.6  # share of equal indicator names from which a new project may be a renamed one
_ALIKE_NAMES = 0.5


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What a person decided about stored projects: let them change, new names by old, those to drop."""

    replace: bool = False
    renames: Mapping[str, str] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeclarationChange:
    """One difference between a declaration and the tables; None where there is no such record."""

    project: str
    indicator: str
    field: str
    before: str | None
    after: str | None

    @property
    def changes_target(self) -> bool:
        """Whether it changes an indicator's target, and so perhaps how it is counted."""
        return self.field in _TARGET_LABELS

    @property
    def adds_project(self) -> bool:
        return self.before is None and not self.indicator

    def __str__(self) -> str:
        place = f"“{self.project}”" + (f"的指标“{self.indicator}”" if self.indicator else "")
        if self.before is None:
            return f"{place}：新增"
        if self.after is None:
            return f"{place}：新申报表里没有"
        return f"{place}：{self.field}由“{self.before}”改为“{self.after}”"


def differences(
    stored: Sequence[Project],
    declaration: Declaration,
    choices: ImportChoices = ImportChoices(),
) -> list[DeclarationChange]:
    """The differences between the declaration and the tables; projects it does not name stay as they are."""
    names = {project.name for project in stored}
    before = {choices.renames.get(project.name, project.name): project for project in stored}
    changes = [DeclarationChange(name, "", "", "在", None) for name in sorted(choices.drops & names)]
    for declared in declaration.projects:
        project = before.get(declared.name)
        if project is None:
            changes.append(DeclarationChange(declared.name, "", "", None, "在"))
            continue
        changes += _project_changes(project, declared, parent_after(project, declared, declaration, names))
    return changes


def _project_changes(
    project: Project, declared: DeclaredProject, parent: str | None
) -> Iterator[DeclarationChange]:
    if project.name != declared.name:
        yield DeclarationChange(declared.name, "", "项目名称", project.name, declared.name)
    yield from _field_changes(declared.name, "", PROJECT_FIELDS, project, project_values(declared))
    before = project.parent.name if project.parent else None
    if parent != before:
        yield DeclarationChange(declared.name, "", "上级项目", before or "无", parent or "无")
    yield from _indicator_changes(project, declared)


def parent_after(
    project: Project | None, declared: DeclaredProject, declaration: Declaration, stored_names: set[str]
) -> str | None:
    """The umbrella's name after the import.

    What a person or the form says holds; what only the amounts say holds for projects not stored before.
    """
    if declaration.decides_umbrella or project is None:
        return declared.parent
    before = project.parent.name if project.parent else None
    return declared.parent if declared.parent and declared.parent not in stored_names else before


def rename_questions(
    stored: Sequence[Project], declaration: Declaration, choices: ImportChoices
) -> list[str]:
    """Questions about new projects that look like stored ones under another name."""
    declared_names = {project.name for project in declaration.projects}
    taken = set(choices.renames) | set(choices.drops) | declared_names
    remaining = [project for project in stored if project.name not in taken]
    known = {project.name for project in stored} | set(choices.renames.values())
    return [
        f"“{declared.name}”作为新项目加入；它与已有的“{project.name}”很像，如果是改了名，"
        f"请说明（命令行加 --rename {project.name}={declared.name} 再导入一次），原来的记录会留在它名下。"
        for declared in declaration.projects
        if declared.name not in known
        for project in remaining
        if _is_alike(project, declared)
    ]


def _is_alike(project: Project, declared: DeclaredProject) -> bool:
    before = {indicator.name for indicator in project.indicators}
    after = {indicator.name for indicator in declared.indicators}
    share = len(before & after) / max(len(before | after), 1)
    names = SequenceMatcher(None, project.name, declared.name).ratio()
    is_same_money = project.budget_fen == declared.budget_fen
    return share >= _ALIKE_INDICATORS and (names >= _ALIKE_NAMES or is_same_money)


def _indicator_changes(project: Project, declared: DeclaredProject) -> list[DeclarationChange]:
    before = {indicator.name: indicator for indicator in project.indicators}
    after = {indicator.name: indicator for indicator in declared.indicators}
    removed = [DeclarationChange(declared.name, name, "", "在", None) for name in before if name not in after]
    new = [DeclarationChange(declared.name, name, "", None, "在") for name in after if name not in before]
    changed = [
        change
        for name, declared_indicator in after.items()
        if name in before
        for change in _field_changes(
            declared.name, name, INDICATOR_FIELDS, before[name], indicator_values(declared_indicator)
        )
    ]
    return removed + new + changed


def _field_changes(
    project: str, indicator: str, labels: dict[str, str], row: object, values: dict[str, Any]
) -> list[DeclarationChange]:
    return [
        DeclarationChange(
            project, indicator, labels[name], _value_text(name, getattr(row, name)), _value_text(name, value)
        )
        for name, value in values.items()
        if getattr(row, name) != value
    ]


def _value_text(name: str, value: Any) -> str:
    if value is None or value == "":
        return "空"
    if name.endswith("_fen"):
        return f"{yuan_text(value)} 元"
    text = plain_number(value) if isinstance(value, Decimal) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def project_values(declared: DeclaredProject) -> dict[str, Any]:
    return {
        name: declared.original_goal if name == "goal_wording" else getattr(declared, name)
        for name in PROJECT_FIELDS
    }


def indicator_values(declared: DeclaredIndicator) -> dict[str, Any]:
    return {name: getattr(declared, name) for name in INDICATOR_FIELDS}
