"""Reads the indicator table of a form by its header row, whatever stands beside the target."""

import re
from dataclasses import dataclass, replace

from activitylog.projects.declaration.cells import tidy_name
from activitylog.projects.declaration.document import DeclaredIndicator, RemarkKind
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.layout import DeclarationForm
from activitylog.projects.declaration.sources.rows import TableRow
from activitylog.projects.declaration.table.columns import (
    RowCells,
    RowFault,
    TableHeader,
    is_heading,
    read_header,
    sort_cells,
    split_value,
)
from activitylog.projects.declaration.table.levels import (
    EITHER_LEVEL,
    LevelCells,
    Levels,
    find_levels,
    is_level_word,
    level_word,
    sort_level_cells,
)
from activitylog.projects.declaration.table.rules import (
    closing_label,
    complete_unit,
    is_placeholder,
    may_be_no_indicator,
    row_problem,
    unlikely_target,
)
from activitylog.projects.declaration.table.targets import (
    EXPECTED,
    Target,
    join_cells,
    parse_target,
)

_IF_IT_IS_ONE = "指标在前面写明二级指标，如 数量指标；不是指标的行删去"
_LOST_CELLS = re.compile(r"(?:数量|质量|时效|成本|效益|影响|满意度)指标\s\S|\s[≥≤≧≦]\s*\d\S{0,10}$")
_NUMBERED = re.compile(r"^指标\s*[0-9一二三四五六七八九十]+\s*[:：.、]\s*")


def read_indicators(
    form: DeclarationForm, project: str, findings: DeclarationFindings
) -> tuple[DeclaredIndicator, ...]:
    """Read every row of the form's table; a form without one is a problem."""
    table = _IndicatorTable(project, findings)
    for row in form.table:
        table.add_row(row)
    if not table.indicators and not table.has_faults:
        line = form.table[0].line if form.table else form.line
        findings.add_problem(
            f"“{project}”没有绩效指标表" if project else "这张申报表没有绩效指标表",
            line=line,
            expected="以“一级指标、二级指标、三级指标、指标值”为表头的表格，至少一行",
        )
    return tuple(table.indicators)


@dataclass(frozen=True, slots=True)
class _Named:
    """A row's name, target and wording, read and found to fit."""

    name: str
    target: Target
    wording: str


