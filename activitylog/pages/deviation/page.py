"""The page of the reason for a deviation: why it is required, a draft from the records, and its history."""

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
from activitylog.pages.project.page import load_month
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
class DeviationText:
    """A deviation with its cause and its outlook as texts."""

    deviation: Deviation
    cause: str
    outlook: str


@dataclass(frozen=True, slots=True)
class DeviationHistoryLine:
    """One deviation of the history, as texts."""

    at: datetime
    who: str
    what: str
    reason: str
    outlook: str


@dataclass(frozen=True, slots=True)
class MonthReason:
    """The reason given for a month; why one is required, and whether it is missing or outdated."""

    text: DeviationText | None
    why: str
    is_missing: bool
    outdated: str


@dataclass(frozen=True, slots=True)
class DeviationPage:
    """The page of an indicator's deviation at a month's end, without its form."""

    indicator: Indicator
    period: Period
    month: Month
    row: IndicatorActual
    reason: MonthReason
    status_text: str
    shortfall: str
    sentence: str
    target: str
    outlook: Sequence[str]
    draft: str
    history: Sequence[DeviationHistoryLine]

    @property
    def has_outlook(self) -> bool:
        """Whether a part of the year is left, so that the form has fields for an outlook."""
        return self.period.month < MONTHS


def reason_of_month(session: Session, row: IndicatorActual, month: Month) -> MonthReason:
    current = current_deviation(session, row.indicator_id, row.period)
    why = deviation_kinds_of(row) if month.is_rolled_up else ()
    return MonthReason(
        text=deviation_text(current, row.unit) if current else None,
        why="，".join(why),
        is_missing=bool(why) and not is_explained(current),
        outdated=outdated_text(current, row) if month.is_rolled_up else "",
    )


def deviation_page(session: Session, indicator: Indicator, period: Period, *, today: date) -> DeviationPage:
    month = load_month(session, period, today)
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
        target=target_text(row),
        outlook=forecast_sentences(row),
        draft=draft_explanation(session, indicator, row),
        history=[_history_line(each, by, indicator) for each, by in deviations_of(session, indicator)],
    )


def initial_values(session: Session, page: DeviationPage) -> dict[str, Any]:
    """The form's initial values: the reason given before, else the draft from the records."""
    row = page.row
    current = current_deviation(session, row.indicator_id, page.period)
    if current is not None:
        return {each.name: getattr(current, each.name) for each in fields(Explanation)}
    is_well = not deviation_kinds_of(row) and row.status in {IndicatorStatus.GREEN, IndicatorStatus.BLUE}
    return {"explanation": page.draft, "likelihood": Likelihood.CERTAIN if is_well else None}


def deviation_text(deviation: Deviation, unit: str) -> DeviationText:
    cause = CAUSE_LABELS[deviation.cause] if deviation.cause else ""
    return DeviationText(deviation, cause, _outlook(deviation, unit))


def _outlook(deviation: Deviation, unit: str) -> str:
    if deviation.likelihood is None:
        return ""
    text = f"完成可能性：{LIKELIHOOD_LABELS[deviation.likelihood]}"
    if deviation.forecast is not None:
        return f"{text}，全年预计完成 {with_unit(number_text(deviation.forecast), unit)}"
    return f"{text}，全年预计“{deviation.forecast_word}”" if deviation.forecast_word else text


def _history_line(deviation: Deviation, by: str, indicator: Indicator) -> DeviationHistoryLine:
    text = deviation_text(deviation, indicator.unit)
    return DeviationHistoryLine(
        at=deviation.written_at,
        who=by,
        what=f"说明{deviation.period.label}",
        reason="：".join(part for part in (text.cause, deviation.explanation) if part),
        outlook=text.outlook,
    )
