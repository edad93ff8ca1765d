"""Figures, promises and contributions in the words a page prints."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Protocol

from activitylog.core.money import yuan_text
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import AggregationKind, figure_value
from activitylog.indicators.measures import Measure
from activitylog.indicators.measures.measure import RateText
from activitylog.indicators.status import LIGHT_LABELS, MONTHS, Light, plan_to_date
from activitylog.projects.declaration.document import plain_number
from activitylog.projects.models import Indicator

NOTHING_YET = "—（尚未开展）"
TO_JUDGE = "待评定"
TO_AGREE = "待复核"
SMALL_TARGET = 12  # below it a month's even share of what is no count needs a decimal
_MEASURED = ("万", "元", "%")  # units whose figures may lie between two whole numbers
_COUNTS = ("完成次数", "完成场次", "完成数量", "完成数")


def number_words(value: Decimal | int) -> str:
    """Thousands separators and no trailing zeros."""
    whole, point, rest = plain_number(Decimal(value)).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in {"-0", ""} else f"{whole}{point}{rest}"


def with_unit(text: str, unit: str) -> str:
    """A unit stands after a space, the per cent sign directly."""
    return text + (unit if unit == "%" else f" {unit}" if unit else "")


def value_words(row: IndicatorActual) -> str:
    """The bare figure; a dash with its reason when there is nothing to divide by."""
    if row.figure is None:
        return NOTHING_YET
    return f"{row.figure:.2f}%" if row.is_percentage else number_words(row.figure)


def unit_of(row: IndicatorActual) -> str:
    """The unit that stands behind the figure; a percentage carries its own sign."""
    return "" if row.figure is None or row.is_percentage else row.unit


def figure_words(row: IndicatorActual) -> str:
    """The figure with its unit, and what it is divided by."""
    return with_unit(value_words(row), unit_of(row)) + base_words(row)


def short_figure_words(row: IndicatorActual) -> str:
    """The same for a column of a table, where two sums of money have no room."""
    is_saving = row.measure is not None and row.measure.aggregation.kind is AggregationKind.SAVING
    return value_words(row) if is_saving else figure_words(row)


def base_words(row: IndicatorActual) -> str:
    """（n=412）for a rate, the two sums of money for a saving."""
    if row.measure is None or row.amount is None or not row.base:
        return ""
    if row.measure.aggregation.kind is AggregationKind.SAVING:
        return f"（计划 {yuan_text(row.base)} 元，实付 {yuan_text(row.amount)} 元）"
    return f"（n={row.base:,}）"


def target_words(row: IndicatorActual) -> str:
    """The promise without its unit, a percentage with its sign: ≥ 20, =100%, 有效提升."""
    if row.target is None:
        return row.target_word
    return row.operator + number_words(row.target) + ("%" if row.unit == "%" else "")


def promise_words(row: IndicatorActual | Indicator) -> str:
    """The whole promise: ≥20 次, =100%, 有效提升."""
    if row.target is None:
        return f"“{row.target_word}”"
    return row.operator + with_unit(number_words(row.target), row.unit)


def plan_due(row: IndicatorActual) -> Decimal | None:
    """What should be there to date, exactly; None where a month has no share of its own."""
    if row.target is None or row.is_percentage or row.operator in {"≤", "<"} or row.target == 0:
        return None
    return plan_to_date(row.target, row.period.month, is_percentage=False, planned=row.planned)


def plan_of(row: IndicatorActual) -> Decimal | None:
    """The same rounded for reading."""
    plan = plan_due(row)
    if plan is None or row.target is None:
        return None
    if row.unit.startswith(_MEASURED) and row.target < SMALL_TARGET:
        return plan.quantize(Decimal("0.1"), ROUND_HALF_UP)
    # One of 1.4 is 偏慢: rounded down, the plan beside it would read as met. From two on it cannot.
    return plan.quantize(Decimal(1), ROUND_CEILING if plan < 2 else ROUND_HALF_UP)


def plan_words(row: IndicatorActual) -> str:
    plan = plan_of(row)
    return "" if plan is None else f"按计划应有 {with_unit(number_words(plan), row.unit)}"


def light_words(row: IndicatorActual) -> str:
    """The word beside the light: the grade, or that a judgement is awaited; an empty one has not begun."""
    if row.is_judged:
        return row.judged.word if row.judged else TO_JUDGE
    return "尚未开展" if row.light is None else LIGHT_LABELS[row.light]


def shortfall_words(row: IndicatorActual) -> str:
    """未达标, at the year's end, beside a light that is green from four fifths of the target on."""
    if row.period.month != MONTHS or row.light is not Light.GREEN or row.value is None or row.target is None:
        return ""
    return "未达标" if row.value < row.target and not row.is_reached else ""


