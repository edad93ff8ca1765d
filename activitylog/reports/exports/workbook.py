"""The columns of indicators and of their postings as numbers that sum, and the workbook of a month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from activitylog.core.money import yuan_of
from activitylog.core.period import SHANGHAI
from activitylog.core.spreadsheets import (
    Cell,
    ListColumn,
    SheetColumn,
    add_list,
    add_table,
    new_workbook,
    write_cell,
)
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import AggregationKind
from activitylog.indicators.figure_text import key_text, record_unit
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.rollup.drilldown import PostingRow

Counted = tuple[IndicatorActual, PostingRow]  # a posting with the indicator it counts for
MOST_ROWS = 1_000_000  # a sheet takes 1,048,576
_IN_FEN = {AggregationKind.SAVING, AggregationKind.COST, AggregationKind.UNIT_COST}


@dataclass(frozen=True, slots=True)
class ExportDescription:
    """The first sheet: project, month, revision, state and moments."""

    project: str
    month: str
    revision: int
    state: str
    rolled_up_at: datetime
    exported_at: datetime
    exported_by: str


def _amount(row: IndicatorActual, amount: int | None) -> int | Decimal | None:
    """An amount as it is summed: yuan of money, else the number of records, heads or answers."""
    kind = row.measure.aggregation.kind if row.measure else None
    return amount if amount is None or kind not in _IN_FEN else yuan_of(amount)


def _base(row: IndicatorActual, base: int | None) -> int | Decimal | None:
    """What is divided by: planned yuan of a saving, else a number; blank where nothing is divided."""
    if not row.is_quotient or base is None:
        return None
    return yuan_of(base) if row.is_saving else base


def _unit(row: IndicatorActual) -> str:
    if row.measure is None:
        return ""
    if row.measure.aggregation.kind in _IN_FEN:
        return "元"
    return record_unit(row.unit) if row.measure.rate_text is None else row.measure.rate_text.unit


def _reached(row: IndicatorActual) -> str:
    return "" if row.is_reached is None else "是" if row.is_reached else "否"


def _effect(row: PostingRow) -> str:
    return "调整" if row.is_adjustment else "重复，不另计" if row.is_repeat else ""


INDICATOR_COLUMNS: Sequence[ListColumn[IndicatorActual]] = (
    ListColumn("一级指标", lambda row: row.level1, 12),
    ListColumn("二级指标", lambda row: row.level2, 12),
    ListColumn("三级指标", lambda row: row.indicator, 34),
    ListColumn("符号", lambda row: row.operator, 6),
    ListColumn("目标", lambda row: row.target_word if row.target is None else row.target, 12),
    ListColumn("单位", lambda row: row.unit, 8),
    ListColumn("完成值", lambda row: row.figure, 12),
    ListColumn("按计划应有", lambda row: row.planned_figure, 12),
    ListColumn("是否达到", _reached, 10),
    ListColumn("进度", lambda row: row.status_text, 10),
    ListColumn("评定", lambda row: row.judgement_text if row.is_judged else "", 26),
    ListColumn("计量方式", lambda row: row.measure.label if row.measure else "由人评定", 16),
    ListColumn("计入合计", lambda row: _amount(row, row.amount), 14),
    ListColumn("分母", lambda row: _base(row, row.base), 14),
    ListColumn("记录", lambda row: row.records, 8),
    ListColumn("其中调整", lambda row: row.adjustments, 10),
)
POSTING_COLUMNS: Sequence[ListColumn[Counted]] = (
    ListColumn("指标", lambda each: each[0].indicator, 30),
    ListColumn("入账月份", lambda each: str(each[1].period), 10),
    ListColumn("发生日期", lambda each: each[1].occurred_on, 12),
    ListColumn("记录", lambda each: SOURCE_BY_KEY[each[1].source].label, 12),
    ListColumn("活动编号", lambda each: each[1].record.activity, 14),
    ListColumn("名称", lambda each: each[1].record.title, 44),
    ListColumn(
        "按什么计", lambda each: key_text(each[0].measure, each[1].key) if each[0].measure else "", 14
    ),
    ListColumn("计入", lambda each: _amount(each[0], each[1].counted), 14),
    ListColumn("分母", lambda each: _base(each[0], each[1].base), 14),
    ListColumn("单位", lambda each: _unit(each[0]), 8),
    ListColumn("说明", lambda each: _effect(each[1]), 16),
)


def write_export(
    path: Path, heading: ExportDescription, actuals: Sequence[IndicatorActual], postings: Iterable[Counted]
) -> None:
    """Write the workbook row by row, in constant memory."""
    with new_workbook(path, in_one_pass=True) as book:
        columns = (SheetColumn("项目", 14), SheetColumn(heading.project, 60))
        sheet = add_table(book, "说明", columns, book.add_format({"bold": True}))
        for row, cells in enumerate(_heading_rows(heading), start=1):
            for position, value in enumerate(cells):
                write_cell(sheet, row, position, value)
        add_list(book, "完成值", INDICATOR_COLUMNS, actuals, most=MOST_ROWS)
        add_list(book, "入账明细", POSTING_COLUMNS, postings, most=MOST_ROWS)


def _heading_rows(heading: ExportDescription) -> Iterable[Sequence[Cell]]:
    return (
        ("截至", heading.month),
        ("版次", f"第 {heading.revision} 版（{heading.state}）"),
        ("汇总时间", _moment(heading.rolled_up_at)),
        ("导出", f"{_moment(heading.exported_at)} {heading.exported_by}"),
        (
            "怎么看",
            "“完成值”的每个数，由“入账明细”中同一指标的各行合成：计入相加是“计入合计”，比率再除以分母之和。",
        ),
        ("", "调整是补记以前月份的记录；按区、形式等不同值计数的，重复的一行计入 0。"),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
