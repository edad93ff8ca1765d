"""The commands `activitylog declaration …`: import, export, copy, and which project sums up the others."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from activitylog.core.commands import reading_session, writing_session
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing
from activitylog.indicators.rules.operations import rules_of
from activitylog.projects.changes import DeclarationChange, ImportChoices, rename_questions
from activitylog.projects.declaration.amounts import MONEY_UNITS
from activitylog.projects.declaration.document import Declaration, GoalComparison, plain_number
from activitylog.projects.declaration.reader import ReadingChoices, read_declarations
from activitylog.projects.export import export_declaration
from activitylog.projects.models import Project
from activitylog.projects.operations import projects_of_year, set_umbrella
from activitylog.rollup.operations import open_year, take_declaration

_FILE = click.Path(path_type=Path)


@click.group()
def declaration() -> None:
    """Declared projects and indicators of a year."""


@declaration.command("import")
@click.argument("files", metavar="FILE…", type=_FILE, nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Read and compare, store nothing.")
@click.option("--replace", is_flag=True, help="Let the files change projects already stored.")
@click.option("--rename", "renames", metavar="OLD=NEW", multiple=True, help="A stored project's new name.")
@click.option(
    "--drop", "drops", metavar="NAME", multiple=True, help="A stored project that is declared no more."
)
@click.option("--umbrella", metavar="NAME", help="The project that sums up the others.")
@click.option("--no-umbrella", is_flag=True, help="No project sums up the others.")
@click.option("--money-unit", type=click.Choice(list(MONEY_UNITS)), help="Unit where a file gives none.")
@click.option("--json", "as_json", is_flag=True, help="Print what was read as JSON.")
def import_files(
    *,
    files: tuple[Path, ...],
    dry_run: bool,
    replace: bool,
    renames: tuple[str, ...],
    drops: tuple[str, ...],
    umbrella: str | None,
    no_umbrella: bool,
    money_unit: str | None,
    as_json: bool,
) -> None:
    """Take the projects and indicators of each FILE into the database, beside those of its year."""
    if umbrella and no_umbrella:
        raise BadInput("--umbrella 和 --no-umbrella 只能用一个。")
    reading = ReadingChoices(
        yuan_per_unit=MONEY_UNITS[money_unit] if money_unit else None,
        umbrella="" if no_umbrella else umbrella,
    )
    choices = ImportChoices(replace or dry_run, _renames(renames), frozenset(drops))
    declarations = read_declarations(files, reading)
    imports = []
    with writing_session() as session:
        for declared in declarations:
            questions = rename_questions(projects_of_year(session, declared.year), declared, choices)
            changes = take_declaration(session, declared, now=utc_now(), choices=choices)
            imports.append((declared, changes, _described(session, declared, questions)))
        if dry_run:
            session.rollback()
    if as_json:
        documents = [document for _, _, document in imports]
        joined = {key: [item for document in documents for item in document[key]] for key in documents[0]}
        click.echo(json.dumps(joined, ensure_ascii=False, indent=1))
        return
    for declared, changes, described in imports:
        _print(declared, changes, described["warnings"], is_dry=dry_run, lists_changes=dry_run or replace)


def _renames(options: Sequence[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    for old, sign, new in pairs:
        if not (old.strip() and sign and new.strip()):
            raise BadInput("参数 --rename 的值不对，应为 旧名=新名，如 --rename 科普讲座=社区讲座。")
    return {old.strip(): new.strip() for old, _, new in pairs}


def _print(
    declared: Declaration,
    changes: Sequence[DeclarationChange],
    warnings: Sequence[str],
    *,
    is_dry: bool,
    lists_changes: bool,
) -> None:
    count = sum(len(project.indicators) for project in declared.projects)
    verb = "读到" if is_dry else "已导入" if changes else "没有改动：已有的申报表与这份相同，"
    click.echo(f"{verb}{declared.year}年 {len(declared.projects)} 个项目、{count} 个指标。")
    for change in changes if lists_changes else []:
        click.echo(f"  {change}")
    for warning in warnings:
        click.echo(f"  请核对：{warning}")
    click.echo("每个指标的计量规则已按字面拟定，请在“指标”页逐项确认。")


@declaration.command("export")
@click.option("--year", metavar="YEAR", type=click.IntRange(1900, 9998), required=True, help="Fiscal year.")
@click.option("-o", "--output", metavar="FILE.xlsx", type=_FILE, required=True, help="Where to write it.")
def export(year: int, output: Path) -> None:
    """Write a year's declaration as a workbook that imports back unchanged."""
    with reading_session() as session:
        projects = projects_of_year(session, year)
        if not projects:
            raise Missing(f"{year} 年还没有项目，请先导入申报表。")
        export_declaration(output, projects)
        click.echo(f"已导出到 {output}：{year}年 {len(projects)} 个项目。")


@declaration.command("umbrella")
@click.option("--year", metavar="YEAR", type=click.IntRange(1900, 9998), required=True, help="Fiscal year.")
@click.argument("name", required=False)
def umbrella(year: int, name: str | None) -> None:
    """Make NAME the project that sums up the others of the year; without it, no project does."""
    with writing_session() as session:
        set_umbrella(session, year, name)
    click.echo(f"{year}年的汇总项目：{name or '没有'}。请重新汇总各月。")


@declaration.command("copy")
@click.option("--from", "source", type=int, required=True, help="Year to copy.")
@click.option("--to", "target", type=int, required=True, help="Year to open.")
def copy(source: int, target: int) -> None:
    """Open a year with the projects, indicators, rules and weights of another."""
    with writing_session() as session:
        open_year(session, source=source, target=target, now=utc_now())
    click.echo(f"已按{source}年的申报表开立{target}年。")


def _described(session: Session, declared: Declaration, questions: Sequence[str]) -> dict[str, Any]:
    session.expire_all()
    projects = {project.name: project for project in projects_of_year(session, declared.year)}
    rules = rules_of(session, [project.id for project in projects.values()])
    measured = {
        (project.name, indicator.name): rules[indicator.id]
        for project in projects.values()
        for indicator in project.indicators
    }
    return {
        "projects": [
            {
                "name": project.name,
                "parent": _parent_of(projects[project.name]),
                "year": project.year,
                "budget_fen": project.budget_fen,
                "indicators": [
                    {
                        "name": row.name,
                        "level1": row.level1,
                        "level2": row.level2,
                        "operator": row.operator,
                        "target": row.target_text,
                        "unit": row.unit,
                        "measure": measured[project.name, row.name].measure,
                        "kinds": [kind.name for kind in measured[project.name, row.name].kinds],
                    }
                    for row in project.indicators
                ],
            }
            for project in declared.projects
        ],
        "warnings": [*(str(warning) for warning in declared.warnings), *questions],
        "goal_comparisons": [_compared(comparison) for comparison in declared.goal_comparisons],
    }


def _parent_of(project: Project) -> str | None:
    return project.parent.name if project.parent else None


def _compared(comparison: GoalComparison) -> dict[str, Any]:
    return {
        "project": comparison.project,
        "phrase": comparison.phrase,
        "count": plain_number(comparison.count),
        "indicator": comparison.indicator.name if comparison.indicator else None,
        "agrees": comparison.agrees,
    }
