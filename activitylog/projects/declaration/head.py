"""Reads the head of a form: the project's name and unit, its dates, amounts and goal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from activitylog.core.text.dates import read_day
from activitylog.core.text.words import half_width
from activitylog.projects.declaration.cells import (
    FEN_PER_YUAN,
    money_unit,
    read_amount_fen,
    tidy_name,
    without_spaces,
)
from activitylog.projects.declaration.document import ProjectHead, RemarkKind
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.layout import DeclarationForm
from activitylog.projects.declaration.text import TextRow

LONGEST_NAME = 120
NO_AMOUNT = frozenset({"-", "—", "——", "/", "无"})
_FIELDS = {
    "项目名称": "name",
    "项目性质": "nature",
    "项目类别": "category",
    "项目类型": "category",
    "主管部门": "department",
    "实施单位": "implementing_unit",
    "项目单位": "implementing_unit",
    "计划开始日期": "starts_on",
    "开始日期": "starts_on",
    "计划完成日期": "ends_on",
    "计划结束日期": "ends_on",
    "完成日期": "ends_on",
    "项目资金总额": "whole",
    "年度资金申请总额": "budget",
    "年度资金总额": "budget",
    "其中:财政资金": "whole_fiscal",
    "其中:当年财政拨款": "fiscal",
    "当年财政拨款": "fiscal",
    "上年结转资金": "carried_over",
    "其他资金": "other",
}
_GOAL_LABELS = frozenset({"项目总目标", "年度总体目标", "项目绩效目标", "年度绩效目标", "总体目标"})


@dataclass(frozen=True, slots=True)
class LabelledCell:
    """The text beside a label, and its line."""

    text: str
    line: int


def read_head(form: DeclarationForm, findings: DeclarationFindings) -> ProjectHead:
    """Read the labelled cells in whatever column, and add every problem."""
    goal_at = next((at for at, row in enumerate(form.head) if _goal_labels(row)), len(form.head))
    entries = dict(_entries(form.head[:goal_at]))
    name = _name(entries.get("name"), form, findings)
    budget, fiscal, carried_over, other = _money(form, entries, name, findings)
    starts_on, ends_on = _days(entries, findings)
    return ProjectHead(
        name=name,
        nature=_text(entries, "nature"),
        category=_text(entries, "category"),
        department=_text(entries, "department"),
        implementing_unit=_text(entries, "implementing_unit"),
        starts_on=starts_on,
        ends_on=ends_on,
        budget_fen=budget,
        fiscal_fen=fiscal,
        carried_over_fen=carried_over,
        other_fen=other,
        original_goal=_goal(form.head[goal_at:]),
    )


def _entries(rows: list[TextRow]) -> Iterator[tuple[str, LabelledCell]]:
    """Pair each label with the cell after it; a label followed by a label is empty."""
    for row in rows:
        cells = list(_split_labels(row.cells))
        for label, value in zip(cells, [*cells[1:], ""], strict=True):
            field = _field(label)
            if field and value and not _field(value):
                yield field, LabelledCell(value, row.line)


def _split_labels(cells: tuple[str, ...]) -> Iterator[str]:
    """Split `项目名称：科普`, written in one cell, into label and value."""
    for cell in cells:
        label, colon, value = cell.replace("：", ":").partition(":")
        if colon and value.strip() and not _field(cell) and _field(label):
            yield from (label, cell[len(label) + 1 :].strip())
        else:
            yield cell


def _field(cell: str) -> str | None:
    return _FIELDS.get(without_spaces(cell).rstrip(":"))


def _text(entries: dict[str, LabelledCell], field: str) -> str:
    return tidy_name(entries[field].text) if field in entries else ""


def _name(entry: LabelledCell | None, form: DeclarationForm, findings: DeclarationFindings) -> str:
    if entry is None:
        findings.add_problem(
            "这张申报表没有填项目名称", line=form.line, expected="“项目名称”后面一格写项目的名称"
        )
        return ""
    name = tidy_name(entry.text)
    if len(name) > LONGEST_NAME:
        findings.add_problem(
            "项目名称太长", line=entry.line, value=name, expected=f"不超过{LONGEST_NAME}个字"
        )
    return name


def _days(entries: dict[str, LabelledCell], findings: DeclarationFindings) -> tuple[date | None, date | None]:
    starts_on, ends_on = (_day(entries.get(field), findings) for field in ("starts_on", "ends_on"))
    if starts_on and ends_on and ends_on < starts_on:
        entry = entries["ends_on"]
        findings.add_problem(
            "计划完成日期早于计划开始日期",
            line=entry.line,
            value=entry.text,
            expected=f"{starts_on:%Y-%m-%d}或以后",
        )
    return starts_on, ends_on


def _day(entry: LabelledCell | None, findings: DeclarationFindings) -> date | None:
    if entry is None:
        return None
    read = read_day(entry.text)
    if read is None:
        findings.add_problem("日期无法识别", line=entry.line, value=entry.text, expected="如 2024-01-01")
    return read


def _money(
    form: DeclarationForm, entries: dict[str, LabelledCell], name: str, findings: DeclarationFindings
) -> tuple[int, int, int, int]:
    """The year's amount and its three sources in fen; an empty source is 0, an empty total a problem."""
    units = (money_unit(cell) for row in form.head for cell in row.cells if len(cell) <= 30)
    yuan = next((unit for unit in units if unit is not None), 1)
    total = entries["budget"] if _is_filled(entries, "budget") else entries.get("whole")
    if total is None or half_width(total.text) in NO_AMOUNT:
        findings.add_problem(
            f"{f'“{name}”' if name else '这张申报表'}没有填资金总额",
            line=form.line,
            expected="“年度资金申请总额”后面一格写金额",
        )
        return 0, 0, 0, 0
    budget = _fen(total, yuan, findings)
    fields = ("fiscal", "carried_over", "other")
    sources = [_fen(entries[field], yuan, findings) if _is_filled(entries, field) else 0 for field in fields]
    if any(_is_filled(entries, field) for field in fields) and sum(sources) != budget:
        message = f"“{name}”的资金总额{_yuan(budget)}元与各项来源之和{_yuan(sum(sources))}元不一致，请核对。"
        findings.add_remark(RemarkKind.AMOUNTS, message, project=name, line=total.line)
    return budget, sources[0], sources[1], sources[2]


