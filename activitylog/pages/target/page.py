"""The page of a monthly plan: the figures of the form as a curve, and what may fill them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from activitylog.indicators.figure_text import number_text, target_text
from activitylog.indicators.status import MONTHS
from activitylog.indicators.targets.forms import PlanForm
from activitylog.indicators.targets.models import TargetAdjustment
from activitylog.indicators.targets.operations import fill_by_shares
from activitylog.indicators.targets.queries import adjustments_of, plan_of_year, target_in_force
from activitylog.pages.project.queries import actuals_by_indicator
from activitylog.projects.declaration.document import plain_number
from activitylog.projects.models import Indicator
from activitylog.projects.queries import indicator_of_year_before
from activitylog.reports.charts import MonthColumn


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A monthly plan; `stored` is the one in use, `last_year` says whether last year's may be followed."""

    indicator: Indicator
    form: PlanForm
    declared: str
    in_force: str
    adjustments: Sequence[TargetAdjustment]
    stored: Sequence[Decimal]
    is_outdated: bool
    is_filled: bool
    event_month: int
    last_year: bool
    curve: Sequence[MonthColumn]


def plan_page(
    session: Session, indicator: Indicator, form: PlanForm, *, is_filled: bool, event_month: int
) -> PlanPage:
    stored = plan_of_year(session, indicator.id)
    in_force = target_in_force(session, indicator) or Decimal(0)
    return PlanPage(
        indicator=indicator,
        form=form,
        declared=target_text(indicator),
        in_force=plain_number(in_force),
        adjustments=adjustments_of(session, indicator.id),
        stored=stored,
        is_outdated=bool(stored) and stored[-1] != in_force,
        is_filled=is_filled and not form.is_submitted(),
        event_month=event_month,
        last_year=bool(plan_of_last_year(session, indicator)),
        curve=_curve(form, indicator.unit),
    )


def plan_of_last_year(session: Session, indicator: Indicator) -> list[Decimal]:
    """The target spread as last year's figure grew; empty where last year had none."""
    before = indicator_of_year_before(session, indicator)
    if before is None:
        return []
    actuals = actuals_by_indicator(session, [before.project_id], before.project.year).get(before.id, [])
    amounts = [each.amount or 0 for each in actuals]
    if len(amounts) < MONTHS or amounts[-1] <= 0:
        return []
    target = target_in_force(session, indicator) or Decimal(0)
    return fill_by_shares(target, [Decimal(amount) / amounts[-1] for amount in amounts])


def _curve(form: PlanForm, unit: str) -> list[MonthColumn]:
    """The figures of the form as columns; none while one of them cannot be read."""
    figures = [field.data for field in form.months]
    if any(figure is None for figure in figures) or not figures[-1]:
        return []
    added = [figure - before for figure, before in zip(figures, [Decimal(0), *figures], strict=False)]
    most = max(figures)
    return [
        MonthColumn(
            label=f"{month}月",
            figure=number_text(figure),
            own=float(max(figure, Decimal(0)) / most),
            state="booked",
            own_figure=number_text(more),
            sum_figure=f"{number_text(figure)} {unit}",
            is_labelled_on_phones=month % 3 == 0,
        )
        for month, figure, more in zip(range(1, MONTHS + 1), figures, added, strict=True)
    ]
