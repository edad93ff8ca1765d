"""Writes a year's declaration as a workbook that is read in again unchanged."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from activitylog.core.money import yuan_of
from activitylog.core.spreadsheets import Cell, new_workbook, write_cell
from activitylog.projects.declaration.document import plain_number
from activitylog.projects.declaration.table.targets import parse_target
from activitylog.projects.models import Indicator, Project

TITLE = "财政项目支出绩效目标申报表"
SHEET = "绩效目标"
NO_PARENT = "无"
_WIDTHS = (18, 24, 40, 24, 16, 18, 16, 18)
_HEADINGS = ("一级指标", "二级指标", "三级指标", "年度指标值")


def export_declaration(path: Path, projects: Sequence[Project]) -> None:
    """Write one form below the other, in declared order; amounts in yuan, targets as they were worded."""
    with new_workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        at = 0
        for project in projects:
            for cells in _form(project):
                for column, cell in enumerate(cells):
                    is_heading = cells[0] in {TITLE, _HEADINGS[0]}
                    style = money if isinstance(cell, float) else bold if is_heading else wrapped
                    write_cell(sheet, at, column, cell, style)
                at += 1
            at += 1


def _form(project: Project) -> Iterator[Sequence[Cell]]:
    parent = project.parent.name if project.parent else NO_PARENT
    yield (TITLE,)
    yield (f"（{project.year}年度）",)
    yield "项目名称", project.name, "项目性质", project.nature, "项目类别", project.category
    yield "上级项目", parent
    yield "主管部门", project.department, "实施单位", project.implementing_unit
    yield "计划开始日期", _day(project.starts_on), "计划完成日期", _day(project.ends_on)
    yield ("项目资金（元）", "年度资金申请总额", _yuan(project.budget_fen))
    yield "", "其中：当年财政拨款", _yuan(project.fiscal_fen)
    yield "", "上年结转资金", _yuan(project.carried_over_fen), "其他资金", _yuan(project.other_fen)
    yield "年度总体目标", project.goal_wording or project.goal
    yield _HEADINGS
    for indicator in project.indicators:
        yield indicator.level1, indicator.level2, indicator.name, target_wording(indicator)


def target_wording(indicator: Indicator) -> str:
    """The target as it was worded, unless it has been changed since."""
    read = parse_target(indicator.wording)
    stored = indicator.operator, indicator.target, indicator.target_word, indicator.unit
    if read is not None and (read.operator, read.number, read.word, read.unit) == stored:
        return indicator.wording
    figure = indicator.target_word if indicator.target is None else plain_number(indicator.target)
    return f"{indicator.operator}{figure}{indicator.unit}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _yuan(fen: int) -> float:
    return float(yuan_of(fen))
