"""Sets and clears monthly plans, and adjusts targets by a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Any

from sqlalchemy import SQLColumnExpression, func, insert, literal, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period, business_day, day_label
from activitylog.core.records import check_past, check_year, limited_text
from activitylog.core.text.words import one_line
from activitylog.errors import BadInput, PeriodClosed, Refused
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule
from activitylog.indicators.status import MONTHS
from activitylog.indicators.targets.models import ClosedTarget, MonthlyPlan, TargetAdjustment
from activitylog.indicators.targets.queries import adjustments_of, target_and_plan, target_in_force
from activitylog.projects.declaration.document import plain_number
from activitylog.projects.models import Indicator, Project

LONGEST_REFERENCE, LONGEST_REASON = 120, 500
WHOLE_FROM = 12  # a smaller target has no whole share a month
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A target changed by a document."""

    target: Decimal
    reference: str
    adjusted_on: date
    reason: str


def takes_plan(session: Session, indicator: Indicator) -> bool:
    """Whether its figure grows month by month towards a target; a quotient and a limit have no share."""
    rule = session.get(Rule, indicator.id)
    measure = BY_KEY.get(rule.measure or "") if rule else None
    is_quotient = indicator.unit == "%" or (measure is not None and measure.aggregation.kind.is_quotient)
    return not (is_quotient or indicator.target is None or indicator.operator in {"≤", "<"})


def fill_linear(target: Decimal) -> list[Decimal]:
    """An even share a month, rounded to whole numbers or tenths; December is the target itself."""
    return fill_by_shares(target, [Decimal(month) / MONTHS for month in range(1, MONTHS + 1)])


