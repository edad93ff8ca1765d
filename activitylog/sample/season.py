"""When a year's outings happen: busy in May, September and late autumn, quiet around the festivals."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
WORKING_DAYS = (1, 2, 3, FRIDAY, SATURDAY)
ALL_DAYS = (0, *WORKING_DAYS, SUNDAY)
WEIGHTS = (0.7, 0.6, 3.0, 3.6, 6.0, 3.4, 2.2, 0.9, 6.0, 4.2, 4.2, 2.4)
FESTIVALS = (  # (month, first day, last day) on which nothing is held
    (1, 1, 5),
    (1, 17, 31),
    (2, 1, 20),
    (4, 4, 6),
    (5, 1, 5),
    (10, 1, 8),
    (12, 21, 31),
)
BUSY_WEEK_FACTOR = 3


def dice(*name: object) -> Random:
    """Chance that falls the same way every time for the same name."""
    return Random("/".join(map(str, name)))  # noqa: S311


def dealt(chance: Random, cards: Sequence[str]) -> Iterator[str]:
    """Cards without end, each coming up once before any comes up again."""
    while True:
        yield from chance.sample(cards, len(cards))


def science_week(year: int) -> date:
    """The Saturday on which 科技活动周 begins."""
    return on_or_after(date(year, 5, 20), SATURDAY)


def science_day(year: int) -> date:
    """The Saturday of 全国科普日 and its main event."""
    return on_or_after(date(year, 9, 15), SATURDAY)


def on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def spread(chance: Random, year: int, count: int, weekdays: tuple[int, ...] = WORKING_DAYS) -> list[date]:
    """`count` days of the year in order, as the seasons go; no day more than a few times."""
    days: list[date] = []
    for month, share in enumerate(shares(count, WEIGHTS), start=1):
        days += chance.sample(_drawable(year, month, weekdays), share)
    return sorted(days)


def shares(count: int, weights: tuple[float, ...]) -> list[int]:
    """Whole shares of `count` in proportion to the weights; the largest remainders get what is left over."""
    exact = [count * weight / sum(weights) for weight in weights]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: count - sum(whole)]:
        whole[place] += 1
    return whole


def _drawable(year: int, month: int, weekdays: tuple[int, ...]) -> list[date]:
    """The month's days as lots: two for each, more within the two busy weeks."""
    lots: list[date] = []
    for day in _open_days(year, month, weekdays):
        is_busy = any(0 <= (day - start).days < 9 for start in (science_week(year), science_day(year)))
        lots += [day] * (2 * BUSY_WEEK_FACTOR if is_busy else 2)
    return lots


def _open_days(year: int, month: int, weekdays: tuple[int, ...]) -> list[date]:
    first = date(year, month, 1)
    days = (first + timedelta(days=offset) for offset in range(31))
    return [day for day in days if day.month == month and day.weekday() in weekdays and not _is_festive(day)]


def _is_festive(day: date) -> bool:
    return any(day.month == month and first <= day.day <= last for month, first, last in FESTIVALS)
