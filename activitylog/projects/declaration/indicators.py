"""The lower half of a form: each row of the indicator table, whatever columns its cells slipped into."""

import re

from activitylog.projects.declaration.document import DeclaredIndicator, RemarkKind
from activitylog.projects.declaration.findings import Findings
from activitylog.projects.declaration.layout import Form, is_heading
from activitylog.projects.declaration.levels import (
    LEVEL1_OF,
    LevelWords,
    Placement,
    is_level_word,
    level_words,
    looks_like_level_word,
    place,
)
from activitylog.projects.declaration.target import EXPECTED, Target, parse_target
from activitylog.projects.declaration.text import Row
from activitylog.projects.declaration.wording import squeezed, tidy_name

LONGEST_NAME = 120
WHOLE = 100  # per cent
LONGEST_WORD = 60
LONGEST_WORDING = 120
_SIDE_LABELS = frozenset(
    {"绩效指标", "年度绩效指标", "项目绩效指标", "绩效目标", "项目绩效目标", "年度绩效目标"}
)
_SERIAL = re.compile(r"\(?\d{1,3}\)?[.、)]?")


def read_indicators(form: Form, project: str, findings: Findings) -> tuple[DeclaredIndicator, ...]:
    """Read every row of the form's table; a form without one is a fault."""
    table = _Table(project, findings)
    for row in form.table:
        table.take(row)
    if not table.indicators and not table.has_faults:
        line = form.table[0].line if form.table else form.line
        findings.problem(
            f"“{project}”没有绩效指标表" if project else "这张申报表没有绩效指标表",
            line=line,
            expected="以“一级指标、二级指标、三级指标、指标值”为表头的表格，至少一行",
        )
    return tuple(table.indicators)


class _Table:
    """What merged cells need remembered from row to row."""

    def __init__(self, project: str, findings: Findings) -> None:
        self.project = project
        self.findings = findings
        self.indicators: list[DeclaredIndicator] = []
        self.has_faults = False
        self._carried = ""
        self._waiting: list[str] = []
        self._lines: dict[str, int] = {}

    def take(self, row: Row) -> None:
        cells = [cell for cell in row.cells if squeezed(cell) not in _SIDE_LABELS]
        if not cells or is_heading(row):
            return
        if all(is_level_word(cell) for cell in cells):
            self._waiting += cells
        elif len(cells) == 1 and not row.in_table:
            message = f"没有读入表格外的文字“{cells[0][:40]}”。"
            self.findings.remark(RemarkKind.SKIPPED_LINE, message, project=self.project, line=row.line)
        else:
            self._take_indicator(row, cells)

    def _take_indicator(self, row: Row, cells: list[str]) -> None:
        fault = _fault(cells)
        if fault:
            self._refuse(row, *fault)
            return
        *levels, name_cell, wording = cells
        name, target = tidy_name(name_cell), parse_target(wording)
        words = level_words([*self._waiting, *(cell for cell in levels if not _SERIAL.fullmatch(cell))])
        self._waiting = []
        if target is None or len(wording) > LONGEST_WORDING or len(target.word) > LONGEST_WORD:
            self._carried = words.level2 or self._carried
            self._refuse(row, f"指标“{name}”的指标值无法识别", wording, EXPECTED)
        elif name in self._lines:
            self._refuse(
                row,
                f"“{self.project}”里已有同名指标，在第{self._lines[name]}行",
                name,
                "每个指标名称只出现一次",
            )
        else:
            self._lines[name] = row.line
            self._add(row, words, name, target, wording)

    def _add(self, row: Row, words: LevelWords, name: str, target: Target, wording: str) -> None:
        placement = place(words, self._carried, name, target)
        if placement is None:
            expected = "在指标名称前写明，如 数量指标、质量指标、社会效益指标"
            self._refuse(row, "无法判断指标属于哪个二级指标", name, expected)
            return
        self._tell(row, words, name, target, placement)
        self._carried = placement.level2
        self.indicators.append(
            DeclaredIndicator(
                name=name,
                level1=LEVEL1_OF[placement.level2],
                level2=placement.level2,
                operator=target.operator,
                target=target.number,
                target_word=target.word,
                unit=target.unit,
                wording=wording,
                position=len(self.indicators) + 1,
            )
        )

    def _tell(self, row: Row, words: LevelWords, name: str, target: Target, placement: Placement) -> None:
        """Remark on everything about the row that was read otherwise than it stands."""
        level1 = LEVEL1_OF[placement.level2]
        if placement.lost:
            self._remark(RemarkKind.LOST_LEVEL2, self._lost_message(words, name, placement), row)
        odd = [*words.unknown, *(word for word in words.level1 if word != level1)]
        if odd and not placement.lost:
            message = f"“{name}”前面写着“{'、'.join(odd)}”，已按“{placement.level2}”归入“{level1}”。"
            self._remark(RemarkKind.LEVEL_WORD, message, row)
        if not target.signed:
            message = f"“{name}”的指标值没有写比较符号，按“等于”读作“={target.number}{target.unit}”，请核对。"
            self._remark(RemarkKind.BARE_TARGET, message, row)
        doubt = _doubt(target)
        if doubt:
            message = f"“{name}”的指标值{doubt}，已照原样读入，请核对。"
            self._remark(RemarkKind.UNLIKELY_TARGET, message, row)

    def _lost_message(self, words: LevelWords, name: str, placement: Placement) -> str:
        above = self._carried if self._carried and self._carried != placement.level2 else ""
        instead = f"，没有沿用上面的“{above}”" if above else ""
        missing = f"写的是“{words.unknown[-1]}”" if words.unknown else "缺二级指标"
        return f"“{self.project}”的指标“{name}”{missing}，按名称归入“{placement.level2}”{instead}，请核对。"

    def _remark(self, kind: RemarkKind, message: str, row: Row) -> None:
        self.findings.remark(kind, message, project=self.project, line=row.line)

    def _refuse(self, row: Row, message: str, value: str, expected: str) -> None:
        self.has_faults = True
        self.findings.problem(message, line=row.line, value=value, expected=expected)


def _doubt(target: Target) -> str:
    """What makes a figure hardly the one that was meant; "" when nothing does."""
    if target.number is None:
        return ""
    if target.number < 0:
        return f"“{target.operator}{target.number}{target.unit}”是负数"
    if target.unit == "%" and target.operator in {"≥", ">", "="} and target.number > WHOLE:
        return f"“{target.operator}{target.number}%”超过 100%"
    return ""


def _fault(cells: list[str]) -> tuple[str, str, str] | None:
    """What keeps a row from being an indicator: message, value, expected."""
    value = " | ".join(cells)
    *levels, name, _wording = cells if len(cells) > 1 else [cells[0], ""]
    if len(cells) == 1 or is_level_word(name) or is_level_word(_wording):
        return "这一行缺少三级指标名称或指标值", value, "指标名称后面一格写指标值，" + EXPECTED
    figure = parse_target(name)
    if figure is not None and figure.number is not None:
        return "这一行的指标值后面还有一格", value, "指标值是这一行的最后一格"
    stray = [cell for cell in levels if not looks_like_level_word(cell) and not _SERIAL.fullmatch(cell)]
    if stray:
        return f"看不懂指标名称前面的“{stray[0]}”", value, "一级指标、二级指标、三级指标、指标值各一格"
    if len(tidy_name(name)) > LONGEST_NAME:
        return "三级指标名称太长", name, f"不超过{LONGEST_NAME}个字"
    return None
