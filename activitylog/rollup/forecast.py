"""Forecasts of an indicator's and a budget's year end, as sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.expenses.queries import paid_fen
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import smallest_step
from activitylog.indicators.figure_text import number_text, target_text, with_unit
from activitylog.indicators.status import (
    HUNDRED,
    MONTHS,
    OVERSHOOT,
    WIDEST_GAP,
    Planned,
    Projection,
    is_apart,
    is_underspent,
    money_floor,
    needed_per_month,
    overshoots,
    plan_to_date,
    projection,
)
from activitylog.indicators.targets.models import TargetAdjustment
from activitylog.indicators.targets.operations import takes_plan
from activitylog.indicators.targets.queries import adjustments_of, plan_of_year
from activitylog.projects.models import Indicator, Project

PLACES = 2  # of a figure a plan was scaled to
TENTH = Decimal("0.1")
WHOLE_FROM = 10  # smaller monthly figures are printed with a decimal


@dataclass(frozen=True, slots=True)
class TargetOverview:
    """An indicator's declared target, adjustments and plan, with forecast sentences."""

    outlook: Sequence[str]
    declared: str
    adjustments: Sequence[TargetAdjustment]
    plan: Sequence[str]
    takes_plan: bool


def target_overview(session: Session, indicator: Indicator, row: IndicatorActual) -> TargetOverview:
    return TargetOverview(
        outlook=forecast_sentences(row),
        declared=target_text(indicator),
        adjustments=adjustments_of(session, indicator.id),
        plan=_plan_in_force(plan_of_year(session, indicator.id), row.target),
        takes_plan=takes_plan(session, indicator),
    )


def _plan_in_force(plan: Sequence[Decimal], target: Decimal | None) -> list[str]:
    """The plan's twelve cumulative figures, scaled to the target in force."""
    if target is None:
        return []
    shares = [
        plan_to_date(target, month, is_percentage=False, planned=Planned(figure, plan[-1]))
        for month, figure in enumerate(plan, start=1)
    ]
    return [number_text(round(share, PLACES)) for share in shares]


def is_cumulative(row: IndicatorActual) -> bool:
    """Whether the figure adds up month by month towards its target."""
    return bool(row.target and row.target > 0) and not row.is_quotient and row.operator in {"≥", ">", "="}


def forecast_sentences(row: IndicatorActual) -> list[str]:
    """At most two sentences: the projected year end with what is still needed, and an overshoot."""
    if row.value is None or row.target is None or not is_cumulative(row):
        return []
    if overshoots(row.operator, row.value, row.target):
        beyond = (row.value / row.target - 1) * HUNDRED
        return [f"已超出目标 {beyond:.0f}%；超出 {OVERSHOOT:.0%} 以上，自评时要说明原因。"]
    if row.period.month == MONTHS:
        return []
    ends = _projection(row, row.value, row.target)
    sentences = [
        f"按目前进度，到年底{_projection_text(ends, row)}{_needed_text(row, row.value, row.target)}。"
    ]
    if overshoots(row.operator, ends.low, row.target):
        sentences.append(f"到年底会超出目标 {OVERSHOOT:.0%} 以上，届时要说明原因。")
    return sentences


def _projection(row: IndicatorActual, value: Decimal, target: Decimal) -> Projection:
    most = Decimal(row.measure.highest) if row.measure and row.measure.highest else None
    return projection(value, target, row.period.month, planned=row.planned, most=most)


def _projection_text(ends: Projection, row: IndicatorActual) -> str:
    step = TENTH if row.unit.startswith("万") else Decimal(1)
    low, high = (number_text(end.quantize(step, ROUND_HALF_UP)) for end in (ends.low, ends.high))
    return "约 " + with_unit(low if low == high else f"{low}～{high}", row.unit)


def _needed_text(row: IndicatorActual, value: Decimal, target: Decimal) -> str:
    beyond = smallest_step(row.unit) if row.operator == ">" else Decimal(0)
    needed = needed_per_month(value, target + beyond, row.period.month)
    if needed is None:
        return "，全年目标已达到"
    step = TENTH if needed < WHOLE_FROM else Decimal(1)
    figure = with_unit(number_text(needed.quantize(step, ROUND_UP)), row.unit)
    left = MONTHS - row.period.month
    return f"；要达到全年目标，余下 {left} 个月平均每月还要 {figure}"


def money_warnings(
    session: Session, project: Project, rows: Sequence[IndicatorActual], period: Period, today: date
) -> list[str]:
    """Sentences for low execution and for progress far from it; none for a month to come."""
    if period.first_day > today or project.budget_fen <= 0:
        return []
    paid = paid_fen(session, [project], until=period.last_day).get(project.id, 0)
    execution = Decimal(paid) * HUNDRED / project.budget_fen
    ended = period.month if period.last_day < today else period.month - 1
    sentences = []
    if is_underspent(execution, ended):
        sentences.append(f"截至{period.label}，执行率 {execution:.2f}%，低于应达到的 {money_floor(ended)}%。")
    progress = goal_progress(rows)
    if progress is not None and is_apart(progress, execution):
        comparison = "慢于" if progress < execution else "快于"
        sentences.append(
            f"截至{period.label}，数量指标平均完成 {progress:.2f}%，{comparison}执行率 {execution:.2f}%，"
            f"相差超过 {WIDEST_GAP} 个百分点。"
        )
    return sentences


def goal_progress(rows: Sequence[IndicatorActual]) -> Decimal | None:
    """The mean share of the year's targets reached, in per cent, over what adds up; none counts above 100."""
    shares = [
        min((row.value or Decimal(0)) / row.target, Decimal(1))
        for row in rows
        if row.target and is_cumulative(row)
    ]
    return sum(shares, Decimal(0)) * HUNDRED / len(shares) if shares else None
