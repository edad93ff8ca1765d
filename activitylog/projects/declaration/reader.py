"""Reads a file into a Declaration, or raises a DeclarationError that lists every problem."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from activitylog.errors import DeclarationError, Problem
from activitylog.projects.declaration.amounts import MoneyUnit, stated_units
from activitylog.projects.declaration.cells import clean_goal, tidy_name, without_spaces
from activitylog.projects.declaration.document import Declaration, DeclaredProject, Remark, RemarkKind
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.head import read_head
from activitylog.projects.declaration.indicators import read_indicators
from activitylog.projects.declaration.layout import DeclarationForm, split_forms, year_in_title, year_of_line
from activitylog.projects.declaration.rules import (
    compare_goals,
    goal_remarks,
    link_projects,
    umbrella_of,
    umbrella_remarks,
)
from activitylog.projects.declaration.sources.reader import read_source
from activitylog.projects.declaration.sources.rows import DeclarationFile, TableRow

_FORM_WORDS = re.compile("[一二三]级指标|绩效(?:目标|自评|监控)\\S{0,6}表|项目名称")
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class ReadingChoices:
    """What a person decided about a file: yuan per unit where it gives none, and the umbrella.

    `umbrella` is None when the amounts decide, "" for none, else the name of the project.
    """

    yuan_per_unit: int | None = None
    umbrella: str | None = None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What one file declares, and its problems by line; not to be stored where there are any.

    `starts` are for each project the lines of its form's first row and of its table's.
    """

    year: int
    title: str
    projects: tuple[DeclaredProject, ...]
    remarks: tuple[Remark, ...]
    faults: tuple[tuple[int, Problem], ...]
    starts: tuple[tuple[int, int], ...]

    @property
    def problems(self) -> list[Problem]:
        return [problem for _, problem in self.faults]


def read_declaration(path: Path, choices: ReadingChoices = ReadingChoices()) -> Declaration:
    """Read a declaration file; the suffix decides how."""
    [declaration] = read_declarations([path], choices)
    return declaration


def read_declarations(
    paths: Sequence[Path],
    choices: ReadingChoices = ReadingChoices(),
) -> list[Declaration]:
    """Read files, those of one year as one declaration; raises DeclarationError with every problem."""
    sources = [read_source(path) for path in paths]
    files = [read_file(source, choices) for source in sources]
    problems = [problem for file in files for problem in file.problems] or _twice_declared(sources, files)
    if problems:
        named = "、".join(f"“{source.file}”" for source in sources)
        raise DeclarationError(
            f"申报表{named}有{len(problems)}处无法读取，什么都没有改动；请改正后重新导入。", problems=problems
        )
    years = sorted({file.year for file in files})
    return [join_files([file for file in files if file.year == year], choices) for year in years]


def read_file(source: DeclarationFile, choices: ReadingChoices) -> ReadFile:
    """Read what can be read of one file, with every problem in the order of its lines."""
    findings = DeclarationFindings(source)
    for line, sentence in source.remarks:
        findings.add_remark(RemarkKind.SOURCE, sentence, line=line)
    preface, forms = _split_sheets(source, findings)
    if not forms:
        _add_no_form(source, findings)
    projects = _projects(forms, preface, choices, findings)
    _check_names(projects, forms, findings)
    year = _one_year(projects, forms, findings)
    title = _title(preface, forms, source)
    starts = tuple((form.line, form.table[0].line if form.table else form.line) for form in forms)
    faults = tuple(sorted(findings.problems, key=lambda fault: fault[0]))
    return ReadFile(year, title, tuple(projects), tuple(findings.remarks), faults, starts)


def join_files(files: Sequence[ReadFile], choices: ReadingChoices) -> Declaration:
    """The declaration of one year: its projects in the order of the files, with their umbrella."""
    linked = _linked(files, choices.umbrella)
    comparisons = compare_goals(linked)
    is_chosen = choices.umbrella is not None
    forms_decide = any(project.parent for file in files for project in file.projects)
    warnings = (
        *(remark for file in files for remark in file.remarks),
        *umbrella_remarks(linked, is_decided=is_chosen),
        *goal_remarks(comparisons),
    )
    return Declaration(
        files[0].year, files[0].title, linked, warnings, comparisons, is_chosen or forms_decide
    )


def _linked(files: Sequence[ReadFile], chosen: str | None) -> tuple[DeclaredProject, ...]:
    """All projects with their umbrella: the one chosen, one that a file has alone, or one of all files."""
    declared = [project for file in files for project in file.projects]
    projects = [replace(project, position=position) for position, project in enumerate(declared, 1)]
    if chosen is None and any(umbrella_of(file.projects, None) for file in files):
        parents = {
            project.name: project.parent
            for file in files
            for project in link_projects(file.projects, umbrella_of(file.projects, None))
        }
        return tuple(replace(project, parent=parents[project.name]) for project in projects)
    return link_projects(projects, umbrella_of(projects, chosen), chosen)


