"""Reads target adjustments and monthly plans."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.models import Rule
from activitylog.indicators.status import MONTHS
from activitylog.indicators.targets.models import ClosedTarget, MonthlyPlan, TargetAdjustment
from activitylog.projects.models import Indicator


def target_and_plan(period: Period) -> Sequence[ColumnElement[Decimal]]:
    """Columns of an indicator at a month's end: adjusted target in force, plan to date, plan of December."""
    return (
        select(TargetAdjustment.target)
        .where(
            TargetAdjustment.indicator_id == Indicator.id,
            TargetAdjustment.adjusted_on <= period.last_day,
        )
        .order_by(TargetAdjustment.adjusted_on.desc(), TargetAdjustment.id.desc())
        .limit(1)
        .correlate(Indicator)
        .scalar_subquery()
        .label("adjusted"),
        _planned(period.month).label("reached"),
        _planned(MONTHS).label("whole"),
    )


def target_in_month(period: Period) -> Sequence[ColumnElement[Any]]:
    """Columns of an indicator's target and plan at a month's end; of a closed month, as it was closed.

    The statement joins the indicator's Rule and the month's ClosedTarget.
    """
    adjusted, reached, whole = target_and_plan(period)
    of_open_month: Mapping[str, Any] = {
        "operator": Indicator.operator,
        "target": func.coalesce(adjusted, Indicator.target),
        "target_word": Indicator.target_word,
        "unit": Indicator.unit,
        "tolerance": Rule.tolerance,
        "reached": reached,
        "whole": whole,
    }
    is_closed = ClosedTarget.indicator_id.is_not(None)
    return [
        case((is_closed, getattr(ClosedTarget, name)), else_=column).label(name)
        for name, column in of_open_month.items()
    ]


def _planned(month: int) -> ScalarSelect[Decimal]:
    rows = select(MonthlyPlan.cumulative).where(
        MonthlyPlan.indicator_id == Indicator.id, MonthlyPlan.month == month
    )
    return rows.correlate(Indicator).scalar_subquery()


def adjustments_of(session: Session, indicator_id: int) -> list[TargetAdjustment]:
    """Every adjustment, in the order they came into force."""
    rows = select(TargetAdjustment).where(TargetAdjustment.indicator_id == indicator_id)
    return list(session.scalars(rows.order_by(TargetAdjustment.adjusted_on, TargetAdjustment.id)))


def target_in_force(session: Session, indicator: Indicator) -> Decimal | None:
    """The target as last adjusted, else as declared."""
    adjusted = adjustments_of(session, indicator.id)
    return adjusted[-1].target if adjusted else indicator.target


def plan_of_year(session: Session, indicator_id: int) -> list[Decimal]:
    """The twelve cumulative figures; empty where no plan was made."""
    rows = select(MonthlyPlan.cumulative).where(MonthlyPlan.indicator_id == indicator_id)
    return list(session.scalars(rows.order_by(MonthlyPlan.month)))
