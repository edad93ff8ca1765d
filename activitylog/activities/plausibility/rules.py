"""Which heads look like a slip: beside what is usual, the venue's capacity, the answers, and last month."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import exp, log, sqrt
from statistics import median
from typing import NamedTuple, Protocol

from activitylog.core.period import business_day

FEWEST_COMPARED = 5  # past activities
FEWEST_AT_VENUE = 3
FAR_TIMES, FAR_TIMES_ONLINE = 4, 10  # as many people as usual, or a part of them
FEW_ALIKE, FEW_IN_HUNDRED = 4, 2  # of past activities may be as large
ORDINARY_SPREAD = 10  # activities that the spread of the project stands for in that of a sort
FAR_SIGMAS, MAD_TO_SIGMA = 3, 1.4826  # the MAD of a normal distribution is its sigma / 1.4826
WORTH_SAYING = 1.5  # times as many people at a venue as elsewhere
LAST_MONTH_TIMES = 10
ONLINE = frozenset({"线上", "线上直播"})  # as a venue's kind, or as a form


class Named(Protocol):
    """A person with a name."""

    @property
    def name(self) -> str: ...


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


@dataclass(frozen=True, slots=True)
class HeadsFigures:
    """The heads of an activity with what they are compared with; what is not known is None or 0."""

    turnout: Turnout
    usual_onsite: Usual | None = None
    usual_online: Usual | None = None
    capacity: int | None = None
    answers: int = 0  # on paper and on screen
    last_month: int = 0  # heads of the project


class Doubt(NamedTuple):
    """Why figures look like a slip, as a sentence with both numbers.

    `rule` names the rule, `figure` is what a person confirms who says that it is none.
    """

    rule: str
    figure: str
    sentence: str


class ReviewedDoubt(NamedTuple):
    """A doubt for the reviewer; `confirmed` says who confirmed the figures and when, "" for nobody."""

    sentence: str
    confirmed: str

    @property
    def text(self) -> str:
        return f"{self.sentence}。{self.confirmed}。" if self.confirmed else f"{self.sentence}，请核对。"


def confirmed_text(by: Named | None, at: datetime) -> str:
    """Who confirmed figures and when, as a reviewer reads it."""
    return f"{by.name if by else '一位已删除的用户'} {business_day(at):%m-%d} 确认过"


def _far_from_past(figures: HeadsFigures) -> str:
    turnout, usual = figures.turnout, figures.usual_onsite
    if usual is None or (not turnout.onsite and turnout.online) or not usual.is_far(turnout.onsite):
        return ""
    return f"现场人数填的是 {turnout.onsite:,} 人，而{usual}"


def _far_from_past_online(figures: HeadsFigures) -> str:
    online, usual = figures.turnout.online, figures.usual_online
    if usual is None or not online or not usual.is_far(online, times=FAR_TIMES_ONLINE):
        return ""
    return f"线上人数填的是 {online:,} 人，而{usual}"


def _only_online(figures: HeadsFigures) -> str:
    usual = figures.usual_onsite
    is_usual = usual is not None and usual.remote * 5 >= len(usual.past)
    if not figures.turnout.is_remote or is_usual:
        return ""
    return f"填了场所，现场却是 0 人、线上 {figures.turnout.online:,} 人，看看是不是填反了"


def _above_capacity(figures: HeadsFigures) -> str:
    onsite, capacity = figures.turnout.onsite, figures.capacity
    if capacity is None or onsite <= capacity:
        return ""
    return f"现场人数填的是 {onsite:,} 人，而这个场所最多容纳 {capacity:,} 人"


def _below_answers(figures: HeadsFigures) -> str:
    onsite, online = figures.turnout.onsite, figures.turnout.online
    doubt = answers_doubt(onsite=onsite, online=online, answers=figures.answers)
    return doubt.sentence if doubt else ""


def answers_doubt(*, onsite: int, online: int, answers: int) -> Doubt | None:
    """The doubt about more answers than people; None where there are not more."""
    if answers <= onsite + online:
        return None
    return Doubt("answers", f"{onsite}/{online}/{answers}", answers_sentence(answers, onsite + online))


def answers_sentence(answers: int, heads: int) -> str:
    return f"扫码和纸质问卷共 {answers:,} 份，比登记的受众 {heads:,} 人多"


def _beyond_last_month(figures: HeadsFigures) -> str:
    heads = figures.turnout.onsite + figures.turnout.online
    usual = figures.usual_onsite
    has_been = usual is not None and heads <= usual.most
    if not figures.last_month or heads <= figures.last_month * LAST_MONTH_TIMES or has_been:
        return ""
    return f"这一场填的是 {heads:,} 人，而本项目上个月一共 {figures.last_month:,} 人，超过十倍"


RULES: Mapping[str, Callable[[HeadsFigures], str]] = {
    "capacity": _above_capacity,
    "answers": _below_answers,
    "past": _far_from_past,
    "online": _far_from_past_online,
    "columns": _only_online,
    "month": _beyond_last_month,
}


def heads_doubts(figures: HeadsFigures) -> list[Doubt]:
    """Every reason why the heads look like a slip."""
    heads = f"{figures.turnout.onsite}/{figures.turnout.online}"
    confirmable = {"answers": f"{heads}/{figures.answers}"}
    found = (Doubt(name, confirmable.get(name, heads), rule(figures)) for name, rule in RULES.items())
    return [doubt for doubt in found if doubt.sentence]