def fill_by_shares(target: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """The target by the share of it due at each month's end, rounded likewise and never falling."""
    is_whole = target == target.to_integral_value()
    step = Decimal(1) if is_whole and target >= WHOLE_FROM else TENTH
    figures = [(target * share).quantize(step, ROUND_HALF_UP) for share in shares[: MONTHS - 1]]
    return [*accumulate((min(max(figure, Decimal(0)), target) for figure in figures), max), target]


def fill_by_event(target: Decimal, month: int) -> list[Decimal]:
    """0 before the event's month, the whole target from then on."""
    return [target if each >= month else Decimal(0) for each in range(1, MONTHS + 1)]


def set_plan(session: Session, indicator: Indicator, cumulative: Sequence[Decimal]) -> None:
    """Store the cumulative figures due by each month's end; December must be the target in force."""
    if not takes_plan(session, indicator):
        raise Refused(f"“{indicator.name}”不按月累计，不用编月度计划。")
    target = target_in_force(session, indicator) or Decimal(0)
    _check_plan(indicator, cumulative, target)
    stored = {plan.month: plan for plan in _plans(session, indicator)}
    for month, figure in enumerate(cumulative, start=1):
        if month not in stored:
            session.add(MonthlyPlan(indicator_id=indicator.id, month=month, cumulative=figure))
        elif stored[month].cumulative != figure:
            stored[month].cumulative = figure
    session.flush()


def _check_plan(indicator: Indicator, cumulative: Sequence[Decimal], target: Decimal) -> None:
    if len(cumulative) != MONTHS:
        raise BadInput("月度计划要有 1 月到 12 月的十二个累计数。")
    before = Decimal(0)
    for month, figure in enumerate(cumulative, start=1):
        if figure < 0:
            raise BadInput(f"{month}月的累计数不能小于 0。", field=f"month_{month}")
        if figure < before:
            raise BadInput(
                f"{month}月的累计数 {plain_number(figure)} 比 {month - 1}月的 {plain_number(before)} 少；"
                "这里填的是年初到月底的累计，只能不变或增加。",
                field=f"month_{month}",
            )
        before = figure
    if cumulative[-1] != target:
        raise BadInput(
            f"12月的累计数应等于全年目标 {plain_number(target)} {indicator.unit}，"
            f"现在是 {plain_number(cumulative[-1])}。目标有变请先登记目标调整。",
            field=f"month_{MONTHS}",
        )


def clear_plan(session: Session, indicator: Indicator) -> None:
    """Go back to an even share a month."""
    for plan in _plans(session, indicator):
        session.delete(plan)
    session.flush()


def store_closed_targets(session: Session, month: Period) -> None:
    """Copy the year's targets and plans as they are at the end of a month that is being closed."""
    adjusted, reached, whole = target_and_plan(month)
    values: dict[str, SQLColumnExpression[Any]] = {
        "indicator_id": Indicator.id,
        "period": literal(str(month)),
        "operator": Indicator.operator,
        "target": func.coalesce(adjusted, Indicator.target),
        "target_word": Indicator.target_word,
        "unit": Indicator.unit,
        "tolerance": func.coalesce(Rule.tolerance, literal(Decimal(0), Rule.tolerance.type)),
        "reached": reached,
        "whole": whole,
    }
    rows = (
        select(*values.values())
        .join(Project, Project.id == Indicator.project_id)
        .outerjoin(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.year == month.year)
    )
    session.execute(insert(ClosedTarget).from_select(list(values), rows))


def _plans(session: Session, indicator: Indicator) -> list[MonthlyPlan]:
    return list(session.scalars(select(MonthlyPlan).where(MonthlyPlan.indicator_id == indicator.id)))


def adjust_target(
    session: Session, indicator: Indicator, details: Adjustment, *, by: User | None, now: datetime
) -> TargetAdjustment:
    """Change a target from a day on; the declared one stays, and so do the months already closed."""
    if indicator.target is None:
        raise Refused(f"“{indicator.name}”是定性指标，没有可以调整的指标值。")
    if details.target < 0:
        raise BadInput("调整后的指标值不能小于 0。", field="target")
    reference = limited_text(
        details.reference,
        LONGEST_REFERENCE,
        thing="调整文号",
        field="reference",
        is_required=True,
        read=one_line,
    )
    reason = limited_text(details.reason, LONGEST_REASON, thing="调整理由", field="reason", is_required=True)
    day = details.adjusted_on
    check_year(day, indicator.project.year, thing="调整日期", field="adjusted_on")
    check_past(day, business_day(now), thing="调整日期", field="adjusted_on")
    _check_open(session, day)
    _check_order(session, indicator, day, details.target)
    adjustment = TargetAdjustment(
        indicator_id=indicator.id,
        target=details.target,
        reference=reference,
        adjusted_on=day,
        reason=reason,
        created_by_id=by.id if by else None,
        created_at=now,
    )
    session.add(adjustment)
    session.flush()
    return adjustment


def _check_open(session: Session, day: date) -> None:
    """Refuse a day in or before a closed month: its target is final."""
    month = Period.of(day)
    last = session.scalar(
        select(func.max(Closing.period)).where(Closing.period.between(month, Period(day.year, MONTHS)))
    )
    if last is None:
        return
    advice = (
        "请先反结账。"
        if last.month == MONTHS
        else f"请把调整日期写为{last.next.label}1日或以后，或先反结账。"
    )
    raise PeriodClosed(f"{last.label}已经结账，它用的目标不能再变。{advice}", field="adjusted_on")


def _check_order(session: Session, indicator: Indicator, day: date, target: Decimal) -> None:
    """Refuse an adjustment dated before the last one, and one that changes nothing."""
    earlier = adjustments_of(session, indicator.id)
    if earlier and day < earlier[-1].adjusted_on:
        raise BadInput(
            f"{day_label(earlier[-1].adjusted_on)}已调整过（{earlier[-1].reference}），"
            "新的调整日期不能早于它。",
            field="adjusted_on",
        )
    if target == (earlier[-1].target if earlier else indicator.target):
        raise BadInput(f"现在的指标值就是 {plain_number(target)}，没有变化。", field="target")
