"""Rules: how one indicator is counted, the filters its measure accepts, and the sentences that state them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from activitylog.activities.rules import ONLINE_AUDIENCE
from activitylog.core.districts import BY_CODE
from activitylog.indicators.measures import BY_KEY, measure_by
from activitylog.indicators.measures.measure import Filter
from activitylog.surveys.years.rules import SatisfactionMethod


@dataclass(frozen=True, slots=True)
class RuleDetails:
    """A rule as a person sets it; `measure` None leaves the indicator to judgement alone."""

    measure: str | None
    kinds: tuple[str, ...] = ()
    venue_kinds: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
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
        forms=details.forms if Filter.FORMS in filters else (),
        districts=details.districts if Filter.DISTRICTS in filters else (),
        expense_kinds=details.expense_kinds if Filter.EXPENSE_KINDS in filters else (),
        milestone_kind=details.milestone_kind if Filter.MILESTONE_KIND in filters else None,
        audience_group=details.audience_group if Filter.AUDIENCE_GROUP in filters else None,
        includes_online=details.includes_online and Filter.ONLINE in filters,
        includes_reposts=details.includes_reposts and Filter.REPOSTS in filters,
        tolerance=details.tolerance if operator == "=" and measure else Decimal(0),
    )


def counted_by(method: SatisfactionMethod, details: RuleDetails) -> RuleDetails:
    """The rule as a year with the method counts it."""
    return replace(details, measure=measure_by(method, details.measure))


def is_same_rule(one: RuleDetails, other: RuleDetails, operator: str) -> bool:
    """Whether two rules count the same, whatever the order of their words."""
    first, second = (applicable_rule(each, operator=operator) for each in (one, other))
    return all(
        set(value) == set(getattr(second, name))
        if isinstance(value, tuple)
        else value == getattr(second, name)
        for name, value in ((each.name, getattr(first, each.name)) for each in fields(RuleDetails))
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
            f"只计形式或类型为{_listed(rule.forms)}的活动" if rule.forms else "",
            f"只计到{_listed(_district_names(rule.districts))}的活动" if rule.districts else "",
            f"只计类别为{_listed(rule.expense_kinds)}的支出" if rule.expense_kinds else "",
            f"只计类别为“{rule.milestone_kind}”的事项" if rule.milestone_kind else "",
            _online(rule) if Filter.ONLINE in measure.filters else "",
            _reposts(rule) if Filter.REPOSTS in measure.filters else "",
            f"与目标相差不超过 {rule.tolerance}{unit} 视为达到" if rule.tolerance else "",
        )
        if sentence
    ]


def _online(details: RuleDetails) -> str:
    if details.audience_group == ONLINE_AUDIENCE:
        return "只计线上人数"
    if details.audience_group:
        return f"只计其中的{details.audience_group}，现场和线上都算"
    return "现场人数加线上人数" if details.includes_online else "只计现场人数"


def _reposts(details: RuleDetails) -> str:
    return "含转载" if details.includes_reposts else "不含转载"


def _district_names(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(BY_CODE[code].name for code in codes if code in BY_CODE)


def _listed(names: tuple[str, ...]) -> str:
    return "或".join(f"“{word}”" for word in names)
