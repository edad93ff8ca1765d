from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from activitylog.activities.rules import Status
from activitylog.core.text.dates import Moment
from activitylog.ledger.columns import ACTIVITIES, EXPENSES, PUSHES, REPORTS, LedgerColumn
from activitylog.ledger.reading.cells import BadCell, Start, read_cell

HELD_ON = ACTIVITIES.column("held_on")
HEADS = ACTIVITIES.column("audience_onsite")
NUMBER = ACTIVITIES.column("number")
KINDS = ACTIVITIES.column("kinds")
DISTRICTS = ACTIVITIES.column("districts")
QUALITY = ACTIVITIES.column("quality_met")
STATUS = ACTIVITIES.column("status")
LINK = PUSHES.column("link")
NOTE = ACTIVITIES.column("note")
TITLE = ACTIVITIES.column("title")
PUBLISHED = PUSHES.column("published")
PAID = EXPENSES.column("paid_fen")
REPOST = REPORTS.column("is_repost")
NINE_THIRTY = Moment(date(2024, 6, 3), datetime(2024, 6, 3, 1, 30, tzinfo=UTC))
AT_NINE_THIRTY = Start(date(2024, 6, 3), time(9, 30))
EXCEL_NINE_THIRTY = datetime(2024, 6, 3, 9, 30)  # noqa: DTZ001

READ = (
    (HELD_ON, date(2024, 6, 3), Start(date(2024, 6, 3), None)),
    (HELD_ON, EXCEL_NINE_THIRTY, AT_NINE_THIRTY),
    (HELD_ON, EXCEL_NINE_THIRTY - timedelta(milliseconds=1), AT_NINE_THIRTY),
    (HELD_ON, EXCEL_NINE_THIRTY + timedelta(seconds=59), AT_NINE_THIRTY),
    (HELD_ON, EXCEL_NINE_THIRTY.replace(hour=0, minute=0), Start(date(2024, 6, 3), None)),
    (HELD_ON, "2024年6月3日 9：30", AT_NINE_THIRTY),
    (HELD_ON, "2024-06-03T01:30:00Z", AT_NINE_THIRTY),
    (HELD_ON, "2024-06-03", Start(date(2024, 6, 3), None)),
    (HELD_ON, " 2024/6/3 ", Start(date(2024, 6, 3), None)),
    (HELD_ON, "２０２４－０６－０３", Start(date(2024, 6, 3), None)),
    (HELD_ON, "2024年6月3日", Start(date(2024, 6, 3), None)),
    (HELD_ON, "2024-06-03 00:00:00", Start(date(2024, 6, 3), None)),
    (HELD_ON, "\u3000", None),
    (PUBLISHED, date(2024, 6, 3), Moment(date(2024, 6, 3), None)),
    (PUBLISHED, EXCEL_NINE_THIRTY, NINE_THIRTY),
    (PUBLISHED, "2024-06-03 9:30", NINE_THIRTY),
    (PUBLISHED, "2024/6/3 09:30:00", NINE_THIRTY),
    (PUBLISHED, "2024-06-03T01:30:00Z", NINE_THIRTY),
    (PUBLISHED, "2024-06-03T09:30:00+08:00", NINE_THIRTY),
    (
        PUBLISHED,
        "2024-06-03T20:00:00Z",
        Moment(date(2024, 6, 4), datetime(2024, 6, 3, 20, tzinfo=UTC)),
    ),
    (HEADS, 70.0, 70),
    (HEADS, "70.0", 70),
    (HEADS, "１，２００", 1200),
    (HEADS, "1,200", 1200),
    (HEADS, "", 0),
    (PAID, 1234.5, 123450),
    (PAID, 1234.4999999999998, 123450),
    (PAID, 0.1 + 0.2, 30),
    (PAID, "1,234.50", 123450),
    (PAID, "￥１２３４．５元", 123450),
    (PAID, 0, 0),
    (NUMBER, 20240001.0, "20240001"),
    (NUMBER, 123456789012345.0, "123456789012345"),
    (NUMBER, "2024060300012345", "2024060300012345"),
    (NUMBER, " 沪科-2024 第1场 ", "沪科-2024第1场"),
    (TITLE, 2024.0, "2024"),
    (TITLE, "天文\x0b课堂", "天文课堂"),
    (LINK, "【标题】 https://a.cn/1 复制打开", "https://a.cn/1"),
    (LINK, "", ""),
    (KINDS, "资源配送、下乡服务", ("资源配送", "下乡服务")),
    (KINDS, "资源配送, 下乡服务；资源配送", ("资源配送", "下乡服务")),
    (DISTRICTS, "静安、普陀", ("310106", "310107")),
    (DISTRICTS, "静安区 / 崇明县  卢湾", ("310106", "310151", "310101")),
    (DISTRICTS, "静安+普陀|黄浦和徐汇", ("310106", "310107", "310101", "310104")),
    (DISTRICTS, "浦东 新区", ("310115",)),
    (DISTRICTS, "浦东、南汇", ("310115",)),
    (QUALITY, "是", True),
    (QUALITY, False, False),
    (QUALITY, "", None),
    (REPOST, "", False),
    (STATUS, "已 审核", Status.APPROVED),
    (STATUS, "", None),
)


@pytest.mark.parametrize(("column", "cell", "value"), READ)
def test_what_people_write_is_read(column: LedgerColumn, cell: Any, value: Any) -> None:
    assert read_cell(column, cell) == value


REFUSED = (
    (HELD_ON, "2024-02-30", "没有这一天"),
    (HELD_ON, "六月三日", "不是日期"),
    (HELD_ON, 45446.0, "不是日期"),
    (HELD_ON, "0204-06-03", "年份"),
    (PUBLISHED, "2024-06-03 25:00", "没有这一天或这个时刻"),
    (HEADS, -1, "小于 0"),
    (HEADS, "70.5", "不是整数"),
    (HEADS, "1,2", "“1,2”看不出是多少"),
    (HEADS, "约100", "不是数字"),
    (HEADS, "\U0010fffd一\U0010fffd1", "不是数字"),
    (HEADS, True, "不是数字"),
    (HEADS, 1e300, "超过"),
    (HEADS, "99999999", "超过"),
    (PAID, 1234.567, "到分"),
    (PAID, "-1", "小于 0"),
    (PAID, 1e13, "太大"),
    (NUMBER, 2.02406030001235e17, "超过 15 位"),
    (TITLE, 1e15, "超过 15 位"),
    (KINDS, 1234567890123456.0, "超过 15 位"),
    (NUMBER, "2024/1", "不能用的字符"),
    (NUMBER, "new", "另有用处"),
    (NUMBER, "号" * 41, "太长"),
    (TITLE, "字" * 201, "太长"),
    (NOTE, "字" * 2001, "“备注”有 2001 个字"),
    (LINK, "javascript:alert(1)", "链接要以 http:// 或 https:// 开头"),
    (LINK, "https://a.cn/1 https://a.cn/2", "一次只能登记一个"),
    (KINDS, "短、" + "长" * 61, "最多 60 个字"),
    (DISTRICTS, "静安、火星", "没有“火星”这个区"),
    (QUALITY, "√", "不是“是”或“否”"),
    (STATUS, "通过", "没有这种状态"),
)


@pytest.mark.parametrize(("column", "cell", "reason"), REFUSED)
def test_what_cannot_be_meant_is_refused(column: LedgerColumn, cell: Any, reason: str) -> None:
    with pytest.raises(BadCell, match=reason):
        read_cell(column, cell)
