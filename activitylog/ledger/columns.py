"""The sheets and columns of the ledger workbook, for template, import and export."""

from dataclasses import dataclass
from enum import StrEnum

from activitylog.activities.rules import COUNTING_METHODS, MAX_LENGTHS, STATUS_LABELS

GUIDE_SHEET = "填写说明"
CLEAR = "清空"  # written in a cell, empties what is stored; a blank cell changes nothing


class CellKind(StrEnum):
    """The kind of value a column holds."""

    NUMBER = "number"  # of an activity
    TEXT = "text"
    LINE = "line"  # a text on one line
    TITLE = "title"  # of an activity or article
    NAME = "name"  # of a place, a milestone, an outlet
    WORD = "word"  # that is counted or filtered by
    LINK = "link"
    WORDS = "words"
    DISTRICTS = "districts"
    DAY = "day"
    START = "start"  # a day, with or without the time at which something starts
    MOMENT = "moment"  # a day, with or without the time of day
    COUNT = "count"
    MONEY = "money"
    YES_NO = "yes_no"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """One column; `field` is the value's name in code, `blank` the value of an empty cell.

    `is_of_past` when its days should not lie in the future; `is_key` when the stored record is found by it.
    """

    heading: str
    field: str
    kind: CellKind
    expected: str
    example: str = ""
    is_required: bool = False
    longest: int | None = None
    blank: object = None
    is_of_past: bool = False
    choices: tuple[str, ...] = ()
    is_key: bool = False

    @property
    def can_be_cleared(self) -> bool:
        return not self.is_required and not self.is_key and self.kind is not CellKind.STATUS


@dataclass(frozen=True, slots=True)
class LedgerSheet:
    """One kind of record; of the fields in `one_of` at least one must be filled."""

    name: str
    purpose: str
    columns: tuple[LedgerColumn, ...]
    one_of: tuple[str, ...] = ()

    def column(self, field: str) -> LedgerColumn:
        return next(column for column in self.columns if column.field == field)


def _text(
    heading: str,
    field: str,
    longest: int,
    example: str,
    *,
    kind: CellKind = CellKind.TEXT,
    expected: str = "",
    required: bool = False,
) -> LedgerColumn:
    expected = expected or f"不超过 {longest} 个字的文字"
    return LedgerColumn(heading, field, kind, expected, example, required, longest, blank="")


def _day(
    heading: str,
    field: str,
    example: str,
    *,
    required: bool = False,
    is_of_past: bool = False,
    is_key: bool = False,
) -> LedgerColumn:
    expected = "日期，如 2024-06-03"
    return LedgerColumn(
        heading, field, CellKind.DAY, expected, example, required, is_of_past=is_of_past, is_key=is_key
    )


def _start(heading: str, field: str, example: str, *, is_of_past: bool = False) -> LedgerColumn:
    expected = "日期，可带开始时间，如 2024-06-03 或 2024-06-03 14:00"
    return LedgerColumn(heading, field, CellKind.START, expected, example, is_of_past=is_of_past)


def _count(heading: str, field: str, example: str) -> LedgerColumn:
    return LedgerColumn(heading, field, CellKind.COUNT, "不小于 0 的整数，如 120", example, blank=0)


def _money(heading: str, field: str, example: str) -> LedgerColumn:
    return LedgerColumn(
        heading, field, CellKind.MONEY, "不小于 0 的金额（元，最多两位小数），如 1234.50", example, True
    )


def _yes_no(heading: str, field: str, example: str, *, blank: bool | None) -> LedgerColumn:
    expected = "是或否"
    return LedgerColumn(heading, field, CellKind.YES_NO, expected, example, blank=blank, choices=("是", "否"))


_PROJECT = _text("项目", "project", 120, "科普资源配送", expected="已导入申报表的项目名称", required=True)
_ACTIVITY = LedgerColumn(
    "活动编号",
    "activity",
    CellKind.NUMBER,
    "“活动”表中或系统里已有的活动编号",
    "2024-0001",
    longest=40,
    is_key=True,
)
_LINK = LedgerColumn(
    "链接", "link", CellKind.LINK, "文章的网址", "https://mp.weixin.qq.com/s/…", blank="", is_key=True
)

