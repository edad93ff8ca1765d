"""A year of activities as an office holds them, with slips planted into some rows of its ledger.

Kinds differ in size, venues differ in size, a few festivals draw thousands, and now and then an ordinary
activity is held in a mall and draws ten times its kind; some are online, some go out live as well.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

PROJECTS = ("科普资源配送", "流动科普", "大型科普活动")
FORMS = ("讲座", "互动体验", "展览", "")
DISTRICTS = ("黄浦", "徐汇", "长宁", "静安", "普陀", "虹口", "杨浦", "浦东")


@dataclass
class HonestYear:
    """The rows of a ledger; `planted` are the numbers of the activities with a slip, by its sort."""

    random: random.Random
    activities: list[dict[str, Any]] = field(default_factory=list)
    tallies: list[dict[str, Any]] = field(default_factory=list)
    planted: dict[str, str] = field(default_factory=dict)

    def row(self, number: str) -> dict[str, Any]:
        return next(row for row in self.activities if row["活动编号"] == number)


@dataclass(frozen=True)
class _Kind:
    name: str
    project: str
    usual: float
    spread: float
    share: float


def honest_year(seed: int, count: int = 2000, *, year: int = 2024) -> HonestYear:
    made = HonestYear(random.Random(seed))
    chance = made.random
    kinds = _kinds(chance)
    venues = [
        (f"第{n}社区书院", chance.choice(DISTRICTS), chance.lognormvariate(0, 0.35)) for n in range(120)
    ]
    popular = [1 / (n + 3) for n in range(len(venues))]
    for n in range(count):
        (kind,) = chance.choices(kinds, [each.share for each in kinds])
        (venue,) = chance.choices(venues, popular)
        row = _activity(chance, kind, venue, date(year, 1, 1) + timedelta(chance.randrange(364)))
        made.activities.append(row | {"活动编号": f"{year}-{n + 1:04d}"})
    for row in chance.sample(made.activities, count // 3):
        heads = row["现场人数"]
        if heads >= 10:
            made.tallies.append(_tally(chance, row, round(heads * chance.uniform(0.2, 0.95))))
    return made


def _kinds(chance: random.Random) -> list[_Kind]:
    """Seven kinds of very different sizes, differing from seed to seed, and the festivals."""
    usual = [
        (35, 0.4, 18),
        (45, 0.35, 25),
        (60, 0.4, 20),
        (70, 0.4, 7),
        (90, 0.45, 15),
        (180, 0.4, 6),
        (350, 0.5, 8),
    ]
    names = ["社区书院活动", "科普讲座", "资源配送", "义诊咨询", "下乡服务", "科普剧巡演", "流动科普展"]
    made = [
        _Kind(
            name,
            PROJECTS[place % 2],
            heads * chance.uniform(0.7, 1.5),
            spread * chance.uniform(0.9, 1.1),
            share,
        )
        for place, (name, (heads, spread, share)) in enumerate(zip(names, usual, strict=True))
    ]
    return [*made, _Kind("科普节主场", PROJECTS[2], 4000, 0.7, 1)]


def _activity(chance: random.Random, kind: _Kind, venue: tuple[str, str, float], day: date) -> dict[str, Any]:
    name, district, size = venue
    heads = max(1, round(kind.usual * size * chance.lognormvariate(0, kind.spread)))
    if chance.random() < 0.003:  # in a mall, on an open day
        heads = round(heads * chance.uniform(4, 15))
    row = {
        "项目": kind.project,
        "活动类型": kind.name,
        "活动名称": f"{kind.name}（{day:%m月%d日}）",
        "科普形式": chance.choice(FORMS),
        "场所名称": name,
        "场所类型": "社区书院",
        "区": district,
        "举办日期": day.isoformat(),
        "现场人数": heads,
        "线上人数": 0,
        "状态": "已审核",
    }
    way = chance.random()
    if way < 0.05:  # on site and live
        row["线上人数"] = max(5, round(chance.lognormvariate(6, 1)))
    elif way < 0.08:  # only online
        row |= {"现场人数": 0, "线上人数": max(5, round(chance.lognormvariate(6, 1)))}
        row |= {"场所名称": None, "场所类型": "线上", "区": None}
    return row


def _tally(chance: random.Random, row: dict[str, Any], answers: int) -> dict[str, Any]:
    best = round(answers * chance.uniform(0.6, 0.9))
    day = row["举办日期"]
    return {"活动编号": row["活动编号"], "非常满意": best, "满意": answers - best, "登记日期": day}


def plant_slips(made: HonestYear) -> None:
    """Forty absurd rows: heads times ten, 现场 and 线上 swapped, a date for heads, tallies above heads."""
    chance = made.random
    tallied = {row["活动编号"] for row in made.tallies}
    onsite = [row for row in made.activities if row["现场人数"] and row["活动编号"] not in tallied]
    differ = [row for row in onsite if not row["线上人数"] or not 0.2 < row["现场人数"] / row["线上人数"] < 5]
    for sort, count, rows in (
        ("十倍", 14, onsite),
        ("填反", 12, differ),
        ("日期", 4, onsite),
        ("问卷", 10, onsite),
    ):
        free = [row for row in rows if row["活动编号"] not in made.planted]
        for row in chance.sample(free, count):
            made.planted[row["活动编号"]] = sort
            _SLIPS[sort](made, row)


def _times_ten(_made: HonestYear, row: dict[str, Any]) -> None:
    row["现场人数"] *= 10


def _swapped(_made: HonestYear, row: dict[str, Any]) -> None:
    row["现场人数"], row["线上人数"] = row["线上人数"], row["现场人数"]


def _date_for_heads(_made: HonestYear, row: dict[str, Any]) -> None:
    row["现场人数"] = (date.fromisoformat(row["举办日期"]) - date(1899, 12, 30)).days


def _tallies_above(made: HonestYear, row: dict[str, Any]) -> None:
    heads = row["现场人数"] + row["线上人数"]
    made.tallies.append(_tally(made.random, row, round(heads * made.random.uniform(1.3, 10)) + 1))


_SLIPS = {"十倍": _times_ten, "填反": _swapped, "日期": _date_for_heads, "问卷": _tallies_above}
