"""Ledger workbooks and their rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy.orm import Session

from activitylog.ledger.columns import SHEETS
from activitylog.ledger.operations import ImportReport, import_ledger

NOW = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
PROJECT = "科普资源配送"
Cells = Mapping[str, Any]


def save_ledger(path: Path, **sheets: Sequence[Cells]) -> Path:
    """Save a workbook with these sheets, rows given by heading; the headings are those used by the rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        used = list(dict.fromkeys(heading for row in rows for heading in row))
        page.append(
            used or [column.heading for sheet in SHEETS if sheet.name == name for column in sheet.columns]
        )
        for row in rows:
            page.append([row.get(heading) for heading in used])
    book.save(path)
    return path


def import_file(session: Session, path: Path, *, dry_run: bool = False) -> ImportReport:
    return import_ledger(session, path, by=None, now=NOW, dry_run=dry_run)


def activity_row(number: str = "2024-0001", **changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "活动编号": number,
        "项目": PROJECT,
        "活动类型": "资源配送、下乡服务",
        "活动名称": "暑期天文课堂",
        "科普形式": "讲座",
        "场所名称": "石门二路社区书院",
        "场所类型": "社区书院",
        "区": "静安、普陀",
        "计划日期": "2024-06-01",
        "举办日期": "2024-06-03",
        "现场人数": 120,
        "线上人数": 30,
        "质量达标": "是",
        "状态": "已审核",
        "备注": "家长陪同",
    }
    return cells | changes


def push_row(**changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "项目": PROJECT,
        "活动编号": "2024-0001",
        "标题": "暑期天文课堂开讲啦",
        "链接": "https://mp.weixin.qq.com/s/abc",
        "批次": "第一次",
        "发布时间": datetime(2024, 6, 4, 18, 0),  # noqa: DTZ001  (Excel knows no time zones)
    }
    return cells | changes


def report_row(**changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "项目": PROJECT,
        "活动编号": "2024-0001",
        "标题": "社区里的天文课",
        "媒体": "新民晚报",
        "链接": "https://example.com/news/1",
        "发布日期": "2024-06-05",
        "转载": "否",
    }
    return cells | changes


def milestone_row(**changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "项目": PROJECT,
        "类别": "科技小院",
        "名称": "庄行科技小院建成",
        "计划日期": "2024-09-30",
        "完成日期": None,
    }
    return cells | changes


def expense_row(**changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "项目": PROJECT,
        "活动编号": "2024-0001",
        "支出类别": "劳务费",
        "摘要": "讲师劳务费",
        "计划金额": 2000,
        "实付金额": 1850.5,
        "支付日期": "2024-06-20",
    }
    return cells | changes


def tally_row(**changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "活动编号": "2024-0001",
        "非常满意": 30,
        "满意": 12,
        "一般": 2,
        "不满意": None,
        "非常不满意": 0,
        "登记日期": "2024-06-03",
    }
    return cells | changes
