"""The year's outings of the four projects: how many, of which kind, where, and before how many people."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from random import Random

from activitylog.core.districts import DISTRICTS
from activitylog.sample import words
from activitylog.sample.outings import Ending, Outing, brought_near, with_mishaps
from activitylog.sample.places import RURAL, VILLAGE, Spot, rounds, spot
from activitylog.sample.season import (
    ALL_DAYS,
    FRIDAY,
    dealt,
    dice,
    on_or_after,
    science_day,
    science_week,
    spread,
)

CAFE = "科技会客厅-科学咖啡馆"
BIG_EVENTS = "大型科普活动"
DELIVERY = "科普资源配送"
BUS = "惠民科普直通车"
MAIN_EVENT = "科普日主场"
EVERYWHERE = tuple(district.code for district in DISTRICTS)
CAFE_DAYS = ((3, 14), (4, 18), (5, 22), (6, 18), (7, 10), (9, 8), (10, 23))  # the Friday from there
CAFE_CANCELLED, CAFE_PUT_OFF = 4, 3  # places in CAFE_DAYS
DELIVERIES = {"配送": 54, "配送下乡": 8, "志愿": 26, "下乡": 10}
DELIVERY_KINDS = {
    "配送": ("资源配送",),
    "配送下乡": ("资源配送", "下乡服务"),
    "志愿": ("志愿服务",),
    "下乡": ("下乡服务",),
}
BUS_RIDES, BUS_RIDES_TO_SCHOOLS = 66, 2


def programme(year: int, today: date) -> list[Outing]:
    """Every outing of the year in the order of its plan; near today when it is this year's."""
    outings = [*_cafes(year), *_big_events(year), *_deliveries(year), *_bus_rides(year)]
    if year == today.year:
        outings = brought_near(outings, today, (DELIVERY, BUS))
    return sorted(outings, key=lambda outing: (outing.planned_on, outing.project, outing.title))


def _cafes(year: int) -> list[Outing]:
    chance = dice(year, CAFE)
    topics = chance.sample(words.CAFE, len(CAFE_DAYS))
    outings: list[Outing] = []
    for place, ((month, day), topic) in enumerate(zip(CAFE_DAYS, topics, strict=True)):
        on = on_or_after(date(year, month, day), FRIDAY)
        late = timedelta(days=5 if place == CAFE_PUT_OFF else 0)
        outing = Outing(
            project=CAFE,
            title=f"科学咖啡馆：{topic}",
            kinds=("科学咖啡馆",),
            form="咖啡沙龙",
            spot=spot(chance, chance.choice(("园区", "场馆")), EVERYWHERE[2 * place + year % 2]),
            planned_on=on,
            held_on=on + late,
            onsite=chance.randint(52, 84),
            online=chance.randint(330, 470),
            on_screen=chance.randint(105, 140),
        )
        is_cancelled = place == CAFE_CANCELLED
        outings.append(replace(outing, ending=Ending.WITHDRAWN) if is_cancelled else outing)
    return outings


def _big_events(year: int) -> list[Outing]:
    chance = dice(year, BIG_EVENTS)
    week, day = science_week(year), science_day(year)
    sides = [(week + timedelta(days=place), title) for place, title in enumerate(words.SIDE_EVENTS_MAY)]
    sides += [
        (day + timedelta(days=place - 2), title) for place, title in enumerate(words.SIDE_EVENTS_SEPTEMBER)
    ]
    sides += [(date(year, month, 22), title) for month, title in words.SIDE_EVENTS_OTHER]
    places = chance.sample(EVERYWHERE, len(sides))
    outings = [
        _side_event(chance, on, title, district) for (on, title), district in zip(sides, places, strict=True)
    ]
    return [_main_event(chance, year), *with_mishaps(chance, outings, late=0, failed=0)]


def _main_event(chance: Random, year: int) -> Outing:
    home, *others = chance.sample(EVERYWHERE, len(EVERYWHERE))
    day = science_day(year)
    return Outing(
        project=BIG_EVENTS,
        title=f"{year}年全国科普日上海主场活动",
        kinds=(MAIN_EVENT,),
        form="展览",
        spot=Spot(f"{spot(chance, '园区', home).name}中心广场", "园区", home),
        planned_on=day,
        held_on=day,
        onsite=chance.randint(3100, 3500),
        online=chance.randint(11_000, 14_000),
        on_screen=chance.randint(560, 640),
        more_districts=tuple(others),
    )


def _side_event(chance: Random, on: date, title: str, district: str) -> Outing:
    return Outing(
        project=BIG_EVENTS,
        title=title,
        kinds=("主题活动",),
        form=chance.choice(("展览", "互动体验", "讲座", "科普剧", "竞赛")),
        spot=spot(chance, chance.choice(("场馆", "园区", "文明实践中心")), district),
        planned_on=on,
        held_on=on,
        onsite=chance.randint(160, 420),
        on_screen=chance.randint(28, 52),
        more_districts=tuple(code for code in chance.sample(EVERYWHERE, 2) if code != district),
    )


