from activitylog.activities.models import Activity, ActivityKind, Venue
from activitylog.ledger.columns import ACTIVITIES, SHEETS, CellKind
from activitylog.ledger.imports.record_kinds import RECORD_KINDS
from activitylog.projects.models import Project

AGREED = {
    "活动": "活动编号, 项目, 活动类型, 活动名称, 科普形式, 场所名称, 场所类型, 区, 计划日期, 举办日期, "
    "现场人数, 线上人数, 青少年, 老年人, 白领, 其他人群, 计数方式, 主讲, 质量达标, 状态, 备注",
    "推送": "项目, 活动编号, 标题, 链接, 批次, 发布时间",
    "媒体报道": "项目, 活动编号, 标题, 媒体, 链接, 发布日期, 转载",
    "里程碑": "项目, 类别, 名称, 计划日期, 完成日期",
    "支出": "项目, 活动编号, 支出类别, 摘要, 计划金额, 实付金额, 支付日期",
    "纸质问卷": "活动编号, 非常满意, 满意, 一般, 不满意, 非常不满意, 登记日期",
}


def test_sheets_and_headings_are_those_agreed() -> None:
    headings = {sheet.name: ", ".join(column.heading for column in sheet.columns) for sheet in SHEETS}
    assert headings == AGREED


def test_no_text_may_be_longer_than_its_column_in_the_database() -> None:
    elsewhere = {
        "project": Project.name,
        "kinds": ActivityKind.name,
        "venue": Venue.name,
        "activity": Activity.number,
    }
    models = {ACTIVITIES: Activity} | {kind.sheet: kind.model for kind in RECORD_KINDS}
    for sheet, model in models.items():
        for column in sheet.columns:
            if column.kind in (
                CellKind.TEXT,
                CellKind.TITLE,
                CellKind.NAME,
                CellKind.WORD,
                CellKind.WORDS,
                CellKind.NUMBER,
            ):
                stored = elsewhere.get(column.field) or getattr(model, column.field)
                limit = getattr(stored.type, "length", None)
                assert limit is None or column.longest == limit, (sheet.name, column.heading)


def test_every_column_says_what_it_expects() -> None:
    assert all(column.expected for sheet in SHEETS for column in sheet.columns)
