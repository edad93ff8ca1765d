"""One activity of the sample year, before anybody enters it, and what may befall it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum, auto
from random import Random

from activitylog.sample.places import Spot

# The days around today that always see something: past ones wait for review, today's waits to be logged.
NEAR_TODAY = (-6, -4, -3, -2, -1, 0, 1, 3, 8, 12)
NOT_YET_LOGGED, UNREVIEWED, FORGOTTEN_DAYS = (
    2,
    4,
    9,
)  # days ago, days ago and less, days until somebody sees to it


class Ending(Enum):
    """How an outing ends up in the ledger."""

    APPROVED = auto()
    REWORKED = auto()
    RETURNED = auto()
    WITHDRAWN = auto()


COUNTING = frozenset({Ending.APPROVED, Ending.REWORKED})


@dataclass(frozen=True, slots=True)
class Outing:
    """What is planned, what comes of it, and how many say what they think of it."""

    project: str
    title: str
    kinds: tuple[str, ...]
    form: str
    spot: Spot
    planned_on: date
    held_on: date
    onsite: int
    online: int = 0
    on_screen: int = 0
    on_paper: int = 0
    more_districts: tuple[str, ...] = ()
    ending: Ending = Ending.APPROVED
    quality_met: bool = True
    logged_after: int = 0
    reviewed_after: int = 2

    @property
    def counts(self) -> bool:
        return self.ending in COUNTING

    @property
    def districts(self) -> tuple[str, ...]:
        return (self.spot.district, *self.more_districts)


def put_off(outing: Outing, days: int) -> Outing:
    """Held days after it was planned, and logged that day: until then its survey keeps to the plan."""
    return replace(outing, held_on=outing.planned_on + timedelta(days=days), logged_after=0)


def with_mishaps(chance: Random, outings: Sequence[Outing], *, late: int, failed: int) -> list[Outing]:
    """Put `late` ones off for a few days, let `failed` ones fail the quality check, and log as people do."""
    told = [_with_habits(chance, outing) for outing in outings]
    counting = [place for place, outing in enumerate(told) if outing.counts]
    hit = chance.sample(counting, late + failed)
    for place in hit[:late]:
        told[place] = put_off(told[place], chance.choice((2, 3, 5)))
    for place in hit[late:]:
        told[place] = replace(told[place], quality_met=False)
    return told


def _with_habits(chance: Random, outing: Outing) -> Outing:
    return replace(
        outing,
        logged_after=chance.choices((0, 1, 2, 5), (75, 15, 7, 3))[0],
        reviewed_after=chance.choices((1, 2, 3, 4), (3, 4, 2, 1))[0],
    )


def brought_near(outings: Sequence[Outing], today: date, projects: Sequence[str]) -> list[Outing]:
    """The outings, those nearest to today moved so that some are just over, one is today and some to come."""
    days = [day for offset in NEAR_TODAY if (day := today + timedelta(days=offset)).year == today.year]
    movable = [
        place
        for place, outing in enumerate(outings)
        if outing.project in projects and outing.ending is Ending.APPROVED and outing.quality_met
    ]
    nearest = sorted(movable, key=lambda place: abs((outings[place].planned_on - today).days))[: len(days)]
    moved = list(outings)
    for place, day in zip(sorted(nearest, key=lambda place: outings[place].planned_on), days, strict=True):
        ago = (today - day).days
        moved[place] = replace(
            outings[place],
            planned_on=day,
            held_on=day,
            logged_after=FORGOTTEN_DAYS if ago == NOT_YET_LOGGED else 0,
            reviewed_after=FORGOTTEN_DAYS if ago <= UNREVIEWED else 2,
        )
    return moved
