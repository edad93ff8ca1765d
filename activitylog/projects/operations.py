"""Imports a declaration into the tables, and opens a year by copying another."""

from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from activitylog.core.money import yuan_text
from activitylog.core.text.words import known_spelling
from activitylog.errors import BadInput, Refused
from activitylog.projects.declaration.document import (
    Declaration,
    DeclaredIndicator,
    DeclaredProject,
    plain_number,
)
from activitylog.projects.models import Indicator, Project

_PROJECT_FIELDS = {
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
    "position": "次序",
}
_INDICATOR_FIELDS = {
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
_FIRST_YEAR, _LAST_YEAR = 1900, 9998  # the years of Period
_LONGEST_VALUE = 30


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

    def __str__(self) -> str:
        place = f"“{self.project}”" + (f"的指标“{self.indicator}”" if self.indicator else "")
        if self.before is None:
            return f"{place}：新增"
        if self.after is None:
            return f"{place}：新申报表里没有"
        return f"{place}：{self.field}由“{self.before}”改为“{self.after}”"


def import_declaration(
    session: Session,
    declaration: Declaration,
    *,
    now: datetime,
    replace: bool = False,
    is_sample: bool = False,
) -> list[DeclarationChange]:
    """Store a declaration; of a year already there, show the differences and change it only on `replace`.

    Returns the changes made. Nothing logged is ever dropped: a project that still has records cannot go.
    """
    stored = projects_of_year(session, declaration.year)
    declaration = _as_stored(declaration, stored)
    changes = differences(stored, declaration)
    if changes and not is_sample and any(project.is_sample for project in stored):
        raise Refused(
            f"{declaration.year}年现在是示例年度，不能与正式的申报表混在一起；没有改动任何内容。"
            "请先运行 activitylog sample remove 去掉示例，再导入。"
        )
    if stored and changes and not replace:
        listed = "\n".join(f"  {change}" for change in changes)
        raise Refused(
            f"{declaration.year}年已经有申报表，与这份有 {len(changes)} 处不同：\n{listed}\n"
            "没有改动任何内容。确认以这份为准，请加 --replace 再导入一次。"
        )
    _store(session, stored, declaration, now=now, is_sample=is_sample)
    _drop_missing(session, stored, declaration)
    return changes


def _as_stored(declaration: Declaration, stored: list[Project]) -> Declaration:
    """The declaration with those names that are stored in another spelling as they are stored."""
    before = {project.name: project for project in stored}
    spelled = {p.name: known_spelling(p.name, before) or p.name for p in declaration.projects}
    projects = []
    for project in declaration.projects:
        known = before.get(spelled[project.name])
        names = [indicator.name for indicator in known.indicators] if known else []
        indicators = tuple(
            replace_fields(indicator, name=known_spelling(indicator.name, names) or indicator.name)
            for indicator in project.indicators
        )
        parent = spelled.get(project.parent or "", project.parent)
        projects.append(
            replace_fields(project, name=spelled[project.name], parent=parent, indicators=indicators)
        )
    return replace_fields(declaration, projects=tuple(projects))


def projects_of_year(session: Session, year: int) -> list[Project]:
    """The projects of a fiscal year with their indicators, in declared order."""
    rows = select(Project).where(Project.year == year).order_by(Project.position, Project.id)
    return list(session.scalars(rows.options(selectinload(Project.indicators), selectinload(Project.parent))))


def differences(stored: list[Project], declaration: Declaration) -> list[DeclarationChange]:
    """The differences between the tables and the declaration, project by project."""
    before = {project.name: project for project in stored}
    after = {project.name: project for project in declaration.projects}
    changes = [DeclarationChange(name, "", "", "在", None) for name in before if name not in after]
    for name, declared in after.items():
        project = before.get(name)
        if project is None:
            changes.append(DeclarationChange(name, "", "", None, "在"))
            continue
        changes += _field_changes(name, "", _PROJECT_FIELDS, project, _project_values(declared))
        parent = project.parent.name if project.parent else None
        if parent != declared.parent:
            changes.append(DeclarationChange(name, "", "上级项目", parent or "无", declared.parent or "无"))
        changes += _indicator_changes(project, declared)
    return changes


def _indicator_changes(project: Project, declared: DeclaredProject) -> list[DeclarationChange]:
    before = {indicator.name: indicator for indicator in project.indicators}
    after = {indicator.name: indicator for indicator in declared.indicators}
    removed = [DeclarationChange(project.name, name, "", "在", None) for name in before if name not in after]
    new = [DeclarationChange(project.name, name, "", None, "在") for name in after if name not in before]
    changed = [
        change
        for name, declared_indicator in after.items()
        if name in before
        for change in _field_changes(
            project.name, name, _INDICATOR_FIELDS, before[name], _indicator_values(declared_indicator)
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


def _project_values(declared: DeclaredProject) -> dict[str, Any]:
    return {
        name: declared.original_goal if name == "goal_wording" else getattr(declared, name)
        for name in _PROJECT_FIELDS
    }


def _indicator_values(declared: DeclaredIndicator) -> dict[str, Any]:
    return {name: getattr(declared, name) for name in _INDICATOR_FIELDS}


def _store(
    session: Session, stored: list[Project], declaration: Declaration, *, now: datetime, is_sample: bool
) -> None:
    projects = {project.name: project for project in stored}
    for declared in declaration.projects:
        project = projects.get(declared.name)
        if project is None:
            project = Project(year=declaration.year, name=declared.name, created_at=now, is_sample=is_sample)
            projects[declared.name] = project
            session.add(project)
        for name, value in _project_values(declared).items():
            setattr(project, name, value)
        project.is_sample = is_sample
        _store_indicators(project, declared)
    for declared in declaration.projects:
        projects[declared.name].parent = projects[declared.parent] if declared.parent else None
    session.flush()


def _store_indicators(project: Project, declared: DeclaredProject) -> None:
    rows = {indicator.name: indicator for indicator in project.indicators}
    for declared_indicator in declared.indicators:
        row = rows.get(declared_indicator.name)
        if row is None:
            row = Indicator(name=declared_indicator.name)
            project.indicators.append(row)
        for name, value in _indicator_values(declared_indicator).items():
            setattr(row, name, value)


def _drop_missing(session: Session, stored: list[Project], declaration: Declaration) -> None:
    declared = {project.name: {row.name for row in project.indicators} for project in declaration.projects}
    for project in stored:
        if project.name not in declared:
            _drop_project(session, project)
            continue
        for indicator in list(project.indicators):
            if indicator.name not in declared[project.name]:
                _drop_indicator(session, project, indicator)


def _drop_project(session: Session, project: Project) -> None:
    try:
        with session.begin_nested():
            for child in list(project.children):
                child.parent = None
            session.delete(project)
    except IntegrityError as error:
        raise Refused(
            f"{project.year}年的“{project.name}”不在新申报表里，但它名下还有活动、推送或支出等记录，不能去掉。"
            "请先把这些记录改到别的项目，或在新申报表里保留这个项目。"
        ) from error


def _drop_indicator(session: Session, project: Project, indicator: Indicator) -> None:
    try:
        with session.begin_nested():
            project.indicators.remove(indicator)
    except IntegrityError as error:
        raise Refused(
            f"“{project.name}”的指标“{indicator.name}”不在新申报表里，但它有人工填报的数，不能去掉。"
            "请在新申报表里保留这个指标。"
        ) from error


def copy_year(session: Session, source: int, target: int, *, now: datetime, is_sample: bool = False) -> None:
    """Open a year with the projects and indicators of another; dates move with the year."""
    if not _FIRST_YEAR <= target <= _LAST_YEAR:
        raise BadInput(f"没有 {target} 年可以开立，年份应在 {_FIRST_YEAR} 到 {_LAST_YEAR} 之间。")
    if projects_of_year(session, target):
        raise Refused(f"{target}年已经有申报项目，不能再从{source}年复制。")
    copies: dict[int, Project] = {}
    for project in projects_of_year(session, source):
        copy = Project(
            year=target,
            name=project.name,
            created_at=now,
            is_sample=is_sample,
            skips_review=project.skips_review,
            must_items=project.must_items,
            **{name: getattr(project, name) for name in _PROJECT_FIELDS},
        )
        copy.starts_on = _same_day(project.starts_on, target - source)
        copy.ends_on = _same_day(project.ends_on, target - source)
        copy.indicators = [_copy_of(indicator) for indicator in project.indicators]
        copies[project.id] = copy
        session.add(copy)
    if not copies:
        raise Refused(f"{source}年没有申报项目可供复制，请先导入申报表。")
    for project in projects_of_year(session, source):
        if project.parent_id is not None:
            copies[project.id].parent = copies[project.parent_id]
    session.flush()


def _copy_of(indicator: Indicator) -> Indicator:
    return Indicator(name=indicator.name, **{name: getattr(indicator, name) for name in _INDICATOR_FIELDS})


def _same_day(day: date | None, years: int) -> date | None:
    """The day so many years on; 29 February becomes the 28th where there is none."""
    if day is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