def judged_words(row: IndicatorActual) -> str:
    """待评定, or 2024年6月评为“达成”（100%），待复核."""
    if row.judged is None:
        return TO_JUDGE
    waits = "" if row.judged.is_confirmed else f"，{TO_AGREE}"
    return f"{row.judged.period.label}评为“{row.judged.word}”（{row.judged.ratio}%）{waits}"


def settled_words(row: IndicatorActual) -> str:
    """What a reason is written about: the figure, or the word it was judged with."""
    if not row.is_judged:
        return figure_words(row)
    return row.judged.word if row.judged else TO_JUDGE


def standing_words(row: IndicatorActual) -> str:
    """The indicator page's one sentence."""
    until = f"截至{row.period.label}，"
    judged = f"目标{promise_words(row)}，{judged_words(row)}。"
    if row.measure is None:
        return f"{until}“{row.indicator}”由人评定，没有可计的数；{judged}"
    figure = figure_words(row)
    if row.is_judged:
        return f"{until}作为依据的{row.measure.label}为 {figure}；{judged}"
    plan = f"，{plan_words(row)}" if plan_words(row) else ""
    return f"{until}{_said_to_be(row.indicator)} {figure}，目标 {promise_words(row)}{plan}。"


def _said_to_be(name: str) -> str:
    """下乡服务完成次数 → 下乡服务完成; any other name needs a verb."""
    stem, ending, _ = name.rpartition("完成")
    return stem + ending if ending and name.endswith(_COUNTS) else f"{name}为"


def record_unit(unit: str) -> str:
    """The unit single records are counted in: 人 where the promise is in 万人."""
    return unit.removeprefix("万") or "项"


def signed(value: int) -> str:
    return f"+{value:,}" if value > 0 else f"{value:,}".replace("-", "−")


class Counted(Protocol):
    """One posting, or several summed."""

    @property
    def counted(self) -> int: ...
    @property
    def base(self) -> int: ...


def counts_words(measure: Measure, part: Counted, unit: str) -> str:
    """What postings add to the figure, with the sign that adjustments need."""
    if measure.aggregation.kind is AggregationKind.SAVING:
        return f"计划 {yuan_text(part.base)}，实付 {yuan_text(part.counted)} 元"
    if measure.rate_text is not None:
        return _rate_words(measure.rate_text, part)
    return with_unit(signed(part.counted), record_unit(unit))


def _rate_words(text: RateText, part: Counted) -> str:
    if text.is_yes_or_no and (part.counted, part.base) in {(0, 1), (1, 1)}:
        return text.hit if part.counted else f"未{text.hit}"
    return f"{text.hit} {_plain(part.counted)} / {text.whole} {_plain(part.base)}"


def _plain(value: int) -> str:
    return f"{value:,}".replace("-", "−")


def total_words(measure: Measure, amount: int, base: int | None, unit: str) -> str:
    """The aggregation of all postings as a sum: what divided by what, and what it comes to."""
    value = figure_value(measure.aggregation.kind, amount, base, unit=unit)
    text = measure.rate_text
    if text is not None:
        share = NOTHING_YET if value is None else f"{value:.2f}%"
        return f"{text.hit} {amount:,} ÷ {text.whole} {base or 0:,} {text.unit} = {share}"
    if measure.aggregation.kind is AggregationKind.SAVING:
        share = NOTHING_YET if value is None else f"{value:.2f}%"
        planned = yuan_text(base or 0)
        return f"（计划 {planned} − 实付 {yuan_text(amount)}）÷ 计划 {planned} 元 = {share}"
    return with_unit(number_words(value if value is not None else 0), unit)


def key_words(measure: Measure, key: str) -> str:
    """What a distinct key stands for; "" where the record's own title says it."""
    return measure.keys.text(key) if measure.keys else ""
