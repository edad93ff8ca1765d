"""Reads the indicator table of a form, in whatever columns the cells are."""

import re

from activitylog.projects.declaration.cells import tidy_name, without_spaces
from activitylog.projects.declaration.document import DeclaredIndicator, RemarkKind
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.layout import DeclarationForm, is_heading
from activitylog.projects.declaration.levels import (
    EXPECTED,
    LEVEL1_OF,
    Level2,
    LevelCells,
    Target,
    find_level2,
    is_level_word,
    parse_target,
    resembles_level_word,
    sort_level_cells,
)
from activitylog.projects.declaration.text import TextRow

LONGEST_NAME = 120
WHOLE = 100  # per cent
LONGEST_WORD = 60
LONGEST_WORDING = 120
_SIDE_LABELS = frozenset(
    {"绩效指标", "年度绩效指标", "项目绩效指标", "绩效目标", "项目绩效目标", "年度绩效目标"}
)
_SERIAL = re.compile(r"\(?\d{1,3}\)?[.、)]?")


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


class _IndicatorTable:
    """The indicators read so far, and the level cells above, which merged cells continue."""

    def __init__(self, project: str, findings: DeclarationFindings) -> None:
        self.project = project
        self.findings = findings
        self.indicators: list[DeclaredIndicator] = []
        self.has_faults = False
        self._level2_above = ""
        self._level_cells_above: list[str] = []
        self._lines: dict[str, int] = {}

    def add_row(self, row: TextRow) -> None:
        cells = [cell for cell in row.cells if without_spaces(cell) not in _SIDE_LABELS]
        if not cells or is_heading(row):
            return
        if all(is_level_word(cell) for cell in cells):
            self._level_cells_above += cells
        elif len(cells) == 1 and not row.is_in_table:
            message = f"没有读入表格外的文字“{cells[0][:40]}”。"
            self.findings.add_remark(RemarkKind.SKIPPED_LINE, message, project=self.project, line=row.line)
        else:
            self._add_indicator_row(row, cells)

    def _add_indicator_row(self, row: TextRow, cells: list[str]) -> None:
        fault = _fault(cells)
        if fault:
            self._add_problem(row, *fault)
            return
        *levels, name_cell, wording = cells
        name, target = tidy_name(name_cell), parse_target(wording)
        level_cells = sort_level_cells(
            [*self._level_cells_above, *(cell for cell in levels if not _SERIAL.fullmatch(cell))]
        )
        self._level_cells_above = []
        if target is None or len(wording) > LONGEST_WORDING or len(target.word) > LONGEST_WORD:
            self._level2_above = level_cells.level2 or self._level2_above
            self._add_problem(row, f"指标“{name}”的指标值无法识别", wording, EXPECTED)
        elif name in self._lines:
            self._add_problem(
                row,
                f"“{self.project}”里已有同名指标，在第{self._lines[name]}行",
                name,
                "每个指标名称只出现一次",
            )
        else:
            self._lines[name] = row.line
            self._add(row, level_cells, name, target, wording)

    def _add(self, row: TextRow, level_cells: LevelCells, name: str, target: Target, wording: str) -> None:
        found = find_level2(level_cells, self._level2_above, name, target)
        if found is None:
            expected = "在指标名称前写明，如 数量指标、质量指标、社会效益指标"
            self._add_problem(row, "无法判断指标属于哪个二级指标", name, expected)
            return
        self._add_remarks(row, level_cells, name, target, found)
        self._level2_above = found.level2
        self.indicators.append(
            DeclaredIndicator(
                name=name,
                level1=LEVEL1_OF[found.level2],
                level2=found.level2,
                operator=target.operator,
                target=target.number,
                target_word=target.word,
                unit=target.unit,
                wording=wording,
                position=len(self.indicators) + 1,
            )
        )

    def _add_remarks(
        self, row: TextRow, level_cells: LevelCells, name: str, target: Target, found: Level2
    ) -> None:
        """Add a remark for everything that was read otherwise than written."""
        level1 = LEVEL1_OF[found.level2]
        if found.is_inferred:
            self._remark(RemarkKind.LOST_LEVEL2, self._inferred_message(level_cells, name, found), row)
        odd = [*level_cells.unknown, *(word for word in level_cells.level1 if word != level1)]
        if odd and not found.is_inferred:
            message = f"“{name}”前面写着“{'、'.join(odd)}”，已按“{found.level2}”归入“{level1}”。"
            self._remark(RemarkKind.LEVEL_WORD, message, row)
        if not target.has_sign:
            message = f"“{name}”的指标值没有写比较符号，按“等于”读作“={target.number}{target.unit}”，请核对。"
            self._remark(RemarkKind.BARE_TARGET, message, row)
        doubt = _doubt(target)
        if doubt:
            message = f"“{name}”的指标值{doubt}，已照原样读入，请核对。"
            self._remark(RemarkKind.UNLIKELY_TARGET, message, row)

    def _inferred_message(self, level_cells: LevelCells, name: str, found: Level2) -> str:
        above = self._level2_above if self._level2_above and self._level2_above != found.level2 else ""
        instead = f"，没有沿用上面的“{above}”" if above else ""
        missing = f"写的是“{level_cells.unknown[-1]}”" if level_cells.unknown else "缺二级指标"
        return f"“{self.project}”的指标“{name}”{missing}，按名称归入“{found.level2}”{instead}，请核对。"

    def _remark(self, kind: RemarkKind, message: str, row: TextRow) -> None:
        self.findings.add_remark(kind, message, project=self.project, line=row.line)

    def _add_problem(self, row: TextRow, message: str, value: str, expected: str) -> None:
        self.has_faults = True
        self.findings.add_problem(message, line=row.line, value=value, expected=expected)


def _doubt(target: Target) -> str:
    """Why a target is unlikely; "" when it is not."""
    if target.number is None:
        return ""
    if target.number < 0:
        return f"“{target.operator}{target.number}{target.unit}”是负数"
    if target.unit == "%" and target.operator in {"≥", ">", "="} and target.number > WHOLE:
        return f"“{target.operator}{target.number}%”超过 100%"
    return ""


def _fault(cells: list[str]) -> tuple[str, str, str] | None:
    """The problem of a row that is no indicator: message, value, expected; None when it is one."""
    value = " | ".join(cells)
    *levels, name, _wording = cells if len(cells) > 1 else [cells[0], ""]
    if len(cells) == 1 or is_level_word(name) or is_level_word(_wording):
        return "这一行缺少三级指标名称或指标值", value, "指标名称后面一格写指标值，" + EXPECTED
    figure = parse_target(name)
    if figure is not None and figure.number is not None:
        return "这一行的指标值后面还有一格", value, "指标值是这一行的最后一格"
    stray = [cell for cell in levels if not resembles_level_word(cell) and not _SERIAL.fullmatch(cell)]
    if stray:
        return f"看不懂指标名称前面的“{stray[0]}”", value, "一级指标、二级指标、三级指标、指标值各一格"
    if len(tidy_name(name)) > LONGEST_NAME:
        return "三级指标名称太长", name, f"不超过{LONGEST_NAME}个字"
    return None