def _deliveries(year: int) -> list[Outing]:
    chance = dice(year, DELIVERY)
    roles = [(role, Ending.APPROVED) for role, count in DELIVERIES.items() for _ in range(count)]
    roles[:3] = [(role, Ending.REWORKED) for role, _ in roles[:3]]
    roles += [("配送", Ending.WITHDRAWN)] * 2 + [("志愿", Ending.WITHDRAWN)]
    chance.shuffle(roles)
    roles[-8:-8] = [("配送", Ending.RETURNED), ("志愿", Ending.RETURNED)]
    days = spread(chance, year, len(roles), ALL_DAYS)
    urban = iter(rounds(chance, EVERYWHERE, len(roles)))
    rural = iter(rounds(chance, RURAL, len(roles)))
    topics = {name: dealt(chance, cards) for name, cards in words.TOPICS.items()}
    outings = [
        _delivery(chance, role, ending, on, next(rural if "下乡" in role else urban), topics=topics)
        for (role, ending), on in zip(roles, days, strict=True)
    ]
    return with_mishaps(chance, outings, late=5, failed=1)


def _delivery(
    chance: Random, role: str, ending: Ending, on: date, district: str, *, topics: dict[str, Iterator[str]]
) -> Outing:
    place, of, form = _DELIVERY_MAKERS[role](chance, district)
    topic = next(topics[of])
    prefix = {"志愿": "科普志愿服务", "下乡": "科技下乡", "配送下乡": "科技下乡"}.get(role, "科普资源配送")
    takes_paper = "下乡" in role
    return Outing(
        project=DELIVERY,
        title=f"{prefix}：{topic}（{place.name}）",
        kinds=DELIVERY_KINDS[role],
        form=form,
        spot=place,
        planned_on=on,
        held_on=on,
        onsite=chance.randint(46, 92),
        on_screen=chance.randint(8, 14) if takes_paper else chance.randint(22, 38),
        on_paper=chance.randint(14, 24) if takes_paper else 0,
        ending=ending,
    )


def _indoors(chance: Random, district: str) -> tuple[Spot, str, str]:
    kind = chance.choice(("社区书院", "社区书院", "学校", "文明实践中心", "党群服务中心"))
    if kind == "学校" or chance.random() < 0.3:
        return spot(chance, kind, district), "hands_on", "互动体验"
    return spot(chance, kind, district), "talks", chance.choice(("讲座", "讲座", "展览", "科普剧"))


def _by_volunteers(chance: Random, district: str) -> tuple[Spot, str, str]:
    kind = chance.choice(("文明实践中心", "党群服务中心", "社区书院"))
    return spot(chance, kind, district), "talks", chance.choice(("咨询义诊", "讲座", "互动体验"))


def _in_the_country(chance: Random, district: str) -> tuple[Spot, str, str]:
    kind = chance.choice(("科技小院", "科技小院", VILLAGE))
    return spot(chance, kind, district), "farming", chance.choice(("讲座", "咨询义诊", "参观"))


_DELIVERY_MAKERS = {
    "配送": _indoors,
    "志愿": _by_volunteers,
    "配送下乡": _in_the_country,
    "下乡": _in_the_country,
}


def _bus_rides(year: int) -> list[Outing]:
    chance = dice(year, BUS)
    endings = [Ending.APPROVED] * BUS_RIDES
    endings[:2] = [Ending.REWORKED] * 2
    chance.shuffle(endings)
    endings[20:20] = [Ending.WITHDRAWN]
    endings[45:45] = [Ending.WITHDRAWN]
    endings[-3:-3] = [Ending.RETURNED]
    days = spread(chance, year, len(endings))
    districts = rounds(chance, EVERYWHERE + RURAL, len(endings))
    kinds = _with_schools(endings)
    forms = cycle(("互动体验", "展览", "讲座", "互动体验", "科普剧"))
    topics = {name: dealt(chance, cards) for name, cards in words.TOPICS.items()}
    outings = [
        _bus_ride(chance, on, spot(chance, kind, district), next(forms), ending, topics=topics)
        for on, kind, district, ending in zip(days, kinds, districts, endings, strict=True)
    ]
    return with_mishaps(chance, outings, late=3, failed=0)


def _with_schools(endings: Sequence[Ending]) -> list[str]:
    """村居 for all but two in the middle of the year that count."""
    kinds = [VILLAGE] * len(endings)
    middle = [place for place, ending in enumerate(endings) if ending is Ending.APPROVED][24:]
    for place in middle[:BUS_RIDES_TO_SCHOOLS]:
        kinds[place] = "学校"
    return kinds


def _bus_ride(
    chance: Random, on: date, place: Spot, form: str, ending: Ending, *, topics: dict[str, Iterator[str]]
) -> Outing:
    topic = next(topics["talks" if form in ("讲座", "科普剧") else "hands_on"])
    takes_paper = chance.random() < 0.15
    return Outing(
        project=BUS,
        title=f"科普直通车开进{place.name}：{topic}",
        kinds=("直通车",),
        form=form,
        spot=place,
        planned_on=on,
        held_on=on,
        onsite=chance.randint(22, 40),
        on_screen=chance.randint(6, 9) if takes_paper else chance.randint(13, 21),
        on_paper=chance.randint(8, 12) if takes_paper else 0,
        ending=ending,
    )
