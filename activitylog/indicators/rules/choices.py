"""What a rule of each measure may be limited to, and a rule in words."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.rules.operations import RuleDetails


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a rule that mean something to its measure."""

    kinds: bool
    venue_kinds: bool
    milestone_kind: bool
    includes_online: bool
    includes_reposts: bool


NONE = Choices(
    kinds=False, venue_kinds=False, milestone_kind=False, includes_online=False, includes_reposts=False
)


@cache
def choices_of(measure: Measure) -> Choices:
    """As the facts' columns tell; a milestone has no activity to filter by."""
    columns = set(measure.facts().subquery().c.keys())
    has_activity = "activity_id" in columns and "milestone_kind" not in columns
    return Choices(
        kinds=has_activity,
        venue_kinds=has_activity,
        milestone_kind="milestone_kind" in columns,
        includes_online=measure.fold.online is not None,
        includes_reposts="is_repost" in columns,
    )


def honoured(details: RuleDetails, *, operator: str) -> RuleDetails:
    """The rule without what its measure cannot take; a tolerance widens "=" alone."""
    measure = BY_KEY.get(details.measure or "")
    choices = choices_of(measure) if measure else NONE
    return replace(
        details,
        kinds=details.kinds if choices.kinds else (),
        venue_kinds=details.venue_kinds if choices.venue_kinds else (),
        milestone_kind=details.milestone_kind if choices.milestone_kind else None,
        includes_online=details.includes_online and choices.includes_online,
        includes_reposts=details.includes_reposts and choices.includes_reposts,
        tolerance=details.tolerance if operator == "=" and measure else Decimal(0),
    )


def filters_in_words(details: RuleDetails, *, operator: str, unit: str) -> list[str]:
    """What narrows or widens the count, one sentence each; an empty list counts every record."""
    measure = BY_KEY.get(details.measure or "")
    if measure is None:
        return []
    kept, choices = honoured(details, operator=operator), choices_of(measure)
    return [
        sentence
        for sentence in (
            f"只计类型为{_listed(kept.kinds)}的活动" if kept.kinds else "",
            f"只计在{_listed(kept.venue_kinds)}办的活动" if kept.venue_kinds else "",
            f"只计类别为“{kept.milestone_kind}”的事项" if kept.milestone_kind else "",
            _online(kept) if choices.includes_online else "",
            _reposts(kept) if choices.includes_reposts else "",
            f"与目标相差不超过 {kept.tolerance}{unit} 视为达到" if kept.tolerance else "",
        )
        if sentence
    ]


def _online(details: RuleDetails) -> str:
    return "现场人数加线上人数" if details.includes_online else "只计现场人数"


def _reposts(details: RuleDetails) -> str:
    return "含转载" if details.includes_reposts else "不含转载"


def _listed(words: tuple[str, ...]) -> str:
    return "或".join(f"“{word}”" for word in words)
