"""The workbook: what it is made from, the actuals, and every posting they are the fold of."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from activitylog.core.period import SHANGHAI
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    counts_words,
    figure_words,
    judged_words,
    key_words,
    light_words,
    promise_words,
)
from activitylog.indicators.sources import SOURCE_LABELS
from activitylog.rollup.drilldown import BookedRow

_DAY = "yyyy-mm-dd"
_ACTUALS = (
    ("一级指标", 12),
    ("二级指标", 12),
    ("三级指标", 34),
    ("目标", 14),
    ("完成值", 26),
    ("进度", 10),
    ("评定", 26),
    ("记录", 8),
    ("其中调整", 10),
)
_POSTINGS = (
    ("指标", 30),
    ("入账月份", 10),
    ("发生日期", 12),
    ("记录", 12),
    ("活动编号", 14),
    ("名称", 44),
    ("按什么计", 14),
    ("计入", 26),
    ("说明", 16),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first sheet says."""

    project: str
    month: str
    revision: int
    state: str
    booked_at: datetime
    exported_at: datetime
    exported_by: str


def write_books(
    path: Path,
    heading: Heading,
    actuals: Sequence[IndicatorActual],
    postings: Iterable[tuple[IndicatorActual, BookedRow]],
) -> None:
    """Write all of it, row by row: memory does not grow with the postings."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with closing(xlsxwriter.Workbook(str(path), options)) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": _DAY})
        _write(
            book.add_worksheet("说明"), (("项目", 14), (heading.project, 60)), _heading_rows(heading), bold
        )
        _write(book.add_worksheet("完成值"), _ACTUALS, map(_actual_cells, actuals), bold)
        sheet = book.add_worksheet("入账明细")
        _write(sheet, _POSTINGS, (_posting_cells(*each) for each in postings), bold, day)


def _write(
    sheet: Any, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]], bold: Any, day: Any = None
) -> None:
    for number, (title, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, title, bold)
    sheet.freeze_panes(1, 0)
    for line, cells in enumerate(rows, start=1):
        for number, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(line, number, value)
            elif isinstance(value, int):
                sheet.write_number(line, number, value)
            elif value is not None:
                sheet.write_datetime(line, number, value, day)


def _heading_rows(heading: Heading) -> Iterable[Sequence[Any]]:
    return (
        ("截至", heading.month),
        ("版次", f"第 {heading.revision} 版（{heading.state}）"),
        ("汇总时间", _moment(heading.booked_at)),
        ("导出", f"{_moment(heading.exported_at)} {heading.exported_by}"),
        ("怎么看", "“完成值”的每个数，由“入账明细”中同一指标的各行合成；调整是补记以前月份的记录。"),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _actual_cells(row: IndicatorActual) -> Sequence[Any]:
    return (
        row.level1,
        row.level2,
        row.indicator,
        promise_words(row),
        figure_words(row) if row.measure else "",
        light_words(row),
        judged_words(row) if row.is_judged else "",
        row.records,
        row.adjustments,
    )


def _posting_cells(row: IndicatorActual, posting: BookedRow) -> Sequence[Any]:
    record = posting.record
    return (
        row.indicator,
        str(posting.period),
        posting.occurred_on,
        SOURCE_LABELS[posting.source],
        record.activity,
        record.title,
        key_words(row.measure, posting.key) if row.measure else "",
        counts_words(row.measure, posting, row.unit) if row.measure else "",
        "调整" if posting.is_adjustment else "重复，不另计" if posting.is_repeat else "",
    )