def _twice_declared(sources: Sequence[DeclarationFile], files: Sequence[ReadFile]) -> list[Problem]:
    """The projects that an earlier file of the same year declares as well."""
    found: dict[tuple[int, str], int] = {}
    problems = []
    for number, (source, file) in enumerate(zip(sources, files, strict=True)):
        for project in file.projects:
            earlier = found.setdefault((file.year, project.name), number)
            if earlier != number:
                message = f"“{project.name}”在“{sources[earlier].file}”里已经申报过"
                problems.append(Problem(message, file=source.file, expected="每个项目只有一张申报表"))
    return problems


def _add_no_form(source: DeclarationFile, findings: DeclarationFindings) -> None:
    """The problem of a file without a form: of another kind, or a form whose cells were lost on copying."""
    lost = [
        row for row in source.rows if not row.is_in_table and _FORM_WORDS.search(without_spaces(row.text))
    ]
    if not lost:
        findings.add_problem(
            "没有找到申报表",
            expected="有“项目名称”一格和以“一级指标、二级指标、三级指标、指标值”为表头的表格",
        )
        return
    findings.add_problem(
        "这里像是申报表，但表格的格子丢了，次序可能已乱",
        line=lost[0].line,
        value=lost[0].text,
        expected="原来的 PDF、Word、Excel 文件，或一格隔一个制表符的文字；不要从 PDF 里复制",
    )


def _split_sheets(
    source: DeclarationFile, findings: DeclarationFindings
) -> tuple[tuple[TableRow, ...], list[DeclarationForm]]:
    preface: tuple[TableRow, ...] = ()
    forms: list[DeclarationForm] = []
    for sheet in source.sheets:
        above, found = split_forms(sheet.rows)
        preface = preface or above
        forms += found
        if sheet.rows and not found and len(source.sheets) > 1:
            line = sheet.rows[0].line
            findings.add_remark(RemarkKind.SKIPPED_LINE, "这个工作表里没有申报表，没有读入。", line=line)
    return preface, forms


def _projects(
    forms: Sequence[DeclarationForm],
    preface: Sequence[TableRow],
    choices: ReadingChoices,
    findings: DeclarationFindings,
) -> list[DeclaredProject]:
    """The projects of the forms; a form without a heading of its own goes on in the unit of the one above."""
    projects: list[DeclaredProject] = []
    inherited: int | None = None
    years = {year for form in forms for year in [_written_year(form, preface)] if year is not None}
    for position, form in enumerate(forms, 1):
        stated = stated_units(form.head)
        unit = MoneyUnit(choices.yuan_per_unit, None if form.has_title else inherited)
        if stated or form.has_title:
            inherited = next(iter(stated)) if len(stated) == 1 else None
        projects.append(_project(form, years, preface, unit, findings, position=position))
    return projects


def _project(
    form: DeclarationForm,
    years: set[int],
    preface: Sequence[TableRow],
    unit: MoneyUnit,
    findings: DeclarationFindings,
    *,
    position: int,
) -> DeclaredProject:
    head = read_head(form, unit, findings)
    return DeclaredProject(
        **asdict(head),
        year=_year(form, years, preface, head.name, findings),
        goal=clean_goal(head.original_goal),
        indicators=read_indicators(form, head.name, findings),
        position=position,
    )


def _written_year(form: DeclarationForm, preface: Sequence[TableRow]) -> int | None:
    """The form's own year line, else a year in its title, else the year at the top of the file."""
    own = [year_of_line(row) for row in form.head]
    titles = [year_in_title(row) for row in form.head if not row.is_in_table or len(row.cells) == 1]
    above = [year_of_line(row) or year_in_title(row) for row in (*form.above, *preface)]
    return next((year for year in (*own, *titles, *above) if year is not None), None)


def _year(
    form: DeclarationForm,
    years: set[int],
    preface: Sequence[TableRow],
    name: str,
    findings: DeclarationFindings,
) -> int:
    """The form's year; one without goes by the only year that the file gives."""
    year = _written_year(form, preface)
    if year is None and len(years) == 1:
        year = next(iter(years))
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


def _title(preface: Sequence[TableRow], forms: Sequence[DeclarationForm], source: DeclarationFile) -> str:
    rows = preface or (forms[0].head if forms else source.rows)
    return tidy_name(rows[0].cells[0]) if rows else source.file
