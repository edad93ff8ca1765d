"""Imports a declaration into the tables, sets the umbrella, and opens a year by copying another."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from activitylog.accounts.models import Membership
from activitylog.core.text.words import known_spelling
from activitylog.errors import BadInput, Missing, Refused
from activitylog.projects.changes import (
    INDICATOR_FIELDS,
    PROJECT_FIELDS,
    DeclarationChange,
    ImportChoices,
    differences,
    indicator_values,
    parent_after,
    project_values,
)
from activitylog.projects.declaration.document import Declaration, DeclaredProject
from activitylog.projects.models import Indicator, Project

_FIRST_YEAR, _LAST_YEAR = 1900, 9998  # the years of Period


def import_declaration(
    session: Session,
    declaration: Declaration,
    *,
    now: datetime,
    choices: ImportChoices = ImportChoices(),  # noqa: B008
    is_sample: bool = False,
) -> list[DeclarationChange]:
    """Store a declaration beside the others of its year; a project stored before changes only on `replace`.

    Returns the changes made. Nothing logged is ever dropped: a project that still has records cannot go.
    """
    stored = projects_of_year(session, declaration.year)
    declaration = _as_stored(declaration, stored, choices)
    _check_choices(stored, declaration, choices)
    changes = differences(stored, declaration, choices)
    if changes and not is_sample and any(project.is_sample for project in stored):
        raise Refused(
            f"{declaration.year}年现在是示例年度，不能与正式的申报表混在一起；没有改动任何内容。"
            "请先在“设置”里去掉示例（或运行 activitylog sample remove），再导入。"
        )
    changed = [change for change in changes if not change.adds_project]
    if changed and not choices.replace and not _are_chosen(changed, choices):
        listed = "\n".join(f"  {change}" for change in changes)
        raise Refused(
            f"{declaration.year}年已经有申报表，与这份有 {len(changes)} 处不同：\n{listed}\n"
            "没有改动任何内容。确认以这份为准，请加 --replace 再导入一次。"
        )
    stored = _rename_and_drop(session, stored, choices)
    _store(session, stored, declaration, now=now, is_sample=is_sample)
    _drop_missing_indicators(session, stored, declaration)
    return changes


def _are_chosen(changes: list[DeclarationChange], choices: ImportChoices) -> bool:
    """Whether every change is a renaming or dropping that a person asked for by name."""
    return all(
        change.field == "项目名称" or (change.after is None and change.project in choices.drops)
        for change in changes
    )


def _check_choices(stored: list[Project], declaration: Declaration, choices: ImportChoices) -> None:
    names = {project.name for project in stored}
    declared = {project.name for project in declaration.projects}
    known = "、".join(project.name for project in stored) or "（还没有项目）"
    for name in (*choices.renames, *choices.drops):
        if name not in names:
            raise Missing(f"{declaration.year}年没有名为“{name}”的项目，已有：{known}。")
    for name in choices.drops & declared:
        raise BadInput(f"“{name}”在这份申报表里，不能同时去掉；请去掉 --drop {name}。")
    for old, new in choices.renames.items():
        if new not in declared:
            raise BadInput(f"这份申报表里没有“{new}”，不能把“{old}”改成这个名称；请核对 --rename。")
        if old in declared:
            raise BadInput(f"“{old}”还在这份申报表里，不是改了名；请核对 --rename。")
    for name in {project.parent for project in declaration.projects if project.parent} - declared - names:
        raise Missing(f"没有名为“{name}”的项目可以作为汇总项目，已有：{known}。")


def _as_stored(declaration: Declaration, stored: list[Project], choices: ImportChoices) -> Declaration:
    """The declaration with those names that are stored in another spelling as they are stored."""
    before = {project.name: project for project in stored}
    renamed = {new: before[old] for old, new in choices.renames.items() if old in before}
    spelled = {p.name: known_spelling(p.name, before) or p.name for p in declaration.projects}
    projects = []
    for project in declaration.projects:
        known = before.get(spelled[project.name]) or renamed.get(project.name)
        names = [indicator.name for indicator in known.indicators] if known else []
        indicators = tuple(
            replace(indicator, name=known_spelling(indicator.name, names) or indicator.name)
            for indicator in project.indicators
        )
        parent = spelled.get(project.parent or "", project.parent)
        projects.append(replace(project, name=spelled[project.name], parent=parent, indicators=indicators))
    return replace(declaration, projects=tuple(projects))


def projects_of_year(session: Session, year: int) -> list[Project]:
    """The projects of a fiscal year with their indicators, in declared order."""
    rows = select(Project).where(Project.year == year).order_by(Project.position, Project.id)
    return list(session.scalars(rows.options(selectinload(Project.indicators), selectinload(Project.parent))))


def _rename_and_drop(session: Session, stored: list[Project], choices: ImportChoices) -> list[Project]:
    """Carry out what was chosen; a project entered anew by mistake makes room for the renamed one."""
    by_name = {project.name: project for project in stored}
    gone = [by_name[name] for name in choices.drops]
    gone += [by_name[new] for new in choices.renames.values() if new in by_name]
    for project in gone:
        _drop_project(session, project)
    for old, new in choices.renames.items():
        by_name[old].name = new
    session.flush()
    return [project for project in stored if project not in gone]


def _store(
    session: Session, stored: list[Project], declaration: Declaration, *, now: datetime, is_sample: bool
) -> None:
    """Store the declared projects; the others of the year stay in their places before new ones."""
    names = {project.name for project in stored}
    projects = {project.name: project for project in stored}
    parents = {
        declared.name: parent_after(projects.get(declared.name), declared, declaration, names)
        for declared in declaration.projects
    }
    is_whole_year = names <= {declared.name for declared in declaration.projects}
    last, added = max((project.position for project in stored), default=0), []
    for declared in declaration.projects:
        project = projects.get(declared.name)
        if project is None:
            last += 1
            project = Project(year=declaration.year, name=declared.name, created_at=now, position=last)
            projects[declared.name] = project
            added.append(project)
            session.add(project)
        if is_whole_year:
            project.position = declared.position
        for name, value in project_values(declared).items():
            setattr(project, name, value)
        project.is_sample = is_sample
        _store_indicators(project, declared)
    for declared in declaration.projects:
        parent = parents[declared.name]
        projects[declared.name].parent = projects[parent] if parent else None
    session.flush()
    _carry_members(session, added)


def _carry_members(session: Session, added: Sequence[Project]) -> None:
    """Let who belongs to a project of the same name in the nearest year belong to the new one, too."""
    names, ids = {project.name for project in added}, [project.id for project in added]
    members: dict[tuple[str, int], set[int]] = defaultdict(set)
    for name, year, user_id in session.execute(
        select(Project.name, Project.year, Membership.user_id)
        .join(Membership, Membership.project_id == Project.id)
        .where(Project.name.in_(names), Project.id.not_in(ids))
    ):
        members[name, year].add(user_id)
    for project in added:
        years = [year for name, year in members if name == project.name]
        nearest = min(years, key=lambda year: abs(year - project.year), default=0)
        people = sorted(members.get((project.name, nearest), ()))
        session.add_all(Membership(user_id=user_id, project_id=project.id) for user_id in people)
    session.flush()


def _store_indicators(project: Project, declared: DeclaredProject) -> None:
    rows = {indicator.name: indicator for indicator in project.indicators}
    for declared_indicator in declared.indicators:
        row = rows.get(declared_indicator.name)
        if row is None:
            row = Indicator(name=declared_indicator.name)
            project.indicators.append(row)
        for name, value in indicator_values(declared_indicator).items():
            setattr(row, name, value)


def _drop_missing_indicators(session: Session, stored: list[Project], declaration: Declaration) -> None:
    declared = {project.name: {row.name for row in project.indicators} for project in declaration.projects}
    for project in stored:
        for indicator in list(project.indicators) if project.name in declared else []:
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
            f"{project.year}年的“{project.name}”名下还有活动、推送或支出等记录，不能去掉。"
            "请先把这些记录改到别的项目；如果是改了名，请用 --rename 旧名=新名，记录会留下。"
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


def set_umbrella(session: Session, year: int, name: str | None) -> list[Project]:
    """Make a year's project the umbrella of all the others; None makes every project stand by itself."""
    projects = projects_of_year(session, year)
    umbrella = next((project for project in projects if project.name == name), None)
    if name is not None and umbrella is None:
        known = "、".join(project.name for project in projects) or "（还没有导入申报表）"
        raise Missing(f"{year}年没有名为“{name}”的项目，已有：{known}。")
    for project in projects:
        project.parent = None if project is umbrella else umbrella
    session.flush()
    return projects


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
            position=project.position,
            created_at=now,
            is_sample=is_sample,
            skips_review=project.skips_review,
            must_items=project.must_items,
            **{name: getattr(project, name) for name in PROJECT_FIELDS},
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
    _carry_members(session, list(copies.values()))


def _copy_of(indicator: Indicator) -> Indicator:
    return Indicator(name=indicator.name, **{name: getattr(indicator, name) for name in INDICATOR_FIELDS})


def _same_day(day: date | None, years: int) -> date | None:
    """The day so many years on; 29 February becomes the 28th where there is none."""
    if day is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