class _IndicatorTable:
    """The indicators read so far, with the levels above, which merged cells continue."""

    def __init__(self, project: str, findings: DeclarationFindings) -> None:
        self.project = project
        self.findings = findings
        self.indicators: list[DeclaredIndicator] = []
        self.has_faults = False
        self._header: TableHeader | None = None
        self._has_unclear_header = False
        self._above = Levels()
        self._waiting: list[str] = []  # levels on a row of their own
        self._lines: dict[str, int] = {}

    def add_row(self, row: TableRow) -> None:
        parts = split_value(self._header, row) if self._header and not self.indicators else None
        if parts is not None:
            self._header = parts
        elif is_heading(row):
            self._read_header(row)
        elif self._has_unclear_header:
            return
        elif row.cells and all(is_level_word(cell) for cell in row.cells):
            self._waiting += row.cells
        elif closing_label(row):
            self._skip(row, f"“{row.text[:40]}”是表尾的说明或签名，没有作为指标读入。")
        elif len(row.cells) == 1 and not row.is_in_table and _LOST_CELLS.search(row.text):
            message = "这一行像是指标，但不在表格里"
            self._add_problem(row, message, row.text, "每格用制表符隔开；不是指标的行删去")
        elif len(row.cells) == 1 and (not row.is_in_table or row.columns[0]):
            self._skip(row, f"没有读入表格外的文字“{row.cells[0][:40]}”。")
        else:
            self._read_row(row)

    def _read_header(self, row: TableRow) -> None:
        header = read_header(row)
        self._has_unclear_header = isinstance(header, RowFault)
        if isinstance(header, RowFault):
            self._add_problem(row, header.message, row.text, header.expected)
        elif header is not None:
            self._header = header
            if header.has_actuals:
                self._skip(row, f"这是自评或监控的表，读的是“{header.value_heading}”一列。")

    def _read_row(self, row: TableRow) -> None:
        cells = sort_cells(row, self._header)
        if isinstance(cells, RowFault):
            self._read_fault(row, cells)
            return
        if is_placeholder(cells.name) and is_placeholder(cells.value):
            self._skip(row, "这一行没有填指标，没有读入。")
            return
        level_cells = self._level_cells(cells)
        named = self._named(row, cells)
        if named is None:
            self._continue_from(level_cells)
        else:
            self._add(row, cells, level_cells, named)

    def _read_fault(self, row: TableRow, fault: RowFault) -> None:
        filled = [cell for cell in row.cells if not is_level_word(cell) and not is_placeholder(cell)]
        if not filled or (len(filled) == 1 and is_placeholder(_NUMBERED.sub("", filled[0]))):
            self._waiting += [cell for cell in row.cells if is_level_word(cell)]
            self._skip(row, "这一行没有填指标，没有读入。")
            return
        self._add_problem(row, fault.message, row.text, f"{fault.expected}，{EXPECTED}")

    def _level_cells(self, cells: RowCells) -> LevelCells:
        """The row's levels, with those of a row of their own above where it names none itself."""
        waiting, self._waiting = sort_level_cells(self._waiting, self._above.level1), []
        if cells.has_columns:
            own = _by_column(cells, self._above.level1)
        else:
            own = sort_level_cells(cells.levels, self._above.level1)
        if own.level1 or own.unknown:
            return own
        if own.level2:
            return replace(own, level1=waiting.level1)
        return waiting

    def _named(self, row: TableRow, cells: RowCells) -> _Named | None:
        """Name and target of a row; None when it has a problem."""
        name = tidy_name(_NUMBERED.sub("", cells.name))
        wording = join_cells(cells.sign, cells.value, cells.unit)
        target = parse_target(wording)
        problem = row_problem(cells, name, wording, target, row.text)
        if problem is None and self._header is not None and may_be_no_indicator(cells, target):
            problem = "这一行没有对上表头的列，也没有写二级指标，看不出是不是指标", row.text, _IF_IT_IS_ONE
        if problem is None and target is not None and name in self._lines:
            where = f"在第{self._lines[name]}行"
            problem = f"“{self.project}”里已有同名指标，{where}", name, "每个指标名称只出现一次"
        if problem is not None or target is None:
            self._add_problem(row, *(problem or ("", "", "")))
            return None
        name, complete = complete_unit(name, target)
        self._lines[name] = row.line
        return _Named(name, complete, wording if complete == target else complete.text)

    def _add(self, row: TableRow, cells: RowCells, level_cells: LevelCells, named: _Named) -> None:
        found = find_levels(level_cells, self._above, named.name, named.target)
        if found is None:
            expected = "在指标名称前写明，如 数量指标、质量指标、社会效益指标"
            self._add_problem(row, "无法判断指标属于哪个二级指标", named.name, expected)
            return
        self._add_level_remarks(row, level_cells, named.name, found)
        self._add_target_remarks(row, cells, named)
        self._above = found
        self.indicators.append(
            DeclaredIndicator(
                name=named.name,
                level1=found.level1,
                level2=found.level2,
                operator=named.target.operator,
                target=named.target.number,
                target_word=named.target.word,
                unit=named.target.unit,
                wording=named.wording,
                position=len(self.indicators) + 1,
                line=row.line,
            )
        )

    def _continue_from(self, level_cells: LevelCells) -> None:
        """Remember the levels of a row that could not be read, for those below it."""
        if level_cells.level2:
            self._above = find_levels(level_cells, self._above, "", Target("", None, "", "")) or self._above

    def _add_level_remarks(self, row: TableRow, level_cells: LevelCells, name: str, found: Levels) -> None:
        if found.is_inferred:
            self._remark(RemarkKind.LOST_LEVEL2, self._inferred_message(level_cells, name, found), row)
            return
        odd = [*level_cells.unknown, *(word for word in level_cells.level1 if word != found.level1)]
        if odd:
            message = f"“{name}”前面写着“{'、'.join(odd)}”，已按“{found.level2}”归入“{found.level1}”。"
            self._remark(RemarkKind.LEVEL_WORD, message, row)

    def _add_target_remarks(self, row: TableRow, cells: RowCells, named: _Named) -> None:
        target = named.target
        if not target.has_sign:
            message = (
                f"“{named.name}”的指标值没有写比较符号，按“等于”读作“={target.number}{target.unit}”，请核对。"
            )
            self._remark(RemarkKind.BARE_TARGET, message, row)
        if target.note:
            message = f"“{named.name}”的指标值“{named.wording}”{target.note}，读作“{target.text}”，请核对。"
            self._remark(RemarkKind.READ_OTHERWISE, message, row)
        if cells.shares_value:
            message = f"“{named.name}”与上一行合用一个指标值“{named.wording}”，请核对。"
            self._remark(RemarkKind.READ_OTHERWISE, message, row)
        doubt = unlikely_target(named.name, target)
        if doubt:
            message = f"“{named.name}”的指标值{doubt}，已照原样读入，请核对。"
            self._remark(RemarkKind.UNLIKELY_TARGET, message, row)

    def _inferred_message(self, level_cells: LevelCells, name: str, found: Levels) -> str:
        above = self._above.level2 if self._above.level2 != found.level2 else ""
        instead = f"，没有沿用上面的“{above}”" if above else ""
        missing = f"写的是“{level_cells.unknown[-1]}”" if level_cells.unknown else "缺二级指标"
        return f"“{self.project}”的指标“{name}”{missing}，按名称归入“{found.level2}”{instead}，请核对。"

    def _skip(self, row: TableRow, message: str) -> None:
        self._remark(RemarkKind.SKIPPED_LINE, message, row)

    def _remark(self, kind: RemarkKind, message: str, row: TableRow) -> None:
        self.findings.add_remark(kind, message, project=self.project, line=row.line)

    def _add_problem(self, row: TableRow, message: str, value: str, expected: str) -> None:
        self.has_faults = True
        self.findings.add_problem(message, line=row.line, value=value, expected=expected)


def _by_column(cells: RowCells, level1_above: str) -> LevelCells:
    """The levels by their columns; a word of both levels, alone and as above, has slipped from the first."""
    first, second = level_word(cells.level1), level_word(cells.level2)
    if not first and second in EITHER_LEVEL and second == level1_above:
        first, second = second, ""
    known = {word for word in (first, second) if word and is_level_word(word)}
    return LevelCells(
        level1=(first,) if first in known else (),
        level2=second if second in known else "",
        unknown=tuple(word for word in (first, second) if word and word not in known),
    )
