"""Reads a file into a Declaration, or raises a DeclarationError that lists every problem."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from activitylog.errors import DeclarationError, Problem
from activitylog.projects.declaration.cells import clean_goal, tidy_name
from activitylog.projects.declaration.document import Declaration, DeclaredProject
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.head import read_head
from activitylog.projects.declaration.indicators import read_indicators
from activitylog.projects.declaration.layout import DeclarationForm, split_forms, year_in_title, year_of_line
from activitylog.projects.declaration.rules import (
    compare_goals,
    find_umbrella,
    goal_remarks,
    link_children,
    umbrella_remarks,
)
from activitylog.projects.declaration.text import TextRow, read_rows

TEXT_SUFFIXES = frozenset({".txt", ".md", ".tsv"})
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


def read_declaration(path: Path) -> Declaration:
    """Read a declaration file; the suffix decides how."""
    if path.suffix.lower() not in TEXT_SUFFIXES and path.is_file():
        raise _unreadable_kind(path)
    return declaration_from_rows(read_rows(path), file=path.name)


def declaration_from_rows(rows: Sequence[TextRow], *, file: str) -> Declaration:
    """Read rows of cells; `file` is named in every problem."""
    findings = DeclarationFindings(file)
    preface, forms = split_forms(rows)
    if not forms:
        findings.add_problem("没有找到申报表", expected="含有“财政项目支出绩效目标申报表”和“项目名称”的文字")
    projects = [_project(form, preface, position, findings) for position, form in enumerate(forms, 1)]
    _check_names(projects, forms, findings)
    year = _one_year(projects, forms, findings)
    findings.raise_problems()
    return _declaration(year, _title(preface, forms), projects, findings)


def _declaration(
    year: int, title: str, projects: Sequence[DeclaredProject], findings: DeclarationFindings
) -> Declaration:
    umbrella = find_umbrella(projects)
    linked = link_children(projects, umbrella)
    comparisons = compare_goals(linked)
    warnings = (*findings.remarks, *umbrella_remarks(linked, umbrella), *goal_remarks(comparisons))
    return Declaration(year, title, linked, warnings, comparisons)


def _project(
    form: DeclarationForm, preface: Sequence[TextRow], position: int, findings: DeclarationFindings
) -> DeclaredProject:
    head = read_head(form, findings)
    return DeclaredProject(
        **asdict(head),
        year=_year(form, preface, head.name, findings),
        goal=clean_goal(head.original_goal),
        parent=None,
        indicators=read_indicators(form, head.name, findings),
        position=position,
    )


def _year(form: DeclarationForm, preface: Sequence[TextRow], name: str, findings: DeclarationFindings) -> int:
    """The form's own year line, else a year in its title, else the year at the top of the file."""
    own = [year_of_line(row) for row in form.head]
    titles = [year_in_title(row) for row in form.head if row.line == form.line]
    above = [year_of_line(row) or year_in_title(row) for row in preface]
    year = next((year for year in (*own, *titles, *above) if year is not None), None)
    if year is None:
        project = f"“{name}”" if name else "这张申报表"
        findings.add_problem(f"{project}没有写年度", line=form.line, expected="标题下面一行如（2024年度）")
    elif not EARLIEST_YEAR <= year <= LATEST_YEAR:
        findings.add_problem("年度无法识别", line=form.line, value=str(year), expected="如（2024年度）")
    return year or 0


def _check_names(
    projects: Sequence[DeclaredProject], forms: Sequence[DeclarationForm], findings: DeclarationFindings
) -> None:
    lines: dict[str, int] = {}
    for project, form in zip(projects, forms, strict=True):
        if project.name and project.name in lines:
            message = f"同一个项目申报了两次，前一次从第{lines[project.name]}行开始"
            findings.add_problem(
                message, line=form.line, value=project.name, expected="每个项目只有一张申报表"
            )
        lines.setdefault(project.name, form.line)


def _one_year(
    projects: Sequence[DeclaredProject], forms: Sequence[DeclarationForm], findings: DeclarationFindings
) -> int:
    years = [project.year for project in projects if project.year]
    year = years[0] if years else 0
    for project, form in zip(projects, forms, strict=True):
        if project.year and project.year != year:
            findings.add_problem(
                f"“{project.name}”的年度与前面的申报表不同",
                line=form.line,
                value=f"{project.year}年度",
                expected=f"{year}年度；不同年度请分成几个文件导入",
            )
    return year


def _title(preface: Sequence[TextRow], forms: Sequence[DeclarationForm]) -> str:
    first = preface[0] if preface else forms[0].head[0]
    return tidy_name(first.cells[0])


def _unreadable_kind(path: Path) -> DeclarationError:
    kind = f"“{path.suffix}”文件" if path.suffix else "没有扩展名的文件"
    expected = "制表符分隔的文字文件（.txt、.md 或 .tsv），可从 Word 或 Excel 里全选后另存为纯文本"
    problem = Problem(f"目前还不能读取{kind}", file=path.name, expected=expected)
    return DeclarationError(f"申报表“{path.name}”无法读取：目前还不能读取{kind}。", problems=[problem])
