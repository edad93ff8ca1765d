"""Writes the workbook: its description, the actuals, and every posting they aggregate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.core.period import SHANGHAI
from activitylog.core.spreadsheets import DAY, Cell, SheetColumn, add_table, new_workbook, write_cell
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    contribution_text,
    key_text,
    target_text,
)
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.rollup.drilldown import PostingRow

_ACTUALS = (
    SheetColumn("一级指标", 12),
    SheetColumn("二级指标", 12),
    SheetColumn("三级指标", 34),
    SheetColumn("目标", 14),
    SheetColumn("完成值", 26),
    SheetColumn("进度", 10),
    SheetColumn("评定", 26),
    SheetColumn("记录", 8),
    SheetColumn("其中调整", 10),
)
_POSTINGS = (
    SheetColumn("指标", 30),
    SheetColumn("入账月份", 10),
    SheetColumn("发生日期", 12),
    SheetColumn("记录", 12),
    SheetColumn("活动编号", 14),
    SheetColumn("名称", 44),
    SheetColumn("按什么计", 14),
    SheetColumn("计入", 26),
    SheetColumn("说明", 16),
)


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


def write_export(
    path: Path,
    heading: ExportDescription,
    actuals: Sequence[IndicatorActual],
    postings: Iterable[tuple[IndicatorActual, PostingRow]],
) -> None:
    """Write the workbook row by row, in constant memory."""
    with new_workbook(path, in_one_pass=True) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": DAY})
        description = (SheetColumn("项目", 14), SheetColumn(heading.project, 60))
        _fill(add_table(book, "说明", description, bold), _heading_rows(heading), day)
        _fill(add_table(book, "完成值", _ACTUALS, bold), map(_actual_cells, actuals), day)
        _fill(add_table(book, "入账明细", _POSTINGS, bold), (_posting_cells(*each) for each in postings), day)


def _fill(sheet: Worksheet, rows: Iterable[Sequence[Cell]], day: Format) -> None:
    for row, cells in enumerate(rows, start=1):
        for position, value in enumerate(cells):
            write_cell(sheet, row, position, value, day if isinstance(value, date) else None)


def _heading_rows(heading: ExportDescription) -> Iterable[Sequence[Cell]]:
    return (
        ("截至", heading.month),
        ("版次", f"第 {heading.revision} 版（{heading.state}）"),
        ("汇总时间", _moment(heading.rolled_up_at)),
        ("导出", f"{_moment(heading.exported_at)} {heading.exported_by}"),
        ("怎么看", "“完成值”的每个数，由“入账明细”中同一指标的各行合成；调整是补记以前月份的记录。"),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _actual_cells(row: IndicatorActual) -> Sequence[Cell]:
    return (
        row.level1,
        row.level2,
        row.indicator,
        target_text(row),
        row.figure_text if row.measure else "",
        row.status_text,
        row.judgement_text if row.is_judged else "",
        row.records,
        row.adjustments,
    )


def _posting_cells(row: IndicatorActual, posting: PostingRow) -> Sequence[Cell]:
    record = posting.record
    return (
        row.indicator,
        str(posting.period),
        posting.occurred_on,
        SOURCE_BY_KEY[posting.source].label,
        record.activity,
        record.title,
        key_text(row.measure, posting.key) if row.measure else "",
        contribution_text(row.measure, posting, row.unit) if row.measure else "",
        "调整" if posting.is_adjustment else "重复，不另计" if posting.is_repeat else "",
    )
