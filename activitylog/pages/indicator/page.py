"""What the indicator page shows: the figure, how it came about, and exactly the records behind it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from activitylog.core.districts import DISTRICTS
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    counts_words,
    figure_words,
    key_words,
    light_words,
    record_unit,
    shortfall_words,
    standing_words,
    total_words,
)
from activitylog.indicators.measures import Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.choices import filters_in_words
from activitylog.indicators.rules.operations import details_of
from activitylog.indicators.sources import SOURCE_LABELS
from activitylog.indicators.weights.queries import weight_of
from activitylog.indicators.weights.rules import points
from activitylog.pages.project.page import month_of_page
from activitylog.projects.models import Indicator
from activitylog.reports.charts import bullet_of, month_columns
from activitylog.rollup.drilldown import BookedRow, MonthSum, contributions_to, key_sums, month_sums, summed
from activitylog.rollup.live import compared
from activitylog.rollup.outlook import promise_shown
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import indicator_actual, latest_booked
from activitylog.web.paging import nearest_page

PAGE_SIZE = 100
POOLED = "everything_on_time"
CHECKED_AT_ONCE = 2_000  # records; holding more of them against the facts takes longer than a page may


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the list in words."""

    row: BookedRow
    counts: str
    key: str
    sort: str


@dataclass(frozen=True, slots=True)
class RecordMonth:
    """The records of one page that one month booked, under what the whole month came to."""

    month: MonthSum
    counts: str
    lines: list[RecordLine]


@dataclass(frozen=True, slots=True)
class Changes:
    """How the facts stand beside the books now."""

    records: int
    live: str


def shown_with(
    session: Session, indicator: Indicator, period: Period, *, today: date, page: int, check: bool
) -> dict[str, Any]:
    """The page's context besides the indicator; `check` holds any number of records against the facts."""
    month = month_of_page(session, period, today)
    row, changes, is_checked = _figure(session, indicator.id, month, today, check=check)
    sums = month_sums(session, indicator.id, Period(period.year, 12))
    rule = session.get(Rule, indicator.id)
    is_open = month.posted_at is None and row.amount is not None
    return {
        "row": row,
        "month": month,
        "is_coming": period.first_day > today,
        "sentence": standing_words(row),
        **promise_shown(session, indicator, row),
        "light_word": light_words(row),
        "shortfall": shortfall_words(row),
        "weight": points(weight_of(session, row.project_id, row.indicator_id)),
        "bar": bullet_of(row),
        "columns": month_columns(
            row,
            sums,
            last_booked=latest_booked(session, period.year),
            is_open=is_open,
            address=lambda each: f"/indicators/{indicator.id}?period={each}",
        )
        if row.measure and (sums or (is_open and row.amount))
        else None,
        "columns_unit": "%" if row.is_percentage else record_unit(row.unit),
        "filters": filters_in_words(details_of(rule), operator=indicator.operator, unit=indicator.unit)
        if rule
        else [],
        "changes": changes,
        "is_checked": is_checked,
        **_keys(session, row),
        "shown_period": period,
        **_records(session, row, [each for each in sums if each.period <= period], page),
    }


def _keys(session: Session, row: IndicatorActual) -> dict[str, Any]:
    """The districts or forms a distinct count stands for, with the records behind each."""
    key = row.measure.fold.key if row.measure else None
    sums = key_sums(session, row.indicator_id, row.period) if key in {"district", "form"} else {}
    return {
        "district_counts": sums if key == "district" else None,
        "missing": [each.name for each in DISTRICTS if each.code not in sums] if key == "district" else [],
        "form_counts": sorted(sums.items(), key=lambda pair: -pair[1]) if key == "form" else None,
        "districts": DISTRICTS,
    }


def _figure(
    session: Session, indicator_id: int, month: Month, today: date, *, check: bool
) -> tuple[IndicatorActual, Changes | None, bool]:
    """The booked figure with what has changed since, or the live one of a month not booked yet.

    The last says whether the books were held against the facts: very many records only when asked.
    """
    row = indicator_actual(session, indicator_id, month.period)
    if row.measure is None or month.period.first_day > today:
        return row, None, True
    if month.is_booked and row.records > CHECKED_AT_ONCE and not check:
        return row, None, False
    comparison = compared(session, indicator_id, row.measure, month.period)
    live = replace(row, amount=comparison.amount, base=comparison.base, posted_at=None, adjustments=0)
    if not month.is_booked:
        return live, None, True
    changes = Changes(comparison.changed, figure_words(live)) if comparison.changed else None
    return row, changes, True


def _records(session: Session, row: IndicatorActual, sums: list[MonthSum], page: int) -> dict[str, Any]:
    total = sum(month.rows for month in sums)
    page, pages = nearest_page(page, total, PAGE_SIZE)
    if row.measure is None or not total:
        return {"groups": [], "total": total, "page": 1, "pages": 1, "total_words": ""}
    rows = contributions_to(
        session, row.indicator_id, row.period, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    figure = summed(row.measure.fold.kind, sums)
    return {
        "groups": _by_month(rows, sums, row.measure, row.unit),
        "total": total,
        "page": page,
        "pages": pages,
        "total_words": total_words(row.measure, figure.amount, figure.base, row.unit),
    }


def _by_month(rows: list[BookedRow], sums: list[MonthSum], measure: Measure, unit: str) -> list[RecordMonth]:
    shown = {row.period for row in rows}
    return [
        RecordMonth(
            month,
            counts_words(measure, month, unit),
            [_line(row, measure, unit) for row in rows if row.period == month.period],
        )
        for month in reversed(sums)
        if month.period in shown
    ]


def _line(row: BookedRow, measure: Measure, unit: str) -> RecordLine:
    """`sort` tells records of several features apart where one measure pools them."""
    return RecordLine(
        row=row,
        counts=counts_words(measure, row, unit),
        key=key_words(measure, row.key),
        sort=SOURCE_LABELS[row.source] if measure.key == POOLED else "",
    )
