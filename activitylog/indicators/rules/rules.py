"""Rules: the filters a measure accepts, the sentences that state them, and the proposal for a new indicator.

A proposal comes from an indicator's name by the measures' keywords. It is checked against the target (unit,
sign, size) and adapted to the project; a person confirms or changes it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from activitylog.activities.rules import VENUE_KINDS
from activitylog.core.text.words import read_word
from activitylog.indicators.figure_text import HasTarget
from activitylog.indicators.measures import BY_KEY, MEASURES, TYPED_IN, Measure
from activitylog.indicators.measures.keywords import UNCOUNTABLE, Keywords
from activitylog.indicators.measures.measure import Filter


@dataclass(frozen=True, slots=True)
class RuleDetails:
    """A rule as a person sets it; `measure` None leaves the indicator to judgement alone."""

    measure: str | None
    kinds: tuple[str, ...] = ()
    venue_kinds: tuple[str, ...] = ()
    expense_kinds: tuple[str, ...] = ()
    milestone_kind: str | None = None
    audience_group: str | None = None
    includes_online: bool = False
    includes_reposts: bool = False
    tolerance: Decimal = Decimal(0)


def applicable_rule(details: RuleDetails, *, operator: str) -> RuleDetails:
    """The rule without filters its measure does not accept; a tolerance only goes with "="."""
    measure = BY_KEY.get(details.measure or "")
    filters = measure.filters if measure else frozenset()
    return replace(
        details,
        kinds=details.kinds if Filter.KINDS in filters else (),
        venue_kinds=details.venue_kinds if Filter.VENUE_KINDS in filters else (),
        expense_kinds=details.expense_kinds if Filter.EXPENSE_KINDS in filters else (),
        milestone_kind=details.milestone_kind if Filter.MILESTONE_KIND in filters else None,
        audience_group=details.audience_group if Filter.AUDIENCE_GROUP in filters else None,
        includes_online=details.includes_online and Filter.ONLINE in filters,
        includes_reposts=details.includes_reposts and Filter.REPOSTS in filters,
        tolerance=details.tolerance if operator == "=" and measure else Decimal(0),
    )


def filter_sentences(details: RuleDetails, *, operator: str, unit: str) -> list[str]:
    """One sentence for each filter that narrows or widens the count; empty when every record counts."""
    measure = BY_KEY.get(details.measure or "")
    if measure is None:
        return []
    rule = applicable_rule(details, operator=operator)
    return [
        sentence
        for sentence in (
            f"只计类型为{_listed(rule.kinds)}的活动" if rule.kinds else "",
            f"只计在{_listed(rule.venue_kinds)}办的活动" if rule.venue_kinds else "",
            f"只计类别为{_listed(rule.expense_kinds)}的支出" if rule.expense_kinds else "",
            f"只计类别为“{rule.milestone_kind}”的事项" if rule.milestone_kind else "",
            _online(rule) if Filter.ONLINE in measure.filters else "",
            _reposts(rule) if Filter.REPOSTS in measure.filters else "",
            f"与目标相差不超过 {rule.tolerance}{unit} 视为达到" if rule.tolerance else "",
        )
        if sentence
    ]


def _online(details: RuleDetails) -> str:
    if details.audience_group:
        return f"只计其中的{details.audience_group}，现场和线上都算"
    return "现场人数加线上人数" if details.includes_online else "只计现场人数"


def _reposts(details: RuleDetails) -> str:
    return "含转载" if details.includes_reposts else "不含转载"


def _listed(names: tuple[str, ...]) -> str:
    return "或".join(f"“{word}”" for word in names)


ONLINE_FROM_HEADS_A_SESSION = 200
TEN_THOUSAND = "万"
KIND_PATTERNS = (
    ("科普日.*主场|^主场活动", "科普日主场"),
    ("(活动周|科技周).*主场", "科技活动周主场"),
    ("科技节.*主场", "科技节主场"),
    ("配送", "资源配送"),
    ("志愿服务", "志愿服务"),
    ("下乡", "下乡服务"),
)
_GENERIC = re.compile("科普|活动|服务|工作|项目|类|其他")
_GROUP_PATTERNS = {"青少年": "青少年", "老年人": "老年|老人", "白领": "白领"}
_AT_MOST = frozenset({"≤", "<"})
_KEYWORDS: list[tuple[Keywords, Measure | None]] = sorted(
    [
        *((keywords, measure) for measure in MEASURES for keywords in measure.keywords),
        *((keywords, None) for keywords in UNCOUNTABLE),
    ],
    key=lambda pair: pair[0].order,
)


class DeclaredTarget(HasTarget, Protocol):
    """The name and target of an indicator, declared or stored."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed rule; `measure` None means a person judges without a figure."""

    measure: str | None
    kinds: tuple[str, ...] = ()
    venue_kinds: tuple[str, ...] = ()
    expense_kinds: tuple[str, ...] = ()
    milestone_kind: str | None = None
    audience_group: str | None = None
    includes_online: bool = False
    is_judged: bool = False
    tolerance: Decimal = Decimal(0)