ACTIVITIES = LedgerSheet(
    "活动",
    "每场活动一行；编号已有的，按这一行更新那场活动；新活动可以不填编号，导入时会给一个。",
    (
        LedgerColumn(
            "活动编号",
            "number",
            CellKind.NUMBER,
            "不重复的编号，最多 40 个字，不含 / ? # % \\；新活动可以不填",
            "2024-0001",
            longest=40,
            is_key=True,
        ),
        _PROJECT,
        LedgerColumn(
            "活动类型",
            "kinds",
            CellKind.WORDS,
            "类型名称，几种类型用“、”隔开",
            "资源配送、下乡服务",
            longest=60,
            blank=(),
        ),
        _text("活动名称", "title", 200, "暑期天文课堂", kind=CellKind.TITLE, required=True),
        _text("科普形式", "form", 40, "讲座", kind=CellKind.WORD),
        _text("场所名称", "venue", 120, "石门二路社区书院", kind=CellKind.NAME),
        _text("场所类型", "venue_kind", 40, "社区书院", kind=CellKind.WORD),
        LedgerColumn(
            "区",
            "districts",
            CellKind.DISTRICTS,
            "上海 16 个区的名称，场所所在区写在最前，几个区用“、”隔开",
            "静安、普陀",
            blank=(),
        ),
        _start("计划日期", "planned_on", "2024-06-01"),
        _start("举办日期", "held_on", "2024-06-03 14:00", is_of_past=True),
        _count("现场人数", "audience_onsite", "120"),
        _count("线上人数", "audience_online", "0"),
        _count("青少年", "audience_young", "80"),
        _count("老年人", "audience_elderly", "20"),
        _count("白领", "audience_office", "0"),
        _count("其他人群", "audience_others", "20"),
        LedgerColumn(
            "计数方式",
            "counting_method",
            CellKind.WORD,
            f"{'、'.join(COUNTING_METHODS)}之一",
            "签到",
            longest=10,
            blank="",
            choices=COUNTING_METHODS,
        ),
        _text("主讲", "speaker", 120, "王老师（市天文学会）", kind=CellKind.NAME),
        _yes_no("质量达标", "quality_met", "是", blank=None),
        LedgerColumn(
            "状态",
            "status",
            CellKind.STATUS,
            f"{'、'.join(STATUS_LABELS.values())}之一",
            "已审核",
            choices=tuple(STATUS_LABELS.values()),
        ),
        _text("备注", "note", MAX_LENGTHS["note"][1], ""),
    ),
    one_of=("held_on", "planned_on"),
)
PUSHES = LedgerSheet(
    "推送",
    "公众号推送，每篇一行；同一次群发的写同一个批次。",
    (
        _PROJECT,
        _ACTIVITY,
        _text("标题", "title", 200, "暑期天文课堂开讲啦", kind=CellKind.TITLE),
        _LINK,
        _text("批次", "batch", 60, "2024-06-04 第一次", kind=CellKind.WORD),
        LedgerColumn(
            "发布时间",
            "published",
            CellKind.MOMENT,
            "日期，可带时间，如 2024-06-03 或 2024-06-03 09:30",
            "2024-06-04 18:00",
            is_required=True,
            is_of_past=True,
        ),
    ),
    one_of=("link", "title"),
)
REPORTS = LedgerSheet(
    "媒体报道",
    "别的媒体对我们的报道，每篇一行。",
    (
        _PROJECT,
        _ACTIVITY,
        _text("标题", "title", 200, "社区里的天文课", kind=CellKind.TITLE),
        _text("媒体", "outlet", 80, "新民晚报", kind=CellKind.NAME),
        _LINK,
        _day("发布日期", "published_on", "2024-06-05", required=True, is_of_past=True),
        _yes_no("转载", "is_repost", "否", blank=False),
    ),
    one_of=("link", "title"),
)
MILESTONES = LedgerSheet(
    "里程碑",
    "制度、科技小院、资源推送、工作节点等有期限的事项，每项一行。",
    (
        _PROJECT,
        _text("类别", "kind", 40, "科技小院", kind=CellKind.WORD, required=True),
        _text("名称", "name", 200, "奉贤庄行科技小院建成", kind=CellKind.NAME, required=True),
        _day("计划日期", "due_on", "2024-09-30", is_key=True),
        _day("完成日期", "done_on", "2024-09-20", is_of_past=True),
    ),
    one_of=("due_on", "done_on"),
)
EXPENSES = LedgerSheet(
    "支出",
    "每笔付款一行，金额以元为单位。",
    (
        _PROJECT,
        _ACTIVITY,
        _text("支出类别", "expense_kind", 40, "劳务费", kind=CellKind.WORD),
        _text("摘要", "summary", 200, "讲师劳务费", kind=CellKind.LINE),
        _money("计划金额", "planned_fen", "2000.00"),
        _money("实付金额", "paid_fen", "1850.50"),
        _day("支付日期", "paid_on", "2024-06-20", required=True, is_of_past=True),
    ),
)
TALLIES = LedgerSheet(
    "纸质问卷",
    "纸质满意度问卷的份数，每场活动每次登记一行。",
    (
        LedgerColumn(
            _ACTIVITY.heading, "activity", CellKind.NUMBER, _ACTIVITY.expected, "2024-0001", True, 40
        ),
        _count("非常满意", "very_satisfied", "30"),
        _count("满意", "satisfied", "12"),
        _count("一般", "neutral", "2"),
        _count("不满意", "dissatisfied", "0"),
        _count("非常不满意", "very_dissatisfied", "0"),
        _day("登记日期", "recorded_on", "2024-06-03", required=True, is_of_past=True),
    ),
    one_of=("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied"),
)
VERSION = LedgerColumn(
    "版本（导入时核对这一行导出后有没有人改过，请勿改动）",
    "version",
    CellKind.TEXT,
    "导出时写入的内容",
    blank="",
)
SHEETS = (ACTIVITIES, PUSHES, REPORTS, MILESTONES, EXPENSES, TALLIES)
