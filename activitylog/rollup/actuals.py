"""Writes the actuals of the open months from their totals; only the rows that differ."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from activitylog.core.dialects import insert_for
from activitylog.core.period import Period
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.rules.operations import details_of, rules_of
from activitylog.indicators.rules.rules import filter_sentences
from activitylog.projects.models import Indicator
from activitylog.rollup.models import COUNTING, Actual, Finding
from activitylog.rollup.monthly_totals import (
    MonthlyTotal,
    MonthlyTotals,
    MonthPostings,
    PostedMonths,
    changed_months,
    contribution_totals,
    totals_to_date,
)
from activitylog.rollup.postings import CHANGED_MONTH
from activitylog.rollup.roll_up_range import RollUpRange, year_indicators

_POSTED = ("postings", "adjustments", "checksum")
_FIGURES = ("measure", "amount", "base", "records", *_POSTED, "filters")
IndicatorMonth: TypeAlias = tuple[int, Period]
Measures: TypeAlias = dict[int, Measure | None]
Filters: TypeAlias = dict[int, str]  # of a rule, one sentence a line, by indicator
ActualValues: TypeAlias = dict[IndicatorMonth, dict[str, Any]]


def write_actuals(session: Session, span: RollUpRange, *, now: datetime) -> None:
    """One row per indicator and open month; every one of them says that it was rolled up `now`."""
    rules = _measures_and_filters(session, span.year)
    _note_wrong(session, rules, span)
    posted = changed_months(session)
    first = min((month for _, month in posted), default=span.last.next)
    if first <= span.last:
        months = tuple(month for month in span.months if month >= first)
        _write_changed(session, rules, months, posted, now=now)
    of_year = Actual.indicator_id.in_(year_indicators(span.year))
    rolled_up = update(Actual).where(span.is_open(Actual.period), of_year)
    # no object of the session is kept in step: the statement would read back every row
    without_reading = {"synchronize_session": False}
    session.execute(rolled_up.values(posted_at=now, counting=COUNTING), execution_options=without_reading)


def _write_changed(
    session: Session,
    rules: tuple[Measures, Filters],
    months: Sequence[Period],
    posted: PostedMonths,
    *,
    now: datetime,
) -> None:
    """Write the actuals that differ of `months`, the open ones from the first changed one on."""
    measures, filters = rules
    stored = _stored_actuals(session, months)
    posted = {key: MonthPostings(*(row[name] for name in _POSTED)) for key, row in stored.items()} | posted
    totals = contribution_totals(session, first=months[0])
    changed = []
    for (indicator_id, month), total in _totals_to_date(measures, months, totals):
        key = indicator_id, month
        values = actual_values(measures[indicator_id], total, posted[key])
        values["filters"] = filters[indicator_id]
        if values != stored.get(key):
            changed.append({"indicator_id": indicator_id, "period": month, "posted_at": now, **values})
    _replace(session, changed)


def actual_values(measure: Measure | None, total: MonthlyTotal, posted: MonthPostings) -> dict[str, Any]:
    """What an actual holds of its totals, by the measure it is counted with."""
    amount = total.keys if measure and measure.aggregation.counts_keys else total.amount
    return {
        "measure": measure.key if measure else None,
        "amount": amount if measure else None,
        "base": total.base if measure and measure.aggregation.base else None,
        "records": total.records,
        "postings": posted.postings,
        "adjustments": posted.adjustments,
        "checksum": posted.checksum,
    }


def _measures_and_filters(session: Session, year: int) -> tuple[Measures, Filters]:
    indicators = session.scalars(select(Indicator).where(Indicator.id.in_(year_indicators(year)))).all()
    rules = rules_of(session, {indicator.project_id for indicator in indicators})
    measures: Measures = {}
    filters: Filters = {}
    for each in indicators:
        rule = rules.get(each.id)
        measures[each.id] = BY_KEY.get(rule.measure or "") if rule else None
        sentences = filter_sentences(details_of(rule), operator=each.operator, unit=each.unit) if rule else []
        filters[each.id] = "\n".join(sentences)
    return measures, filters


def _stored_actuals(session: Session, months: Sequence[Period]) -> ActualValues:
    """The actuals of open months of a year as they were rolled up before."""
    columns = [getattr(Actual, name) for name in _FIGURES]
    rows = session.execute(
        select(Actual.indicator_id, Actual.period, *columns).where(
            Actual.indicator_id.in_(year_indicators(months[0].year)),
            Actual.period.between(months[0], months[-1]),
        )
    )
    return {(row[0], row[1]): dict(zip(_FIGURES, row[2:], strict=True)) for row in rows}


def _note_wrong(session: Session, rules: tuple[Measures, Filters], span: RollUpRange) -> None:
    """Add to CHANGED_MONTH what has no actual, one of another rule or one the last audit found wrong."""
    measures, filters = rules
    of_span = Actual.indicator_id.in_(year_indicators(span.year)), span.is_open(Actual.period)
    wrong = _without_actual(session, span, measures)
    for indicator_id, key, sentences in session.execute(
        select(Actual.indicator_id, Actual.measure, Actual.filters).where(*of_span).distinct()
    ):
        measure = measures[indicator_id]
        if (key, sentences) != (measure.key if measure else None, filters[indicator_id]):
            wrong |= {(indicator_id, month) for month in span.months}
    found = session.execute(select(Finding.indicator_id, Finding.period).where(Finding.is_error))
    wrong |= {(number, month) for number, month in found if number in measures and month in span.months}
    if wrong:
        rows = [{"indicator_id": indicator_id, "period": month} for indicator_id, month in wrong]
        session.execute(insert_for(session, CHANGED_MONTH).on_conflict_do_nothing(), rows)


def _without_actual(session: Session, span: RollUpRange, measures: Measures) -> set[IndicatorMonth]:
    of_year = Actual.indicator_id.in_(year_indicators(span.year))
    counts = select(Actual.period, func.count()).where(of_year, span.is_open(Actual.period))
    count_by_month = {row[0]: row[1] for row in session.execute(counts.group_by(Actual.period))}
    months = [month for month in span.months if count_by_month.get(month) != len(measures)]
    present = select(Actual.indicator_id, Actual.period).where(of_year, Actual.period.in_(months))
    expected = {(indicator_id, month) for indicator_id in measures for month in months}
    return expected.difference(tuple(row) for row in session.execute(present))


def _totals_to_date(
    measures: Measures, months: Sequence[Period], totals: MonthlyTotals
) -> Iterator[tuple[IndicatorMonth, MonthlyTotal]]:
    for indicator_id in measures:
        to_date = totals_to_date(totals.get(indicator_id, {}), months)
        for month, total in zip(months, to_date, strict=True):
            yield (indicator_id, month), total


def _replace(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    for month, of_month in groupby(sorted(rows, key=lambda row: row["period"]), lambda row: row["period"]):
        ids = [row["indicator_id"] for row in of_month]
        session.execute(delete(Actual).where(Actual.period == month, Actual.indicator_id.in_(ids)))
    if rows:
        session.execute(insert(Actual), rows)