def propose_rules(
    declared_targets: Sequence[DeclaredTarget], known_kinds: Iterable[str] = (), *, project: str = ""
) -> list[Proposal]:
    """One proposal for each indicator of one project, in their order.

    A kind of activity already in use narrows an indicator that names it, unless it names no more than the
    project itself does.
    """
    distinctive = (kind for kind in known_kinds if _GENERIC.sub("", kind) and kind not in project)
    kind_patterns = (*KIND_PATTERNS, *((re.escape(_plain(kind)), kind) for kind in distinctive))
    proposals = [_propose(declared, kind_patterns) for declared in declared_targets]
    event = _single_event(declared_targets, proposals)
    needs_online = _needs_online(declared_targets, proposals)
    return [_adapted_to_project(proposal, event, needs_online=needs_online) for proposal in proposals]


def _propose(declared: DeclaredTarget, kind_patterns: Sequence[tuple[str, str]]) -> Proposal:
    is_judged = declared.target is None
    matching = _matching_measure(declared)
    if matching is None:
        return Proposal(None if is_judged else TYPED_IN.key, is_judged=is_judged)
    keywords, measure = matching
    name, is_narrowed = _plain(declared.name), measure.is_narrowed_by_name
    is_exactly_zero = declared.operator == "=" and declared.target == 0
    return Proposal(
        measure=measure.key,
        kinds=_kinds(name, kind_patterns) if is_narrowed else (),
        venue_kinds=_venue_kinds(name) if is_narrowed else (),
        milestone_kind=keywords.milestone_kind,
        audience_group=_audience_group(name) if Filter.AUDIENCE_GROUP in measure.filters else None,
        includes_online=Filter.ONLINE in measure.filters and "线上" in name,
        is_judged=is_judged,
        tolerance=measure.zero_tolerance if is_exactly_zero else Decimal(0),
    )


def _matching_measure(declared: DeclaredTarget) -> tuple[Keywords, Measure] | None:
    """The first keywords that match, and their measure; None where no record can count it."""
    name = _plain(declared.name + (declared.target_word if declared.target is None else ""))
    for keywords, measure in _KEYWORDS:
        if _fits(keywords, name, declared):
            return (keywords, measure) if measure and _is_plausible(measure, declared) else None
    return None


def _fits(keywords: Keywords, name: str, declared: DeclaredTarget) -> bool:
    if not re.search(keywords.pattern, name) or (keywords.unless and re.search(keywords.unless, name)):
        return False
    if declared.target is None:
        return keywords.takes_qualitative
    return keywords.units is None or declared.unit in keywords.units


def _is_plausible(measure: Measure, declared: DeclaredTarget) -> bool:
    """Whether a target of this size and sign is possible for the measure."""
    if declared.target is None:
        return True
    if declared.operator in _AT_MOST and not measure.can_be_at_most:
        return False
    if measure.is_share and not declared.unit:  # a bare 0.95 or 1 is a fraction, not per cent
        return declared.target == 0 or declared.target > 1
    return measure.highest is None or declared.target <= measure.highest


def _plain(name: str) -> str:
    return "".join(read_word(name).split())


def _kinds(name: str, kind_patterns: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind for pattern, kind in kind_patterns if re.search(pattern, name)))


def _audience_group(name: str) -> str | None:
    """The one audience group a name speaks of, as 青少年受众人数; none where it names several."""
    named = [group for group, pattern in _GROUP_PATTERNS.items() if re.search(pattern, name)]
    return named[0] if len(named) == 1 else None


def _venue_kinds(name: str) -> tuple[str, ...]:
    """The venue kinds a name mentions: 走进村居, 学校科普活动, 线上直播."""
    at = "(走进|走入|进入|深入|送到|进){}|{}(内|里)?(开展|举办)?(科普)?(活动|讲座|展览|受众|直播|参与|观看)"
    both = "线上线下" in name
    return tuple(
        kind
        for kind in VENUE_KINDS
        if kind != "其他" and re.search(at.format(kind, kind), name) and not (kind == "线上" and both)
    )


def _single_event(
    declared_targets: Sequence[DeclaredTarget], proposals: Sequence[Proposal]
) -> tuple[str, ...]:
    """The kinds of the one event a project is about: an exact number of activities of a kind."""
    for declared, proposal in zip(declared_targets, proposals, strict=True):
        measure = BY_KEY.get(proposal.measure or "")
        if measure and measure.counts_events and proposal.kinds and declared.operator == "=":
            return proposal.kinds
    return ()


def _needs_online(declared_targets: Sequence[DeclaredTarget], proposals: Sequence[Proposal]) -> bool:
    """Whether the target of people for each session is more than a room holds."""
    sessions, heads = Decimal(0), Decimal(0)
    for declared, proposal in zip(declared_targets, proposals, strict=True):
        measure = BY_KEY.get(proposal.measure or "")
        if measure is None or declared.target is None:
            continue
        count = declared.target * (10_000 if declared.unit.startswith(TEN_THOUSAND) else 1)
        if measure.counts_events:
            sessions += count
        elif Filter.ONLINE in measure.filters and not measure.is_money:
            heads += count
    return bool(sessions and heads and heads / sessions >= ONLINE_FROM_HEADS_A_SESSION)


def _adapted_to_project(proposal: Proposal, event: tuple[str, ...], *, needs_online: bool) -> Proposal:
    """The proposal adapted to its project: limited to its single event's kinds, or with people online."""
    measure = BY_KEY.get(proposal.measure or "")
    if measure is None:
        return proposal
    if measure.is_narrowed_to_event:
        return replace(proposal, kinds=event)
    counts_heads = Filter.ONLINE in measure.filters
    return replace(proposal, includes_online=True) if counts_heads and needs_online else proposal
