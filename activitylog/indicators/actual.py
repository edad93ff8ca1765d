"""An indicator at the end of a period: its target, its actual and its status, as numbers and as text."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction

from activitylog.core.money import yuan_text
from activitylog.core.period import Period
from activitylog.indicators.aggregation import AggregationKind, exact_value, printed_value
from activitylog.indicators.figure_text import (
    NOTHING_YET,
    number_text,
    printed_text,
    quotient_text,
    target_text,
    with_unit,
)
from activitylog.indicators.judgements.rules import Judged
from activitylog.indicators.measures import Measure
from activitylog.indicators.status import (
    INDICATOR_STATUS_LABELS,
    MONTHS,
    IndicatorStatus,
    Planned,
    edges_of,
    indicator_status,
    is_reached,
    plan_to_date,
)
from activitylog.projects.declaration.document import plain_number

TO_JUDGE = "待评定"
TO_AGREE = "待复核"
SMALL_TARGET = 12  # below it a month's even share of what is no count needs a decimal
_MEASURED = ("万", "元", "%")  # units whose figures may lie between two whole numbers
_COUNTS = ("完成次数", "完成场次", "完成数量", "完成数")


@dataclass(frozen=True, slots=True)
class IndicatorActual:
    """One indicator at the end of one month: target, figure and status.

    `value` is in the indicator's unit (per cent with two decimals for rates); None when nothing is rolled
    up, there is nothing to divide by, or a person judges (`judged`). `target` is the one in force at the
    month's end, `declared_target` the one of the declaration; a closed month keeps those it was closed with.
    `filters` are the sentences of the rule by which it was rolled up; None when they were not kept. What ends
    in `_text` is printed on pages.
    """

    indicator_id: int
    project_id: int
    project: str
    indicator: str
    level1: str
    level2: str
    operator: str
    target: Decimal | None
    declared_target: Decimal | None
    planned: Planned | None
    target_word: str
    unit: str
    measure: Measure | None
    filters: tuple[str, ...] | None
    is_judged: bool
    judged: Judged | None
    tolerance: Decimal
    is_confirmed: bool
    period: Period
    posted_at: datetime | None
    amount: int | None
    base: int | None
    records: int
    adjustments: int
    rounds_first: bool = False

    @property
    def is_percentage(self) -> bool:
        return self.measure is not None and self.measure.aggregation.is_percentage

    @property
    def is_quotient(self) -> bool:
        """Whether it is divided by something, so that months do not add up."""
        return self.measure is not None and self.measure.aggregation.kind.is_quotient

    @property
    def is_money(self) -> bool:
        return self.measure is not None and self.measure.is_money

    @property
    def is_saving(self) -> bool:
        return self.measure is not None and self.measure.aggregation.kind is AggregationKind.SAVING

    @property
    def is_missing(self) -> bool:
        """Whether it is to be typed in and nobody has: no figure, and no 0 either."""
        return self.measure is not None and self.measure.is_typed_in and self.records == 0

    @property
    def figure(self) -> Decimal | None:
        """The measured figure as it is printed, also where it is only evidence for a judgement."""
        if self.measure is None or self.amount is None or self.is_missing:
            return None
        kind = self.measure.aggregation.kind
        return printed_value(kind, self.amount, self.base, unit=self.unit, edges=self.edges)

    @property
    def edges(self) -> tuple[Decimal, ...] | None:
        """Where reached and missed meet: a figure is printed on the side where it exactly is.

        None where the year rounds first, so that what is printed is what is compared.
        """
        if self.rounds_first:
            return None
        return () if self.target is None else edges_of(self.target, self.tolerance)

    @property
    def value(self) -> Decimal | None:
        """The printed figure where a target is a number, for charts and texts."""
        return None if self.target is None else self.figure

    @property
    def exact_value(self) -> Fraction | None:
        """What decides whether the target is reached: not rounded, unless the year rounds first."""
        if self.measure is None or self.amount is None or self.target is None or self.is_missing:
            return None
        if self.rounds_first:
            return None if self.figure is None else Fraction(self.figure)
        return exact_value(self.measure.aggregation.kind, self.amount, self.base, unit=self.unit)

    @property
    def is_reached(self) -> bool | None:
        if self.judged is not None:
            return self.judged.is_reached
        if self.exact_value is None or self.target is None:
            return None
        return is_reached(self.operator, self.exact_value, self.target, self.tolerance)

    @property
    def status(self) -> IndicatorStatus | None:
        if self.judged is not None:
            return self.judged.status
        return indicator_status(
            operator=self.operator,
            level2=self.level2,
            value=self.exact_value,
            target=self.target,
            month=self.period.month,
            is_percentage=self.is_quotient,
            tolerance=self.tolerance,
            planned=self.planned,
        )

    # plan
    @property
    def plan_due(self) -> Decimal | None:
        """What should be there to date, exactly; None where a month has no share of its own."""
        if self.target is None or self.is_quotient or self.operator in {"≤", "<"} or self.target == 0:
            return None
        return plan_to_date(self.target, self.period.month, is_percentage=False, planned=self.planned)

    @property
    def planned_figure(self) -> Decimal | None:
        """The same rounded for reading."""
        plan = self.plan_due
        if plan is None or self.target is None:
            return None
        if self.unit.startswith(_MEASURED) and self.target < SMALL_TARGET:
            return plan.quantize(Decimal("0.1"), ROUND_HALF_UP)
        # One of 1.4 is 偏慢: rounded down, the plan beside it would read as met. From two on it cannot.
        return plan.quantize(Decimal(1), ROUND_CEILING if plan < 2 else ROUND_HALF_UP)

    @property
    def plan_text(self) -> str:
        plan = self.planned_figure
        return "" if plan is None else f"按计划应有 {with_unit(number_text(plan), self.unit)}"

    # as interfaces give it
    @property
    def plain_target(self) -> str:
        return self.target_word if self.target is None else plain_number(self.target)

    @property
    def plain_value(self) -> str | None:
        """The grade's word, else the value without unit or sign: for commands; pages print it of a grade."""
        if self.judged is not None:
            return self.judged.word
        return (
            None
            if self.value is None
            else format_figure(self.value, has_two_decimals=self.is_percentage or self.is_money)
        )

    # as pages print it
    @property
    def value_text(self) -> str:
        """The bare figure, for columns that name the unit; a dash when there is none."""
        if self.figure is None:
            return NOTHING_YET
        return printed_text(self.figure, self.measure)

    @property
    def figure_unit(self) -> str:
        """The unit after the figure; a percentage carries its own sign."""
        return "" if self.figure is None or self.is_percentage else self.unit

    @property
    def base_text(self) -> str:
        """（n=412）for a rate, the two sums for a saving and a unit cost."""
        if self.amount is None or not self.base:
            return ""
        if self.is_saving:
            return f"（计划 {yuan_text(self.base)} 元，实付 {yuan_text(self.amount)} 元）"
        if self.is_money and self.measure and self.measure.rate_text:
            return f"（{quotient_text(self.measure.rate_text, self.amount, self.base)}）"
        return f"（n={self.base // (self.measure.base_of_one if self.measure else 1):,}）"

    @property
    def figure_text(self) -> str:
        """What a page prints where it names a figure: with its unit, and what it is divided by."""
        return with_unit(self.value_text, self.figure_unit) + self.base_text

    @property
    def short_figure_text(self) -> str:
        """The same for a column of a table, where two sums of money have no room."""
        if self.is_money:
            return with_unit(self.value_text, self.figure_unit)
        return self.value_text if self.is_saving else self.figure_text

    @property
    def bare_target_text(self) -> str:
        """The target without its unit, a percentage with its sign: ≥20, =100%, 有效提升."""
        if self.target is None:
            return self.target_word
        return self.operator + number_text(self.target) + ("%" if self.unit == "%" else "")

    @property
    def status_text(self) -> str:
        """The word beside the status's colour: the grade of a judgement, 待评定, or 尚未开展 before any."""
        if self.is_judged:
            return self.judged.word if self.judged else TO_JUDGE
        return "尚未开展" if self.status is None else INDICATOR_STATUS_LABELS[self.status]

    @property
    def shortfall_text(self) -> str:
        """未达标, at the year's end, beside a status that says only how much is missing."""
        if self.period.month != MONTHS or self.status is not IndicatorStatus.YELLOW:
            return ""
        return "" if self.is_reached else "未达标"

    @property
    def judgement_text(self) -> str:
        """待评定, or 2024年6月评为“达成”（100%），待复核."""
        if self.judged is None:
            return TO_JUDGE
        waits = "" if self.judged.is_confirmed else f"，{TO_AGREE}"
        return f"{self.judged.period.label}评为“{self.judged.word}”（{self.judged.ratio}%）{waits}"

    @property
    def outcome_text(self) -> str:
        """What a deviation is explained against: the figure, or the grade of a judgement."""
        if not self.is_judged:
            return self.figure_text
        return self.judged.word if self.judged else TO_JUDGE

    @property
    def sentence(self) -> str:
        """The indicator page's one sentence: figure, target and plan, or the judgement."""
        until = f"截至{self.period.label}，"
        judged = f"目标{target_text(self)}，{self.judgement_text}。"
        if self.measure is None:
            return f"{until}“{self.indicator}”由人评定，没有可计的数；{judged}"
        if self.is_judged:
            return f"{until}作为依据的{self.measure.label}为 {self.figure_text}；{judged}"
        plan = f"，{self.plan_text}" if self.plan_text else ""
        return f"{until}{_with_verb(self.indicator)} {self.figure_text}，目标 {target_text(self)}{plan}。"


def _with_verb(name: str) -> str:
    """下乡服务完成次数 → 下乡服务完成; any other name needs a verb."""
    stem, ending, _ = name.rpartition("完成")
    return stem + ending if ending and name.endswith(_COUNTS) else f"{name}为"


def format_figure(value: Decimal, *, has_two_decimals: bool) -> str:
    """Two decimals for a percentage and money, no trailing zeros for anything else."""
    return f"{value:.2f}" if has_two_decimals else plain_number(value)
