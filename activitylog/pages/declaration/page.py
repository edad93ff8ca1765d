"""What was read of a file, row by row beside its source, for a person to mend before it is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from activitylog.projects.declaration.amounts import MONEY_UNITS
from activitylog.projects.declaration.cells import amount_and_unit
from activitylog.projects.declaration.document import DeclaredIndicator, DeclaredProject, RemarkKind
from activitylog.projects.declaration.reader import ReadFile, ReadingChoices, read_file
from activitylog.projects.declaration.sources.rows import DeclarationFile, Sheet, TableRow, table_row
from activitylog.projects.declaration.table.levels import LEVEL1_WORDS, is_level_word, level_word
from activitylog.projects.declaration.table.targets import parse_target

TITLE = "财政项目支出绩效目标申报表"
HEADINGS = ("一级指标", "二级指标", "三级指标", "年度指标值")
ROWS_OF_A_PROJECT = 10_000  # lines set aside for each project of a mended declaration
HEAD_ROWS = 8  # before the first indicator


@dataclass(frozen=True, slots=True)
class IndicatorDraft:
    """One row: `source` is its text in the file, `doubt` why to check it, `target` as it was read."""

    place: str = ""
    source: str = ""
    doubt: str = ""
    level1: str = ""
    level2: str = ""
    name: str = ""
    target: str = ""
    wording: str = ""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """One form; amounts as texts in `money_unit`, which is empty when it must be asked."""

    name: str
    year: int
    nature: str
    category: str
    department: str
    implementing_unit: str
    starts_on: date | None
    ends_on: date | None
    money_unit: str
    budget: str
    fiscal: str
    carried_over: str
    other: str
    goal: str
    doubt: str
    indicators: tuple[IndicatorDraft, ...]


@dataclass(frozen=True, slots=True)
class FileDraft:
    """The projects of a file, and the sentences about it as a whole and about lines that were left out."""

    file: str
    projects: tuple[ProjectDraft, ...]
    notes: tuple[str, ...]


def draft_of(source: DeclarationFile) -> FileDraft:
    """Read a file as far as it can be read."""
    read = read_file(source, ReadingChoices())
    projects = []
    for at, project in enumerate(read.projects):
        end = read.starts[at + 1][0] if at + 1 < len(read.starts) else None
        projects.append(_project_draft(source, read, project, read.starts[at], end))
    lines = {indicator.line for project in read.projects for indicator in project.indicators}
    notes = [str(remark) for remark in read.remarks if remark.line not in lines]
    notes += [str(problem) for line, problem in read.faults if not read.starts or line < read.starts[0][0]]
    return FileDraft(source.file, tuple(projects), tuple(notes))


def _project_draft(
    source: DeclarationFile, read: ReadFile, project: DeclaredProject, start: tuple[int, int], end: int | None
) -> ProjectDraft:
    first, table = start
    faults = [(line, each) for line, each in read.faults if line >= first and (end is None or line < end)]
    in_head = [each for line, each in faults if line < table]
    amount = next((each.value for each in in_head if amount_and_unit(each.value)), "")
    is_unit_missing = any("单位" in each.message for each in in_head)
    return ProjectDraft(
        name=project.name,
        year=project.year,
        nature=project.nature,
        category=project.category,
        department=project.department,
        implementing_unit=project.implementing_unit,
        starts_on=project.starts_on,
        ends_on=project.ends_on,
        money_unit="" if is_unit_missing else "元",
        budget=amount or _yuan(project.budget_fen),
        fiscal=_yuan(project.fiscal_fen),
        carried_over=_yuan(project.carried_over_fen),
        other=_yuan(project.other_fen),
        goal=project.original_goal,
        doubt=" ".join(str(each) for each in in_head),
        indicators=tuple(_indicator_drafts(source, read, project, [f for f in faults if f[0] >= table])),
    )


def _indicator_drafts(
    source: DeclarationFile, read: ReadFile, project: DeclaredProject, faults: Sequence[tuple[int, object]]
) -> Iterator[IndicatorDraft]:
    """The rows of a table in the order of the file, those that could not be read among them."""
    rows = {row.line: row for row in source.rows}
    found = {indicator.line: indicator for indicator in project.indicators}
    told: dict[int, list[str]] = {}
    for line, problem in faults:
        told.setdefault(line, []).append(str(problem))
    for remark in read.remarks:
        if remark.line in found and remark.kind is not RemarkKind.SKIPPED_LINE:
            told.setdefault(remark.line, []).append(str(remark))
    level1 = level2 = ""
    for line in sorted({*found, *told}):
        row = rows.get(line)
        doubt = " ".join(told.get(line, ()))
        if line in found:
            level1, level2 = found[line].level1, found[line].level2
            yield _read_draft(source, row, found[line], doubt)
        elif row is not None:
            level1, level2 = _levels(row, level1, level2)
            yield _unread_draft(source, row, level1, level2, doubt)


def _read_draft(
    source: DeclarationFile, row: TableRow | None, indicator: DeclaredIndicator, doubt: str
) -> IndicatorDraft:
    return IndicatorDraft(
        place=_place(source, indicator.line),
        source=row.text if row else "",
        doubt=doubt,
        level1=indicator.level1,
        level2=indicator.level2,
        name=indicator.name,
        target=indicator.printed_target,
        wording=indicator.wording,
    )


def _unread_draft(
    source: DeclarationFile, row: TableRow, level1: str, level2: str, doubt: str
) -> IndicatorDraft:
    rest = [cell for cell in row.cells if not is_level_word(cell)]
    return IndicatorDraft(
        place=_place(source, row.line),
        source=row.text,
        doubt=doubt,
        level1=level1,
        level2=level2,
        name=rest[0] if rest else "",
        target=rest[1] if len(rest) > 1 else "",
    )


def _levels(row: TableRow, level1: str, level2: str) -> tuple[str, str]:
    words = [level_word(cell) for cell in row.cells if is_level_word(cell)]
    first = words[0] if words and words[0] in LEVEL1_WORDS else level1
    return first, words[-1] if words and words[-1] != first else level2


def _place(source: DeclarationFile, line: int) -> str:
    sheet, row = source.place(line)
    return (f"工作表“{sheet}”" if sheet else "") + f"第{row}行"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def mended_source(drafts: Sequence[ProjectDraft]) -> DeclarationFile:
    """The mended projects as the rows of a form each, to be read like any file."""
    rows = [row for at, draft in enumerate(drafts) for row in _rows(draft, at * ROWS_OF_A_PROJECT)]
    return DeclarationFile("核对后的申报表", (Sheet("", tuple(rows)),))


def _rows(draft: ProjectDraft, before: int) -> Iterator[TableRow]:
    unit = f"（{draft.money_unit}）" if draft.money_unit in MONEY_UNITS else ""
    head = (
        (TITLE,),
        (f"（{draft.year}年度）",),
        ("项目名称", draft.name, "项目性质", draft.nature, "项目类别", draft.category),
        ("主管部门", draft.department, "实施单位", draft.implementing_unit),
        ("计划开始日期", _day(draft.starts_on), "计划完成日期", _day(draft.ends_on)),
        (
            *(f"项目资金{unit}", "年度资金申请总额", draft.budget, "其中：当年财政拨款", draft.fiscal),
            *("上年结转资金", draft.carried_over, "其他资金", draft.other),
        ),
        ("年度总体目标", draft.goal),
        HEADINGS,
    )
    for number, cells in enumerate(head, 1):
        yield table_row(before + number, cells, is_in_table=len(cells) > 1)
    for number, each in enumerate(draft.indicators, HEAD_ROWS + 1):
        cells = (each.level1, each.level2, each.name, _wording(each))
        yield table_row(before + number, cells)


def _wording(draft: IndicatorDraft) -> str:
    """The target as it was worded in the file where nobody mended it."""
    read, worded = parse_target(draft.target), parse_target(draft.wording) if draft.wording else None
    return draft.wording if worded is not None and read is not None and _same(read, worded) else draft.target


def _same(one: object, other: object) -> bool:
    fields = ("operator", "number", "word", "unit")
    return all(getattr(one, field) == getattr(other, field) for field in fields)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
