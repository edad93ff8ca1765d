"""An indicator at the end of a period: its target, its actual and its status."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from activitylog.core.period import Period
from activitylog.indicators.aggregation import figure_value
from activitylog.indicators.judgements.rules import Judged
from activitylog.indicators.measures import Measure
from activitylog.indicators.status import Light, Planned, is_reached, light
from activitylog.projects.declaration.document import plain_number


@dataclass(frozen=True, slots=True)
class IndicatorActual:
    """One indicator at the end of one month: promise, figure and how it stands.

    `value` is in the indicator's unit (per cent with two decimals for rates); None when nothing is booked,
    there is nothing to divide by, or a person judges (`judged`). `target` is the one in force at the month's
    end, `declared_target` the one of the declaration.
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

    @property
    def is_percentage(self) -> bool:
        return self.measure is not None and self.measure.aggregation.is_percentage

    @property
    def figure(self) -> Decimal | None:
        """The measured figure, also where it is only evidence for a judgement."""
        if self.measure is None or self.amount is None:
            return None
        return figure_value(self.measure.aggregation.kind, self.amount, self.base, unit=self.unit)

    @property
    def value(self) -> Decimal | None:
        return None if self.target is None else self.figure

    @property
    def is_reached(self) -> bool | None:
        if self.judged is not None:
            return self.judged.is_reached
        if self.value is None or self.target is None:
            return None
        return is_reached(self.operator, self.value, self.target, self.tolerance)

    @property
    def light(self) -> Light | None:
        if self.judged is not None:
            return self.judged.light
        return light(
            operator=self.operator,
            level2=self.level2,
            value=self.value,
            target=self.target,
            month=self.period.month,
            is_percentage=self.is_percentage,
            tolerance=self.tolerance,
            planned=self.planned,
        )

    @property
    def target_text(self) -> str:
        return self.target_word if self.target is None else plain_number(self.target)

    @property
    def value_text(self) -> str | None:
        if self.judged is not None:
            return self.judged.word
        return None if self.value is None else format_figure(self.value, is_percentage=self.is_percentage)


def format_figure(value: Decimal, *, is_percentage: bool) -> str:
    """Two decimals for a percentage, no trailing zeros for anything else."""
    return f"{value:.2f}" if is_percentage else plain_number(value)
