"""The indicators behind their plan, as one line each, for the home page and a project's."""

from collections.abc import Sequence
from dataclasses import dataclass

from activitylog.indicators.actual import IndicatorActual
from activitylog.rollup.periods.rules import slow_rows


@dataclass(frozen=True, slots=True)
class SlowIndicator:
    """An indicator with a red or yellow status, its figure and its plan as texts."""

    row: IndicatorActual
    value: str
    target: str
    unit: str
    plan: str


def slow_indicators(rows: Sequence[IndicatorActual]) -> list[SlowIndicator]:
    """The indicators with a red or yellow status, the worst first."""
    return [
        SlowIndicator(
            row=row,
            value=row.value_text if row.judged is None else row.judged.word,
            target=row.bare_target_text.lstrip("≥>="),
            unit=row.figure_unit if row.judged is None else "",
            plan=row.plan_text or row.base_text.strip("（）") if row.judged is None else "",
        )
        for row in slow_rows(rows)
    ]
