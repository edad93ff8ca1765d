"""What the projects undertake by a day, and what they pay."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from activitylog.sample.programme import BIG_EVENTS, BUS, CAFE, DELIVERY
from activitylog.sample.season import dice, science_day, science_week

YARD = "科技小院"
LATE_PUSH_OF_RESOURCES = 8  # the month whose resources came out late


@dataclass(frozen=True, slots=True)
class Undertaking:
    """One milestone: when it is due and when it comes about."""

    project: str
    kind: str
    name: str
    due_on: date
    done_on: date


@dataclass(frozen=True, slots=True)
class Payment:
    """One expense, in fen."""

    project: str
    summary: str
    planned_fen: int
    paid_fen: int
    paid_on: date


# (project, kind, name, due, days done after that; negative is early)
_UNDERTAKINGS = (
    (CAFE, "制度", "科学咖啡馆活动管理办法", (3, 31), -9),
    (BIG_EVENTS, "制度", "大型科普活动安全与应急制度", (4, 30), -5),
    (DELIVERY, "制度", "科普资源配送管理制度", (3, 31), -3),
    (DELIVERY, "制度", "科普志愿者管理办法", (6, 30), 4),
    (BUS, "制度", "直通车进村居工作规范", (3, 31), -2),
    (DELIVERY, YARD, "泖荷科技小院建成", (6, 30), -12),
    (DELIVERY, YARD, "绿苇科技小院建成", (11, 20), 17),
    (BIG_EVENTS, "工作节点", "科技活动周方案报批", (4, 15), -4),
    (BIG_EVENTS, "工作节点", "科技活动周总结报送", (6, 14), -1),
    (BIG_EVENTS, "工作节点", "科普日总体方案报批", (7, 15), -3),
    (BIG_EVENTS, "工作节点", "主场场地与安全方案报备", (8, 15), 0),
    (BIG_EVENTS, "工作节点", "展项与讲解志愿者确认", (8, 31), -2),
    (BIG_EVENTS, "工作节点", "科普日工作总结报送", (10, 31), 5),
)
# (project, summary, months paid in, planned yuan each time, saved per mille)
_PAYMENTS = (
    (CAFE, "场租、茶歇与直播服务", (3, 4, 5, 6, 9, 10), 39_000, 24),
    (CAFE, "系列海报与宣传册", (3, 9), 24_000, 31),
    (BIG_EVENTS, "科技活动周展区搭建", (5,), 42_000, 2),
    (BIG_EVENTS, "科普日主场搭建与展项", (9,), 178_000, 1),
    (BIG_EVENTS, "主场安保、医疗与保险", (9,), 33_000, 0),
    (BIG_EVENTS, "宣传与直播服务", (9, 10), 23_500, 2),
    (DELIVERY, "资源配送物流与讲师费", tuple(range(1, 13)), 47_500, 17),
    (DELIVERY, "科技小院设备与展板", (6, 11), 62_000, 12),
    (DELIVERY, "科普资源包制作", (4, 9), 45_000, 22),
    (BUS, "车辆运维与驾驶服务", tuple(range(1, 13)), 13_600, 9),
    (BUS, "车载展品更新", (4, 8), 46_000, 14),
    (BUS, "讲解与材料费", (6, 10), 18_500, 6),
)


def undertakings(year: int) -> list[Undertaking]:
    """The year's milestones of all four kinds, by the day they are due."""
    planned = [
        _undertaking(project, kind, name, date(year, *due), days)
        for project, kind, name, due, days in _UNDERTAKINGS
    ]
    stage = science_day(year) - timedelta(days=1)
    planned.append(Undertaking(BIG_EVENTS, "工作节点", "主场布展验收", stage, stage))
    planned += (_resources(year, month) for month in range(1, 13))
    return sorted(planned, key=lambda each: (each.due_on, each.name))


def plans(year: int) -> dict[tuple[str, str], list[int]]:
    """What does not come evenly, by project and indicator: the twelve months' cumulative figures."""
    week, day = science_week(year).month, science_day(year).month
    yards = [date(year, *due).month for _, kind, _, due, _ in _UNDERTAKINGS if kind == YARD]
    return {
        (BIG_EVENTS, "科普日主场重点活动"): _by_events({day: 1}),
        (BIG_EVENTS, "微信公众号推送活动数"): _by_events({day: 1}),
        (BIG_EVENTS, "受众区域覆盖数"): _by_events({week: 8, day: 8}),
        (BIG_EVENTS, "媒体报告数量提升情况"): _by_events({week: 1}),
        (DELIVERY, "建设科技小院完成数"): _by_events(Counter(yards)),
    }


def _by_events(coming: Mapping[int, int]) -> list[int]:
    """The running sum of what comes in each month."""
    return list(accumulate(coming.get(month, 0) for month in range(1, 13)))


def payments(year: int) -> list[Payment]:
    """The year's expenses in the order they are paid."""
    return sorted(_payments(year), key=lambda each: (each.paid_on, each.summary))


def _undertaking(project: str, kind: str, name: str, due_on: date, days: int) -> Undertaking:
    return Undertaking(project, kind, name, due_on, due_on + timedelta(days=days))


def _resources(year: int, month: int) -> Undertaking:
    days = 8 if month == LATE_PUSH_OF_RESOURCES else -(month % 3)
    return _undertaking(DELIVERY, "资源推送", f"{month}月科普资源包上线推送", date(year, month, 25), days)


def _payments(year: int) -> Iterator[Payment]:
    chance = dice(year, "payments")
    for project, summary, months, yuan, saved in _PAYMENTS:
        for month in months:
            name = f"{month}月{summary}" if len(months) > 1 else summary
            paid_fen = yuan * 100 * (1000 - saved) // 1000 - chance.randrange(max(1, saved) * yuan // 100)
            yield Payment(project, name, yuan * 100, paid_fen, date(year, month, chance.randint(20, 28)))
