"""From a random ledger to the actuals: import, twelve monthly roll-ups, and an independent computation."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from sqlalchemy.orm import Session

from activitylog.activities.rules import STATUS_LABELS, Status
from activitylog.core.districts import BY_CODE
from activitylog.core.period import year_periods
from activitylog.ledger.operations import import_ledger
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.ledger import save_ledger
from tests.rollup.oracle import reckon, value
from tests.rollup.stored_office import NOW, Office
from tests.rollup.worlds import YEAR, ActivityRow, World, worlds

TALLIED = ("非常满意", "满意", "一般", "不满意", "非常不满意")


def of_the_year(world: World) -> World:
    """The rows whose every date lies in the year: the others belong to another year's projects."""

    def is_ours(row: Any) -> bool:
        return all(day.year == YEAR for day in vars(row).values() if isinstance(day, date))

    kept = [number for number, row in enumerate(world.activities) if is_ours(row)]

    def hung(rows: list[Any]) -> list[Any]:
        """Those of the year with the new places of activities, approved, as what a command imports is."""
        return [
            replace(
                row, activity=kept.index(row.activity) if row.activity in kept else None, is_approved=True
            )
            for row in rows
            if is_ours(row)
        ]

    return replace(
        world,
        activities=[replace(world.activities[number], answers=(), is_tally_approved=True) for number in kept],
        pushes=hung(world.pushes),
        reports=hung(world.reports),
        milestones=[replace(row, is_approved=True) for row in world.milestones if is_ours(row)],
        expenses=hung(world.expenses),
        manual=[],
    )


def number_of(place: int | None) -> str | None:
    return None if place is None else f"第{place}号"


def activity_cells(place: int, row: ActivityRow) -> dict[str, Any]:
    return {
        "活动编号": number_of(place),
        "项目": row.project,
        "活动类型": "、".join(row.kinds),
        "活动名称": f"活动{place}",
        "科普形式": row.form,
        "场所名称": "某处" if row.venue_kind else "",
        "场所类型": row.venue_kind,
        "区": "、".join(BY_CODE[code].name for code in row.districts),
        "计划日期": row.planned_on,
        "举办日期": row.held_on,
        "现场人数": row.onsite,
        "线上人数": row.online,
        "青少年": row.audience_young,
        "老年人": row.audience_elderly,
        "质量达标": {True: "是", False: "否", None: None}[row.quality],
        "状态": STATUS_LABELS[Status(row.status)],
    }


def write(world: World, path: Path) -> Path:
    activities = [activity_cells(place, row) for place, row in enumerate(world.activities)]
    pushes = [
        {
            "项目": row.project,
            "活动编号": number_of(row.activity),
            "标题": f"文章{row.article}",
            "链接": f"https://mp.weixin.qq.com/s/article-{row.article}",
            "批次": row.batch,
            "发布时间": row.published_on,
        }
        for row in world.pushes
    ]
    reports = [
        {
            "项目": row.project,
            "活动编号": number_of(row.activity),
            "标题": f"报道{row.item}",
            "媒体": "区报",
            "链接": f"https://news.example/{row.item}",
            "发布日期": row.published_on,
            "转载": "是" if row.is_repost else "否",
        }
        for row in world.reports
    ]
    milestones = [
        {
            "项目": row.project,
            "类别": row.kind,
            "名称": f"事项{place}",
            "计划日期": row.due_on,
            "完成日期": row.done_on,
        }
        for place, row in enumerate(world.milestones)
    ]
    expenses = [
        {
            "项目": row.project,
            "活动编号": number_of(row.activity),
            "支出类别": row.expense_kind,
            "摘要": f"物料{place}",
            "计划金额": row.planned_fen / 100,
            "实付金额": row.paid_fen / 100,
            "支付日期": row.paid_on,
        }
        for place, row in enumerate(world.expenses)
    ]
    tallies = [
        {
            "活动编号": number_of(place),
            "登记日期": date(YEAR, 12, 31),
            **dict(zip(TALLIED, row.tally, strict=True)),
        }
        for place, row in enumerate(world.activities)
        if row.tally is not None and any(row.tally)
    ]
    return save_ledger(
        path,
        活动=activities,
        推送=pushes,
        媒体报道=reports,
        里程碑=milestones,
        支出=expenses,
        纸质问卷=tallies,
    )


@given(world=worlds())
@examples(4, thorough=12)
def test_a_ledger_imported_and_rolled_up_gives_the_figures_computed_from_its_rows(
    session: Session, tmp_path: Path, world: World
) -> None:
    world = of_the_year(world)
    file = write(world, tmp_path / "ledger.xlsx")
    with rolled_back(session):
        office = Office(
            session, replace(world, activities=[], pushes=[], reports=[], milestones=[], expenses=[])
        )
        import_ledger(session, file, by=None, now=NOW)
        roll_up(session, year_periods(YEAR)[-1], now=NOW)
        numbers = {indicator.id: number for number, indicator in enumerate(office.indicators)}
        for month in year_periods(YEAR):
            for row in actuals(session, month):
                expected = reckon(world, numbers[row.indicator_id], month.last_day)
                if row.measure is None or expected is None:
                    assert row.amount is None
                    continue
                assert (month, row.measure.key, row.amount, row.base) == (month, row.measure.key, *expected)
                if row.is_missing:
                    continue
                printed = None if row.figure is None else str(row.figure)
                assert printed == value(row.measure.key, expected)
