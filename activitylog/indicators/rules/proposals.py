"""From an indicator's words to a proposed rule; a person confirms or changes it.

What a single name tells stands in readings.py; here it meets the promise itself (unit, sign, size) and the
project it stands in.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from activitylog.activities.rules import VENUE_KINDS
from activitylog.core.districts import DISTRICTS
from activitylog.indicators.rules.keywords import READINGS, Reading

COST_TOLERANCE = Decimal("0.50")
ONLINE_FROM_HEADS_A_SESSION = 200
TEN_THOUSAND = "万"
KIND_WORDS = (
    ("科普日.*主场|^主场活动", "科普日主场"),
    ("(活动周|科技周).*主场", "科技活动周主场"),
    ("科技节.*主场", "科技节主场"),
    ("配送", "资源配送"),
    ("志愿服务", "志愿服务"),
    ("下乡", "下乡服务"),
)
SHARES = frozenset(
    {
        "satisfaction",
        "cost_saving",
        "milestones_on_time",
        "releases_on_time",
        "activities_on_time",
        "everything_on_time",
        "quality_rate",
    }
)
TAKES_KINDS = frozenset(
    {
        "activities_held",
        "people_reached",
        "districts_covered",
        "quality_rate",
        "activities_on_time",
        "releases_on_time",
        "satisfaction",
    }
)
_SAYS_NOTHING = re.compile("科普|活动|服务|工作|项目|类|其他")
_AT_MOST = frozenset({"≤", "<"})


class Promise(Protocol):
    """What a proposal reads of an indicator, declared or stored."""

    @property
    def name(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def target(self) -> Decimal | None: ...
    @property
    def target_word(self) -> str: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule as its words suggest it; `measure` None means a person judges without a figure."""

    measure: str | None
    kinds: tuple[str, ...] = ()
    venue_kinds: tuple[str, ...] = ()
    milestone_kind: str | None = None
    includes_online: bool = False
    is_judged: bool = False
    tolerance: Decimal = Decimal(0)


def propose_rules(
    promises: Sequence[Promise], known_kinds: Iterable[str] = (), *, project: str = ""
) -> list[Proposal]:
    """One proposal for each indicator of one project, in their order.

    A kind of activity already in use narrows an indicator that names it, unless it names no more than the
    project itself does.
    """
    telling = (kind for kind in known_kinds if _SAYS_NOTHING.sub("", kind) and kind not in project)
    kind_words = (*KIND_WORDS, *((re.escape(kind), kind) for kind in telling))
    proposals = [_propose(promise, kind_words) for promise in promises]
    event = _single_event(promises, proposals)
    needs_online = _needs_online(promises, proposals)
    return [_in_context(proposal, event, needs_online=needs_online) for proposal in proposals]


def _propose(promise: Promise, kind_words: Sequence[tuple[str, str]]) -> Proposal:
    is_judged = promise.target is None
    reading = _reading(promise)
    if reading is None or reading.measure is None:
        return Proposal(None if is_judged else "manual", is_judged=is_judged)
    name, takes_kinds = _squeezed(promise.name), reading.measure in TAKES_KINDS
    is_exactly_zero = promise.operator == "=" and promise.target == 0
    return Proposal(
        measure=reading.measure,
        kinds=_kinds(name, kind_words) if takes_kinds else (),
        venue_kinds=_venue_kinds(name) if takes_kinds else (),
        milestone_kind=reading.milestone_kind,
        includes_online=reading.measure == "people_reached" and "线上" in name,
        is_judged=is_judged,
        tolerance=COST_TOLERANCE if reading.measure == "cost_saving" and is_exactly_zero else Decimal(0),
    )


def _reading(promise: Promise) -> Reading | None:
    name = _squeezed(promise.name + (promise.target_word if promise.target is None else ""))
    found = next((reading for reading in READINGS if _fits(reading, name, promise)), None)
    return found if found is not None and _is_plausible(found.measure, promise) else None


def _fits(reading: Reading, name: str, promise: Promise) -> bool:
    if not re.search(reading.words, name) or (reading.unless and re.search(reading.unless, name)):
        return False
    if promise.target is None:
        return reading.takes_words
    return reading.units is None or _counted_in(promise.unit, reading.measure) in reading.units


def _counted_in(unit: str, measure: str | None) -> str:
    return unit.removeprefix(TEN_THOUSAND) if measure == "people_reached" else unit


def _is_plausible(measure: str | None, promise: Promise) -> bool:
    """Whether a promise of this size and sign can be meant as the measure counts."""
    if promise.target is None:
        return True
    if promise.operator in _AT_MOST and measure != "cost_saving":
        return False
    if measure in SHARES and not promise.unit:  # a bare 0.95 or 1 is a fraction, not per cent
        return promise.target == 0 or promise.target > 1
    return measure != "districts_covered" or promise.target <= len(DISTRICTS)


def _squeezed(name: str) -> str:
    return "".join(name.split())


def _kinds(name: str, kind_words: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind for words, kind in kind_words if re.search(words, name)))


def _venue_kinds(name: str) -> tuple[str, ...]:
    """The kinds of place a name says the activities are at: 走进村居, 学校科普活动, 线上直播."""
    at = "(走进|走入|进入|深入|送到|进){}|{}(内|里)?(开展|举办)?(科普)?(活动|讲座|展览|受众|直播|参与|观看)"
    both = "线上线下" in name
    return tuple(
        kind
        for kind in VENUE_KINDS
        if kind != "其他" and re.search(at.format(kind, kind), name) and not (kind == "线上" and both)
    )


def _single_event(promises: Sequence[Promise], proposals: Sequence[Proposal]) -> tuple[str, ...]:
    """The kinds of the one event a project is about: an exact number of activities of a kind."""
    for promise, proposal in zip(promises, proposals, strict=True):
        if proposal.measure == "activities_held" and proposal.kinds and promise.operator == "=":
            return proposal.kinds
    return ()


def _needs_online(promises: Sequence[Promise], proposals: Sequence[Proposal]) -> bool:
    """Whether the heads promised for each session are more than rooms hold."""
    totals: dict[str, Decimal] = {}
    for promise, proposal in zip(promises, proposals, strict=True):
        if promise.target is not None and proposal.measure in {"activities_held", "people_reached"}:
            times = 10_000 if promise.unit.startswith(TEN_THOUSAND) else 1
            totals[proposal.measure] = totals.get(proposal.measure, Decimal(0)) + promise.target * times
    sessions, heads = totals.get("activities_held"), totals.get("people_reached")
    return bool(sessions and heads and heads / sessions >= ONLINE_FROM_HEADS_A_SESSION)


def _in_context(proposal: Proposal, event: tuple[str, ...], *, needs_online: bool) -> Proposal:
    """What only the project as a whole tells: the single event's pushes, and online heads."""
    if proposal.measure == "activities_pushed":
        return replace(proposal, kinds=event)
    counts_heads = proposal.measure == "people_reached"
    return replace(proposal, includes_online=True) if counts_heads and needs_online else proposal
