"""Proposes a rule for a new indicator, from its name by the measures' keywords.

A proposal is checked against the target (unit, sign, size) and adapted to the project; a person confirms or
changes it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from activitylog.activities.rules import ONLINE_AUDIENCE, VENUE_KINDS
from activitylog.core.districts import BY_CODE
from activitylog.core.text.words import read_word
from activitylog.indicators.figure_text import HasTarget
from activitylog.indicators.measures import BY_KEY, MEASURES, TYPED_IN, Measure
from activitylog.indicators.measures.keywords import UNCOUNTABLE, Keywords
from activitylog.indicators.measures.measure import Filter
from activitylog.indicators.rules.rules import RuleDetails

ONLINE_FROM_HEADS_A_SESSION = 200
TEN_THOUSAND = "万"
KIND_PATTERNS = (
    ("科普日.*主场|^主场活动", "科普日主场"),
    ("科普月.*主场", "科普月主场"),
    ("(活动周|科技周).*主场", "科技活动周主场"),
    ("科技节.*主场", "科技节主场"),
    ("配送", "资源配送"),
    ("志愿服务", "志愿服务"),
    ("下乡", "下乡服务"),
)
# Kinds a name may name before anybody uses them, unless the project's own name does.
NAMED_KINDS = (
    ("科普日(?!.*主场)", "科普日"),
    ("科普日(?!.*主场)", "科普日主场"),
    ("科普月(?!.*主场)", "科普月"),
    ("科普月(?!.*主场)", "科普月主场"),
    ("(活动周|科技周)(?!.*主场)", "科技活动周"),
    ("科技节(?!.*主场)", "科技节"),
    ("大篷车", "科普大篷车"),
)
NAMED_FORMS = (
    ("讲座", "讲座"),
    ("展览|巡展", "展览"),
    ("科普剧", "科普剧"),
    ("竞赛|大赛|比赛", "竞赛"),
    ("义诊", "咨询义诊"),
)
_BESIDE_OTHERS = re.compile(
    "活动(、|和|及|与|等)|(、|和|及|与)(科普)?活动|等"
)  # 讲座等活动: not lectures alone
_SHORT_NAMES = {code: district.name.removesuffix("新区") for code, district in BY_CODE.items()}
_DISTRICT = re.compile(f"({'|'.join(_SHORT_NAMES.values())})(新区|区)")
_UNIT_REST = re.compile("以上|以内|以下|左右|及|\\(.*?\\)|（.*?）|抽样|余")
_GENERIC = re.compile("科普|活动|服务|工作|项目|类|其他")
_VENUE_WORDS = {"学校": "(学校|校园)"}
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


def propose_rules(
    declared_targets: Sequence[DeclaredTarget], known_kinds: Iterable[str] = (), *, project: str = ""
) -> list[RuleDetails]:
    """One proposal for each indicator of one project, in their order.

    A kind of activity already in use narrows an indicator that names it, unless it names no more than the
    project itself does.
    """
    distinctive = (kind for kind in known_kinds if _GENERIC.sub("", kind) and kind not in project)
    named = (pair for pair in NAMED_KINDS if not re.search(pair[0], project))
    kind_patterns = (*KIND_PATTERNS, *named, *((re.escape(_plain(kind)), kind) for kind in distinctive))
    proposals = [_propose(declared, kind_patterns, project) for declared in declared_targets]
    event = _single_event(declared_targets, proposals)
    needs_online = _needs_online(declared_targets, proposals)
    return [_adapted_to_project(proposal, event, needs_online=needs_online) for proposal in proposals]


def _propose(declared: DeclaredTarget, kind_patterns: Sequence[tuple[str, str]], project: str) -> RuleDetails:
    matching = _matching_measure(declared)
    if matching is None:
        return RuleDetails(None if declared.target is None else TYPED_IN.key)
    keywords, measure = matching
    name, is_narrowed = _plain(declared.name), measure.is_narrowed_by_name
    is_exactly_zero = declared.operator == "=" and declared.target == 0
    counts_heads = Filter.AUDIENCE_GROUP in measure.filters
    kinds = _kinds(name, kind_patterns) if is_narrowed else ()
    return RuleDetails(
        measure=measure.key,
        kinds=kinds,
        venue_kinds=_venue_kinds(name, counts_heads=counts_heads) if is_narrowed else (),
        forms=_forms(name, kinds, project) if is_narrowed else (),
        districts=_districts(name, project) if is_narrowed and not measure.keys else (),
        milestone_kind=keywords.milestone_kind,
        audience_group=_audience_group(name) if counts_heads else None,
        includes_online=Filter.ONLINE in measure.filters and "线上" in name,
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
    return keywords.units is None or clean_unit(declared.unit) in keywords.units


def clean_unit(unit: str) -> str:
    """The unit without what belongs to the figure: %以上, 百分比, 余人."""
    plain = _UNIT_REST.sub("", _plain(unit))
    return "%" if plain in {"百分比", "百分点", "百分之"} else plain


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
    if not named and "线上" in name and "线下" not in name:
        return ONLINE_AUDIENCE
    return named[0] if len(named) == 1 else None


def _forms(name: str, kinds: Sequence[str], project: str) -> tuple[str, ...]:
    """The forms of activity a name speaks of alone, unless a kind in use or the project says so already."""
    if _BESIDE_OTHERS.search(name):
        return ()
    named = [form for pattern, form in NAMED_FORMS if re.search(pattern, name) and form not in project]
    return tuple(form for form in named if not any(form in kind for kind in kinds))


def _districts(name: str, project: str) -> tuple[str, ...]:
    """The districts a name speaks of with 区, by their codes: 浦东新区活动场次."""
    named = {match[1] for match in _DISTRICT.finditer(name)}
    return tuple(code for code, short in _SHORT_NAMES.items() if short in named and short not in project)


def _venue_kinds(name: str, *, counts_heads: bool) -> tuple[str, ...]:
    """The venue kinds a name mentions: 走进村居, 进校园, 线上直播; people online are at no venue."""
    at = "(走进|走入|进入|深入|送到|进){}|{}(内|里)?(开展|举办)?(科普)?(活动|讲座|展览|受众|直播|参与|观看)"
    both = "线上线下" in name
    return tuple(
        kind
        for kind in VENUE_KINDS
        if kind != "其他" and re.search(at.format(*[_VENUE_WORDS.get(kind, kind)] * 2), name)
        if not (kind == "线上" and (both or counts_heads))
    )


def _single_event(
    declared_targets: Sequence[DeclaredTarget], proposals: Sequence[RuleDetails]
) -> tuple[str, ...]:
    """The kinds of the one event a project is about: an exact number of activities of a kind."""
    for declared, proposal in zip(declared_targets, proposals, strict=True):
        measure = BY_KEY.get(proposal.measure or "")
        if measure and measure.counts_events and proposal.kinds and declared.operator == "=":
            return proposal.kinds
    return ()


def _needs_online(declared_targets: Sequence[DeclaredTarget], proposals: Sequence[RuleDetails]) -> bool:
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


def _adapted_to_project(proposal: RuleDetails, event: tuple[str, ...], *, needs_online: bool) -> RuleDetails:
    """The proposal adapted to its project: limited to its single event's kinds, or with people online."""
    measure = BY_KEY.get(proposal.measure or "")
    if measure is None:
        return proposal
    if measure.is_narrowed_to_event:
        return replace(proposal, kinds=event)
    counts_heads = Filter.ONLINE in measure.filters
    return replace(proposal, includes_online=True) if counts_heads and needs_online else proposal
