"""How many people an activity usually has: by project, kind, form and venue, from past activities."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt
from statistics import median
from typing import NamedTuple

FEWEST_COMPARED = 5  # past activities
FEWEST_AT_VENUE = 3
FAR_TIMES = 4  # as many people as usual, or a part of them
FEW_ALIKE, FEW_IN_HUNDRED = 4, 2  # of past activities may be as large
ORDINARY_SPREAD = 10  # activities that the spread of the project stands for in that of a sort
FAR_SIGMAS, MAD_TO_SIGMA = 3, 1.4826  # the MAD of a normal distribution is its sigma / 1.4826
WORTH_SAYING = 1.5  # times as many people at a venue as elsewhere
ONLINE = frozenset({"线上", "线上直播"})  # as a venue's kind, or as a form


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many people one activity had, and what such activities have in common; `project` is its name.

    `venue` identifies the place; None when it has none or is held online.
    """

    project: str
    kinds: tuple[str, ...]
    form: str
    venue: Hashable | None
    held_on: date
    onsite: int
    online: int

    @property
    def sorts(self) -> tuple[Hashable, ...]:
        """What it is compared with, the most similar first."""
        of_kinds = ((self.project, self.kinds, self.form), (self.project, self.kinds)) if self.kinds else ()
        return (*of_kinds, self.project)

    @property
    def is_remote(self) -> bool:
        """Whether it has a place, and people only online."""
        return self.venue is not None and not self.onsite and self.online > 0


class Usual(NamedTuple):
    """What activities of one sort usually have: the middle and its spread, as logarithms of heads.

    `past` are the heads compared with, ascending; `at_venue` is how much more the venue usually has,
    `remote` how many have a place and people only online.
    """

    name: str
    past: Sequence[int]
    middle: float
    spread: float
    at_venue: float = 0.0
    remote: int = 0

    def is_far(self, heads: int, *, times: float = FAR_TIMES) -> bool:
        """Whether heads are so many times the usual or a part of it, and hardly any in the past were alike.

        They are further away where the past varies much.
        """
        distance = log(max(heads, 1)) - self.middle - self.at_venue
        if abs(distance) <= max(log(times), FAR_SIGMAS * self.spread):
            return False
        below = bisect_left(self.past, heads) if distance > 0 else bisect_right(self.past, heads)
        alike = len(self.past) - below if distance > 0 else below
        return alike <= max(FEW_ALIKE, FEW_IN_HUNDRED * len(self.past) / 100)

    @property
    def most(self) -> int:
        return self.past[-1]

    def __str__(self) -> str:
        middle = f"{round(exp(self.middle)):,} 人"
        usual = f"{self.name}近两年 {len(self.past)} 场一般是 {middle}，最多 {self.most:,} 人"
        if abs(self.at_venue) < log(WORTH_SAYING):
            return usual
        return f"{usual}，在这个场所一般是 {round(exp(self.middle + self.at_venue)):,} 人"


def usual_of(name: str, heads: Sequence[int]) -> Usual | None:
    """The median of past heads and their spread by MAD; None for too few."""
    past = sorted(each for each in heads if each > 0)
    if len(past) < FEWEST_COMPARED:
        return None
    middle = log(median(past))
    return Usual(name, past, middle, _spread([log(each) - middle for each in past]))


def _spread(distances: Sequence[float]) -> float:
    return median(abs(each) for each in distances) * MAD_TO_SIGMA


