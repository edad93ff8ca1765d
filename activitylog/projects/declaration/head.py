"""Reads the head of a form: the project's name and unit, its dates, amounts and goal."""

import re
from collections.abc import Iterator
from datetime import date

from activitylog.core.text.dates import read_day
from activitylog.projects.declaration.amounts import LabelledCell, MoneyUnit, read_amounts
from activitylog.projects.declaration.cells import money_unit, tidy_name, without_spaces
from activitylog.projects.declaration.document import ProjectHead
from activitylog.projects.declaration.findings import DeclarationFindings
from activitylog.projects.declaration.layout import DeclarationForm
from activitylog.projects.declaration.sources.rows import TableRow

LONGEST_NAME = 120
IGNORED = "ignored"
_LABELS = {
    "name": "二级项目名称|项目名称|转移支付项目名称|转移支付(项目)名称",
    "first_name": "一级项目名称",
    "parent": "上级项目",
    "nature": "项目性质",
    "category": "项目类别|项目类型",
    "department": "主管部门|主管部门及代码|主管单位",
    "implementing_unit": "实施单位|项目单位|项目实施单位|实施单位(盖章)",
    "starts_on": "计划开始日期|开始日期|项目开始日期|计划开始时间|开始时间",
    "ends_on": "计划完成日期|计划结束日期|完成日期|项目完成日期|项目结束日期|计划完成时间|结束时间",
    "whole": "项目资金总额|项目总投资|项目总金额|资金总额|项目总预算",
    "budget": "年度资金申请总额|年度资金总额|年度预算|年度预算数|年度预算金额|年度金额|年度资金|预算申报数"
    "|项目预算|项目金额|项目资金|项目经费|预算数|预算数(A)|预算金额|预算资金|预算总额|申请金额|申报金额|本年预算"
    "|本年预算数|项目预算金额|项目预算数|年初预算|年初预算数",
    "whole_fiscal": "其中:财政资金|财政资金",
    "fiscal": "当年财政拨款|本年财政拨款|财政拨款|年度财政拨款|其中:当年财政拨款|其中:本年财政拨款"
    "|其中:财政拨款|其中:年度财政拨款",
    "carried_over": "上年结转资金|上年结转|结转资金|上年结转结余",
    "other": "其他资金|其他|单位资金",
    # labels of cells that are not stored, so that they are no values
    IGNORED: "项目来源|项目期|项目编码|项目代码|资金用途|资金性质|项目分类|项目属性|联系人|联系电话"
    "|项目负责人|项目责任人|填报人|中央补助安排|省级财政安排|单位(盖章)|全年预算数|全年执行数|分值|执行率|得分",
}
_FIELDS = {label: field for field, labels in _LABELS.items() for label in labels.split("|")}
_GOAL = re.compile(r"(?:项目|年度|总体|绩效|中期|实施期|本年度?|当年)*(?:绩效)?(?:总)?目标(?:\(.*\))?")
_UNIT_IN_LABEL = re.compile(r"\((?:金额)?(?:单位:?)?(?:人民币)?[十百千万亿]{0,2}元\)$")
_CODE = re.compile(r"^[0-9A-Z]{8,}[-—_]")


def read_head(form: DeclarationForm, unit: MoneyUnit, findings: DeclarationFindings) -> ProjectHead:
    """Read the labelled cells in whatever column, and add every problem."""
    goal_at = next((at for at, row in enumerate(form.head) if _goal_labels(row)), len(form.head))
    entries = dict(_entries(form.head[:goal_at]))
    name = _name(entries.get("name") or entries.get("first_name"), form, findings)
    if "fiscal" not in entries and "budget" not in entries and "whole_fiscal" in entries:
        entries["fiscal"] = entries["whole_fiscal"]
    starts_on, ends_on = _days(entries, findings)
    amounts = read_amounts(form, entries, name, unit, findings)
    return ProjectHead(
        name=name,
        nature=_text(entries, "nature"),
        category=_text(entries, "category"),
        department=_text(entries, "department"),
        implementing_unit=_text(entries, "implementing_unit"),
        starts_on=starts_on,
        ends_on=ends_on,
        budget_fen=amounts.budget,
        fiscal_fen=amounts.fiscal,
        carried_over_fen=amounts.carried_over,
        other_fen=amounts.other,
        original_goal=_goal(form.head[goal_at:]),
        parent=_text(entries, "parent") or None,
    )


def _entries(rows: list[TableRow]) -> Iterator[tuple[str, LabelledCell]]:
    """Pair each label with the cell after it; a label followed by a label is empty."""
    for row in rows:
        cells = list(_split_labels(row.cells))
        for label, value in zip(cells, [*cells[1:], ""], strict=True):
            field = _field(label)
            if field and field != IGNORED and value and not _is_label(value):
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
    return _FIELDS.get(_UNIT_IN_LABEL.sub("", without_spaces(cell).rstrip(":")).rstrip(":"))


def _is_label(cell: str) -> bool:
    """Whether a cell is a label, or only the unit of the amounts beside it."""
    return _field(cell) is not None or (money_unit(cell) is not None and not re.search(r"\d", cell))


def _text(entries: dict[str, LabelledCell], field: str) -> str:
    return tidy_name(entries[field].text) if field in entries else ""


def _name(entry: LabelledCell | None, form: DeclarationForm, findings: DeclarationFindings) -> str:
    if entry is None:
        findings.add_problem(
            "这张申报表没有填项目名称", line=form.line, expected="“项目名称”后面一格写项目的名称"
        )
        return ""
    name = _CODE.sub("", tidy_name(entry.text))
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


def _goal_labels(row: TableRow) -> list[str]:
    labels = [label for cell in row.cells if (label := _goal_label(cell))]
    # 年度 alone, where the rest of 年度总体目标 got lost, beside a long text
    if (
        not labels
        and len(row.cells) == 2
        and without_spaces(row.cells[0]) == "年度"
        and len(row.cells[1]) > 10
    ):
        return ["年度"]
    return labels


def _goal_label(cell: str) -> str:
    label = without_spaces(cell).rstrip(":")
    return label if len(label) <= 30 and _GOAL.fullmatch(label) else ""


def _goal(rows: list[TableRow]) -> str:
    """The year's goal: what follows the last goal label, the rightmost text of each row."""
    whole: list[str] = []
    annual: list[str] = []
    is_annual = False
    for row in rows:
        labels = _goal_labels(row)
        is_annual = is_annual or any("年度" in label and "绩效目标" not in label for label in labels)
        texts = [cell for cell in row.cells if not _goal_label(cell) and without_spaces(cell) != "年度"]
        if texts:
            (annual if is_annual else whole).append(texts[-1])
    return "\n".join(annual or whole)
