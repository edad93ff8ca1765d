"""What was published about the outings: our own articles in mass sends, and reports by others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from string import ascii_letters, digits

from activitylog.sample import words
from activitylog.sample.outings import Outing
from activitylog.sample.programme import BIG_EVENTS, BUS, CAFE, DELIVERY, MAIN_EVENT
from activitylog.sample.season import dice

LETTERS = ascii_letters + digits
PUSHED_TOGETHER_DAYS = 1  # outings so near to each other may share an article
REPORTS = {CAFE: (7, 2), BIG_EVENTS: (15, 5), DELIVERY: (43, 8), BUS: (44, 6)}  # items, reposts of them


@dataclass(frozen=True, slots=True)
class Article:
    """One push, about one outing or several; `about` are places in the programme."""

    about: tuple[int, ...]
    title: str
    link: str
    published_on: date


@dataclass(frozen=True, slots=True)
class Report:
    """One item by others about one outing."""

    about: int
    title: str
    outlet: str
    link: str
    published_on: date
    is_repost: bool


def articles(year: int, outings: Sequence[Outing]) -> list[Article]:
    """The year's pushes in the order they were sent."""
    chance = dice(year, "articles")
    written: list[Article] = []
    for project in (CAFE, BIG_EVENTS, DELIVERY, BUS):
        places = [place for place, outing in enumerate(outings) if _is_of(outing, project)]
        places.sort(key=lambda place: (outings[place].held_on, place))
        if project in (DELIVERY, BUS):
            written += _shared(chance, outings, places)
        else:
            written += [piece for place in places for piece in _own(chance, outings[place], place)]
    return sorted(written, key=lambda piece: (piece.published_on, piece.about))


def batches(pieces: Sequence[Article]) -> dict[date, str]:
    """One mass send for each publishing day, counted through the year."""
    days = sorted({piece.published_on for piece in pieces})
    return {day: f"{day.year}年第{count}次群发" for count, day in enumerate(days, start=1)}


def reports(year: int, outings: Sequence[Outing]) -> list[Report]:
    """What others wrote; the reposts repeat some of it."""
    chance = dice(year, "reports")
    written: list[Report] = []
    for project, (items, reposts) in REPORTS.items():
        places = [place for place, outing in enumerate(outings) if _is_of(outing, project)]
        first = [_report(chance, outings[place], place) for place in _chosen(chance, places, items)]
        written += first + [_repost(chance, report) for report in chance.sample(first, reposts)]
    return written


def _is_of(outing: Outing, project: str) -> bool:
    return outing.project == project and outing.counts


def _own(chance: Random, outing: Outing, place: int) -> list[Article]:
    """A report soon afterwards, and for what is worth travelling to an announcement before."""
    after = _article(
        chance, (place,), f"回顾 | {outing.title}", outing.held_on + timedelta(days=chance.randint(1, 2))
    )
    if MAIN_EVENT not in outing.kinds and (outing.project != CAFE or chance.random() < 0.5):
        return [after]
    before = _article(chance, (place,), f"预告 | {outing.title}", outing.planned_on - timedelta(days=4))
    return [before, after]


def _shared(chance: Random, outings: Sequence[Outing], places: Sequence[int]) -> list[Article]:
    """Neighbouring outings in one article; a few articles come late, a few never."""
    written: list[Article] = []
    for group in _groups(chance, outings, places):
        fate = chance.random()
        if fate < 0.05:
            continue
        delay = chance.choice((5, 6, 8)) if fate < 0.11 else chance.choice((0, 1, 1, 2))
        last = outings[group[-1]]
        title = last.title if len(group) == 1 else f"{last.title}，另有 {len(group) - 1} 场同期举行"
        written.append(_article(chance, group, title, last.held_on + timedelta(days=delay)))
    return written


def _groups(chance: Random, outings: Sequence[Outing], places: Sequence[int]) -> list[tuple[int, ...]]:
    groups: list[tuple[int, ...]] = []
    for place in places:
        on = outings[place].held_on
        if groups and len(groups[-1]) < 3 and chance.random() < 0.6:
            first = outings[groups[-1][0]].held_on
            if (on - first).days <= PUSHED_TOGETHER_DAYS:
                groups[-1] += (place,)
                continue
        groups.append((place,))
    return groups


def _article(chance: Random, about: tuple[int, ...], title: str, published_on: date) -> Article:
    link = f"https://mp.weixin.qq.com/s/{''.join(chance.choices(LETTERS, k=22))}"
    return Article(about, title, link, published_on)


def _chosen(chance: Random, places: Sequence[int], count: int) -> list[int]:
    """Some outings are written about once, some, when there are few, several times."""
    whole, rest = divmod(count, len(places))
    return list(places) * whole + chance.sample(places, rest)


def _report(chance: Random, outing: Outing, place: int) -> Report:
    on = outing.held_on + timedelta(days=chance.randint(0, 4))
    return Report(place, outing.title, chance.choice(words.OUTLETS), _address(chance, on), on, False)


def _repost(chance: Random, report: Report) -> Report:
    on = report.published_on + timedelta(days=chance.randint(0, 2))
    return Report(report.about, report.title, chance.choice(words.REPOSTERS), _address(chance, on), on, True)


def _address(chance: Random, on: date) -> str:
    return f"https://news.example.com/{on:%Y%m%d}/{chance.randrange(10**7):07d}.html"