class Baseline:
    """What past activities had, by sort and venue.

    Those of a file serve as past of a sort of which too few are stored.
    """

    def __init__(self, stored: Iterable[Turnout], of_file: Iterable[Turnout] = ()) -> None:
        self._by_sort = _by_sort(stored)
        self._by_venue: defaultdict[Hashable, list[Turnout]] = defaultdict(list)
        for sort, turnouts in _by_sort(of_file).items():
            if len(self._by_sort[sort]) < FEWEST_COMPARED:
                self._by_sort[sort] += turnouts
        for turnouts in [each for sort, each in self._by_sort.items() if isinstance(sort, str)]:
            for turnout in turnouts:
                if turnout.venue is not None:
                    self._by_venue[turnout.venue].append(turnout)
        self._middles: dict[Hashable, float | None] = {}
        self._at_venues: dict[Hashable, float] = {}
        self._spreads: dict[str, float] = {}
        self._usual: dict[Hashable, Usual | None] = {}
        self._usual_online: dict[Hashable, Usual | None] = {}

    def usual_onsite(self, turnout: Turnout) -> Usual | None:
        """What activities of its sort usually have on site at its venue."""
        sort = self._sort_of(turnout)
        if sort is None:
            here = self._by_venue.get(turnout.venue, [])
            return usual_of("这个场所", [each.onsite for each in here])
        if sort not in self._usual:
            self._usual[sort] = self._usual_of_sort(sort)
        usual = self._usual[sort]
        return usual and usual._replace(at_venue=self._at_venue(turnout.venue))

    def usual_online(self, turnout: Turnout) -> Usual | None:
        """What activities of its sort usually have online, where they have anybody."""
        for sort in turnout.sorts:
            if sort not in self._usual_online:
                heads = [each.online for each in self._by_sort.get(sort, ())]
                self._usual_online[sort] = usual_of(_name(sort), heads)
        return next((usual for sort in turnout.sorts if (usual := self._usual_online[sort])), None)

    def _sort_of(self, turnout: Turnout) -> Hashable | None:
        """The most similar sort with enough activities to compare with."""
        return next((sort for sort in turnout.sorts if self._middle(sort) is not None), None)

    def _middle(self, sort: Hashable) -> float | None:
        if sort not in self._middles:
            heads = [each.onsite for each in self._by_sort.get(sort, ()) if each.onsite]
            self._middles[sort] = log(median(heads)) if len(heads) >= FEWEST_COMPARED else None
        return self._middles[sort]

    def _distance(self, turnout: Turnout) -> float | None:
        sort = self._sort_of(turnout)
        middle = None if sort is None else self._middle(sort)
        return None if middle is None else log(turnout.onsite) - middle

    def _at_venue(self, venue: Hashable | None) -> float:
        """How many more people than elsewhere, as a logarithm; less of that after few activities."""
        if venue is None:
            return 0.0
        if venue not in self._at_venues:
            here = (self._distance(each) for each in self._by_venue.get(venue, ()) if each.onsite)
            distances = [each for each in here if each is not None]
            count = len(distances)
            more = median(distances) * count / (count + 1) if count >= FEWEST_AT_VENUE else 0.0
            self._at_venues[venue] = more
        return self._at_venues[venue]

    def _usual_of_sort(self, sort: Hashable) -> Usual | None:
        turnouts = self._by_sort[sort]
        onsite = [each for each in turnouts if each.onsite]
        usual = usual_of(_name(sort), [each.onsite for each in onsite])
        if usual is None:
            return None
        own = _spread([log(each.onsite) - usual.middle - self._at_venue(each.venue) for each in onsite])
        others = self._spread_of_project(onsite[0].project)
        count = len(onsite)
        pooled = sqrt((count * own**2 + ORDINARY_SPREAD * others**2) / (count + ORDINARY_SPREAD))
        return usual._replace(spread=pooled, remote=sum(each.is_remote for each in turnouts))

    def _spread_of_project(self, project: str) -> float:
        """How far its activities usually are from what is usual of their own sort."""
        if project not in self._spreads:
            onsite = [each for each in self._by_sort[project] if each.onsite]
            pairs = ((self._distance(each), self._at_venue(each.venue)) for each in onsite)
            self._spreads[project] = _spread([far - here for far, here in pairs if far is not None] or [0.0])
        return self._spreads[project]


def _by_sort(turnouts: Iterable[Turnout]) -> defaultdict[Hashable, list[Turnout]]:
    by_sort: defaultdict[Hashable, list[Turnout]] = defaultdict(list)
    for turnout in turnouts:
        for sort in turnout.sorts:
            by_sort[sort].append(turnout)
    return by_sort


def _name(sort: Hashable) -> str:
    return f"“{'、'.join(sort[1])}”" if isinstance(sort, tuple) else "这个项目"
