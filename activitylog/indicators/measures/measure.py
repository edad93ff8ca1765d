"""A measure and its traits: filters of its rules, texts of its contributions, evidence for deviations."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import partial

from activitylog.activities.sources import Source, Unrecorded
from activitylog.core.dialects import PooledRows, Rows
from activitylog.core.districts import BY_CODE
from activitylog.indicators.aggregation import Aggregation, rate
from activitylog.indicators.facts import MANUAL
from activitylog.indicators.judgements.rules import Grade, grade_of_rate
from activitylog.indicators.measures.keywords import Keywords
from activitylog.surveys.years.rules import SatisfactionMethod


class Filter(StrEnum):
    """What a rule may be limited or widened to, named as the rule's own fields."""

    KINDS = "kinds"
    VENUE_KINDS = "venue_kinds"
    FORMS = "forms"
    DISTRICTS = "districts"
    EXPENSE_KINDS = "expense_kinds"
    MILESTONE_KIND = "milestone_kind"
    AUDIENCE_GROUP = "audience_group"
    ONLINE = "includes_online"
    REPOSTS = "includes_reposts"


class Evidence(StrEnum):
    """Which records the draft of a deviation's explanation names."""

    MONTHS = "months with the smallest, or largest, amounts"
    LATE = "records that were due and late, by their source"
    FAILED = "records that were checked and failed"
    BELOW_TARGET = "records whose own share lies below the target"
    SPENDING = "records that cost more than planned, or less"
    MISSING_KEYS = "keys without a record yet"
    KEYS = "keys, each with its number of records"
    UNDONE = "milestones not done"
    COSTS = "expenses with the largest amounts"


@dataclass(frozen=True, slots=True)
class RateText:
    """How the two sums of a quotient are called: 满意 412 ÷ 有效答卷 440 份, 实付 9,000.00 元 ÷ 活动 5 场."""

    hit: str
    whole: str
    unit: str
    is_yes_or_no: bool = False
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """How distinct keys are printed, on the indicator's page and in the draft of a deviation.

    `names` are all possible keys, where these are known: then `heading` precedes those without a record yet,
    and `complete` is printed when there is none. Else `heading` precedes the keys counted.
    `page_heading` precedes the keys counted on the page, each with its number of records in `unit`; without
    it the page has no such list. Districts are drawn on the map instead, under `map_title`.
    """

    text: Callable[[str], str]
    names: Mapping[str, str] = field(default_factory=dict)
    heading: str = ""
    page_heading: str = ""
    unit: str = "次"
    complete: str = ""
    map_title: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to count, with all that pages, rules, drafts and proposals need to know of it.

    `facts` gives one row per record and key, of the kinds in `sources`; `filters` are what a rule may set,
    and follow from the columns the facts publish (`contributions`). `counts` explains it in a sentence.
    """

    key: str
    label: str
    facts: Callable[..., Rows | PooledRows]
    aggregation: Aggregation
    counts: str
    sources: tuple[Source, ...]
    filters: frozenset[Filter] = frozenset()
    rate_text: RateText | None = None
    keys: Keys | None = None  # None where the record's own title says what counts
    evidence: Evidence = Evidence.MONTHS
    grade: Callable[[Decimal], Grade] | None = None  # what the figure suggests to whoever judges
    keywords: tuple[Keywords, ...] = ()
    is_narrowed_by_name: bool = False  # a kind of activity in the indicator's name limits the proposed rule
    is_narrowed_to_event: bool = False  # so do the kinds of the one event its project is about
    counts_events: bool = False
    can_be_at_most: bool = False  # a target with ≤ can be meant so
    falls_with_quality: bool = False  # an activity approved with an item of its quality check open lowers it
    zero_tolerance: Decimal = Decimal(0)  # proposed where the target is exactly 0
    method: SatisfactionMethod | None = None  # counts only in years with this method
    base_of_one: int = 1  # what one answer adds to what is divided by

    @property
    def is_share(self) -> bool:
        return self.aggregation.is_percentage

    @property
    def is_money(self) -> bool:
        return self.aggregation.kind.is_money

    @property
    def is_pooled(self) -> bool:
        """Whether records of several kinds are counted together."""
        return len(self.sources) > 1

    @property
    def unrecorded(self) -> Unrecorded | None:
        """What it counts that the audit trail does not record."""
        return next((source.unrecorded for source in self.sources if source.unrecorded), None)

    @property
    def is_typed_in(self) -> bool:
        return self.sources == (MANUAL,)

    @property
    def highest(self) -> int | None:
        """The largest figure there can be, where only so many keys exist."""
        return len(self.keys.names) or None if self.keys else None


# A share of what was done by its day: all of them are worded, drafted and graded alike.
on_time_measure = partial(
    Measure,
    aggregation=rate("on_time", "due"),
    rate_text=RateText("按时", "应计", "项", is_yes_or_no=True),
    evidence=Evidence.LATE,
    grade=grade_of_rate,
)

DISTRICT_NAMES = {code: district.name for code, district in BY_CODE.items()}
OF_ACTIVITY = frozenset({Filter.KINDS, Filter.VENUE_KINDS, Filter.FORMS, Filter.DISTRICTS})
OF_EXPENSE = OF_ACTIVITY | {Filter.EXPENSE_KINDS}
OF_MILESTONE = frozenset({Filter.MILESTONE_KIND})


def district_name(code: str) -> str:
    return DISTRICT_NAMES.get(code, code)


def batch_name(key: str) -> str:
    """批次 第1次（3月）, or the day of what was sent without a batch; older postings have no month."""
    kind, _, word = key.partition(":")
    if kind != "batch":
        return f"{word} 当日"
    of_month = re.fullmatch(r"[0-9]+:[0-9]{4}-([0-9]{2}):(.+)", word, re.DOTALL)
    return f"批次 {of_month[2]}（{int(of_month[1])}月）" if of_month else f"批次 {word}"
