"""Reads target adjustments and monthly plans."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.status import MONTHS
from activitylog.indicators.targets.models import MonthlyPlan, TargetAdjustment
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
