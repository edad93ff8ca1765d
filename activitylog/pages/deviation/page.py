"""What the pages show of reasons: why one is asked for, what was said, and what the records say first."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    number_text,
    target_text,
    with_unit,
)
from activitylog.indicators.status import MONTHS, IndicatorStatus
from activitylog.pages.project.page import month_of_page
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations.drafting import draft_explanation
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.queries import (
    current_deviation,
    deviation_kinds_of,
    deviations_of,
    is_explained,
    outdated_text,
)
from activitylog.rollup.deviations.rules import CAUSE_LABELS, LIKELIHOOD_LABELS, Explanation, Likelihood
from activitylog.rollup.forecast import forecast_sentences
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import indicator_actual


@dataclass(frozen=True, slots=True)
class Said:
    """A deviation in words."""

    deviation: Deviation
    cause: str
    outlook: str


@dataclass(frozen=True, slots=True)
class Told:
    """One deviation of the history."""

    at: datetime
    who: str
    what: str
    reason: str
    outlook: str


@dataclass(frozen=True, slots=True)
class MonthReason:
    """The reason that stands for a month; why one is asked for, and whether it is missing or out of date."""

    said: Said | None
    why: str
    is_missing: bool
    outdated: str


@dataclass(frozen=True, slots=True)
class DeviationPage:
    """The page of an indicator's reasons at a month's end, without its form."""

    indicator: Indicator
    period: Period
    month: Month
    row: IndicatorActual
    reason: MonthReason
    status_text: str
    shortfall: str
    sentence: str
    target_text: str
    outlook: Sequence[str]
    draft: str
    history: Sequence[Told]

    @property
    def asks_outlook(self) -> bool:
        """Whether some of the year is left to look forward to."""
        return self.period.month < MONTHS


def reason_of_month(session: Session, row: IndicatorActual, month: Month) -> MonthReason:
    standing = current_deviation(session, row.indicator_id, row.period)
    why = deviation_kinds_of(row) if month.is_rolled_up else ()
    return MonthReason(
        said=said_of(standing, row.unit) if standing else None,
        why="，".join(why),
        is_missing=bool(why) and not is_explained(standing),
        outdated=outdated_text(standing, row) if month.is_rolled_up else "",
    )


def deviation_page(session: Session, indicator: Indicator, period: Period, *, today: date) -> DeviationPage:
    month = month_of_page(session, period, today)
    row = indicator_actual(session, indicator.id, period)
    return DeviationPage(
        indicator=indicator,
        period=period,
        month=month,
        row=row,
        reason=reason_of_month(session, row, month),
        status_text=row.status_text,
        shortfall=row.shortfall_text,
        sentence=row.sentence,
        target_text=target_text(row),
        outlook=forecast_sentences(row),
        draft=draft_explanation(session, indicator, row) if month.is_rolled_up else "",
        history=[_told(each, by, indicator) for each, by in deviations_of(session, indicator)],
    )


def first_answers(session: Session, indicator: Indicator, period: Period) -> dict[str, Any]:
    """What the form begins with: the words that stand, else what the records say."""
    standing = current_deviation(session, indicator.id, period)
    if standing is not None:
        return {each.name: getattr(standing, each.name) for each in fields(Explanation)}
    row = indicator_actual(session, indicator.id, period)
    is_well = not deviation_kinds_of(row) and row.status in {IndicatorStatus.GREEN, IndicatorStatus.BLUE}
    return {
        "explanation": draft_explanation(session, indicator, row),
        "likelihood": Likelihood.CERTAIN if is_well else None,
    }


def said_of(deviation: Deviation, unit: str) -> Said:
    cause = CAUSE_LABELS[deviation.cause] if deviation.cause else ""
    return Said(deviation, cause, _outlook(deviation, unit))


def _outlook(deviation: Deviation, unit: str) -> str:
    if deviation.likelihood is None:
        return ""
    said = f"完成可能性：{LIKELIHOOD_LABELS[deviation.likelihood]}"
    if deviation.forecast is not None:
        return f"{said}，全年预计完成 {with_unit(number_text(deviation.forecast), unit)}"
    return f"{said}，全年预计“{deviation.forecast_word}”" if deviation.forecast_word else said


def _told(deviation: Deviation, by: str, indicator: Indicator) -> Told:
    said = said_of(deviation, indicator.unit)
    return Told(
        at=deviation.written_at,
        who=by,
        what=f"说明{deviation.period.label}",
        reason="：".join(part for part in (said.cause, deviation.explanation) if part),
        outlook=said.outlook,
    )
