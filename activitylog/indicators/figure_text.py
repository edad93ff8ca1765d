"""Numbers, targets and contributions as the text a page prints."""

from decimal import Decimal
from typing import Protocol

from activitylog.core.money import yuan_text
from activitylog.indicators.aggregation import AggregationKind, Edges, printed_value
from activitylog.indicators.measures import Measure
from activitylog.indicators.measures.measure import RateText
from activitylog.projects.declaration.document import plain_number

NOTHING_YET = "—（尚未开展）"


class HasTarget(Protocol):
    """What the text of a target reads of an indicator, or of its actual."""

    @property
    def operator(self) -> str: ...
    @property
    def target(self) -> Decimal | None: ...
    @property
    def target_word(self) -> str: ...
    @property
    def unit(self) -> str: ...


def number_text(value: Decimal | int) -> str:
    """Thousands separators and no trailing zeros."""
    whole, point, rest = plain_number(Decimal(value)).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in {"-0", ""} else f"{whole}{point}{rest}"


def with_unit(text: str, unit: str) -> str:
    """The text with its unit after a space, or the per cent sign directly."""
    return text + (unit if unit == "%" else f" {unit}" if unit else "")


def target_text(row: HasTarget) -> str:
    """The target with operator and unit: ≥20 次, =100%, 有效提升."""
    if row.target is None:
        return f"“{row.target_word}”"
    return row.operator + with_unit(number_text(row.target), row.unit)


def record_unit(unit: str) -> str:
    """The unit single records are counted in: 人 where the target is in 万人."""
    return unit.removeprefix("万") or "项"


def signed(value: int) -> str:
    return f"+{value:,}" if value > 0 else f"{value:,}".replace("-", "−")


class CountedPart(Protocol):
    """One posting, or several summed."""

    @property
    def counted(self) -> int: ...
    @property
    def base(self) -> int: ...


def contribution_text(measure: Measure, part: CountedPart, unit: str) -> str:
    """What postings add to the figure, with the sign that adjustments need."""
    if measure.aggregation.kind is AggregationKind.SAVING:
        return f"计划 {yuan_text(part.base)}，实付 {yuan_text(part.counted)} 元"
    if measure.is_money:
        return _cost_contribution_text(measure.rate_text, part)
    if measure.rate_text is not None:
        return _rate_contribution_text(measure.rate_text, part)
    return with_unit(signed(part.counted), record_unit(unit))


def _rate_contribution_text(text: RateText, part: CountedPart) -> str:
    if text.is_yes_or_no and (part.counted, part.base) in {(0, 1), (1, 1)}:
        return text.hit if part.counted else f"未{text.hit}"
    return f"{text.hit} {_plain(part.counted)} / {text.whole} {_plain(part.base)}"


def _cost_contribution_text(text: RateText | None, part: CountedPart) -> str:
    """实付 1,850.50 元 of an expense, 活动 1 场 of an activity, both of a month."""
    paid = f"实付 {yuan_text(part.counted)} 元"
    if text is None or not part.base:
        return paid
    divisor = f"{text.whole} {_plain(part.base)} {text.unit}"
    return f"{paid}，{divisor}" if part.counted else divisor


def quotient_text(text: RateText, amount: int, base: int) -> str:
    """The two sums of a unit cost: 实付 9,000.00 元 ÷ 活动 5 场."""
    return f"{text.hit} {yuan_text(amount)} 元 ÷ {text.whole} {base:,} {text.unit}"


def printed_text(value: Decimal, measure: Measure | None) -> str:
    """A printed figure without its unit: 93.40%, 1,850.50 of money, 3,120."""
    if measure is not None and measure.is_share:
        return f"{value:.2f}%"
    return f"{value:,.2f}" if measure is not None and measure.is_money else number_text(value)


def _plain(value: int) -> str:
    return f"{value:,}".replace("-", "−")


def aggregation_text(measure: Measure, amount: int, base: int | None, unit: str, *, edges: Edges = ()) -> str:
    """The aggregation of all postings as a sum: what divided by what, and what it comes to."""
    value = printed_value(measure.aggregation.kind, amount, base, unit=unit, edges=edges)
    text = measure.rate_text
    if measure.is_money:
        figure = NOTHING_YET if value is None else with_unit(printed_text(value, measure), unit)
        return figure if text is None else f"{quotient_text(text, amount, base or 0)} = {figure}"
    if text is not None:
        share = NOTHING_YET if value is None else f"{value:.2f}%"
        return f"{text.hit} {amount:,} ÷ {text.whole} {base or 0:,} {text.unit} = {share}"
    if measure.aggregation.kind is AggregationKind.SAVING:
        share = NOTHING_YET if value is None else f"{value:.2f}%"
        planned = yuan_text(base or 0)
        return f"（计划 {planned} − 实付 {yuan_text(amount)}）÷ 计划 {planned} 元 = {share}"
    return with_unit(number_text(value if value is not None else 0), unit)


def key_text(measure: Measure, key: str) -> str:
    """The name of a distinct key; "" where the record's own title says it."""
    return measure.keys.text(key) if measure.keys else ""
