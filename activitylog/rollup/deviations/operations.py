"""Explains deviations; a new row replaces the old."""

from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.core.records import limited_text
from activitylog.core.text.words import one_line
from activitylog.errors import BadInput, Refused
from activitylog.indicators.figure_text import target_text
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.queries import current_deviation, month_end_figure
from activitylog.rollup.deviations.rules import (
    LONGEST_EXPLANATION,
    LONGEST_WORD,
    Explanation,
    check_explanation,
)
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import is_rolled_up


def explain(
    session: Session,
    indicator: Indicator,
    period: Period,
    explanation: Explanation,
    *,
    by: User | None,
    now: datetime,
) -> Deviation:
    """Store the explanation of a rolled-up month, also of a closed one: it changes no figure."""
    check_month(session, indicator, period)
    for field, sentence in explanation_errors(session, indicator, period, explanation):
        raise BadInput(sentence, field=field)
    fitting = _fitting(indicator, period, explanation)
    current = current_deviation(session, indicator.id, period)
    figure = indicator_actual(session, indicator.id, period).outcome_text
    if current is not None and _is_same(current, fitting, figure):
        raise Refused("与现有的说明完全相同，没有再记一次。")
    deviation = Deviation(
        indicator_id=indicator.id,
        period=period,
        **{each.name: getattr(fitting, each.name) for each in fields(fitting)},
        figure=figure,
        written_by_id=by.id if by else None,
        written_at=now,
    )
    session.add(deviation)
    session.flush()
    return deviation


def _is_same(current: Deviation, fitting: Explanation, figure: str) -> bool:
    is_same_text = all(getattr(current, each.name) == getattr(fitting, each.name) for each in fields(fitting))
    return is_same_text and current.figure in {None, figure}


def check_month(session: Session, indicator: Indicator, period: Period) -> None:
    """Refuse a month of another year, and one not rolled up: its figure still changes."""
    if period.year != indicator.project.year:
        raise BadInput(f"这是{indicator.project.year}年的指标，不能说明{period.label}。")
    if not is_rolled_up(session, period):
        raise Refused(f"{period.label}还没有汇总，完成值还没有定；请先汇总，再填写偏差原因。")


def explanation_errors(
    session: Session, indicator: Indicator, period: Period, explanation: Explanation
) -> list[tuple[str, str]]:
    """(field, sentence) of everything the month's figure requires and the explanation lacks."""
    row = indicator_actual(session, indicator.id, period)
    return list(check_explanation(explanation, month_end_figure(row), target_text(row)))


def _fitting(indicator: Indicator, period: Period, explanation: Explanation) -> Explanation:
    """The explanation without what does not apply to the indicator or month; texts checked for length."""
    thing, field = "偏差原因的说明", "explanation"
    explanation = replace(
        explanation,
        explanation=limited_text(explanation.explanation, LONGEST_EXPLANATION, thing=thing, field=field),
    )
    if period.month == 12:
        return replace(explanation, likelihood=None, forecast=None, forecast_word="")
    if not indicator.is_qualitative:
        return replace(explanation, forecast_word="")
    word = limited_text(
        explanation.forecast_word, LONGEST_WORD, thing="全年预计完成值", field="forecast_word", read=one_line
    )
    return replace(explanation, forecast=None, forecast_word=word)