def _is_filled(entries: dict[str, LabelledCell], field: str) -> bool:
    return field in entries and half_width(entries[field].text) not in NO_AMOUNT


def _fen(entry: LabelledCell, yuan_per_unit: int, findings: DeclarationFindings) -> int:
    fen = read_amount_fen(entry.text, yuan_per_unit=yuan_per_unit)
    if fen is None:
        findings.add_problem(
            "金额无法识别",
            line=entry.line,
            value=entry.text,
            expected="不带负号、精确到分的数，如 300,000.00",
        )
    return fen or 0


def _yuan(fen: int) -> str:
    return f"{fen / FEN_PER_YUAN:,.2f}"


def _goal_labels(row: TextRow) -> list[str]:
    labels = (without_spaces(cell).rstrip(":") for cell in row.cells)
    return [label for label in labels if label in _GOAL_LABELS]


def _goal(rows: list[TextRow]) -> str:
    """The year's goal: what follows the last goal label, the rightmost text of each row."""
    whole: list[str] = []
    annual: list[str] = []
    is_annual = False
    for row in rows:
        is_annual = is_annual or "年度总体目标" in _goal_labels(row)
        texts = [cell for cell in row.cells if without_spaces(cell).rstrip(":") not in _GOAL_LABELS]
        if texts:
            (annual if is_annual else whole).append(texts[-1])
    return "\n".join(annual or whole)
