"""What the indicator page shows: the figure, how it came about, and exactly the records behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    aggregation_text,
    contribution_text,
    key_text,
    record_unit,
)
from activitylog.indicators.measures import Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.filters import filter_sentences
from activitylog.indicators.rules.operations import details_of
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.indicators.weights.queries import weight_of
from activitylog.indicators.weights.rules import points
from activitylog.pages.deviation.page import MonthReason, reason_of_month
from activitylog.pages.project.page import month_of_page
from activitylog.projects.models import Indicator
from activitylog.reports.charts import Bullet, Columns, bullet_of, month_columns
from activitylog.rollup.drilldown import MonthSum, PostingRow, contributions_to, key_sums, month_sums, summed
from activitylog.rollup.forecast import TargetOverview, target_overview
from activitylog.rollup.live_figure import compare_with_postings
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import indicator_actual, last_rolled_up

PAGE_SIZE = 100
CHECKED_AT_ONCE = 2_000  # records; holding more of them against the facts takes longer than a page may


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the list in words."""

    row: PostingRow
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


@dataclass(frozen=True, slots=True)
class KeysShown:
    """What a distinct count counted, with the records behind each: on the map of districts, or listed."""

    districts: Mapping[str, int] = field(default_factory=dict)
    missing: Sequence[str] = ()
    listed: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class RecordsShown:
    """One page of the records behind the figure, under the months that booked them."""

    groups: Sequence[RecordMonth] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    aggregation_text: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """An indicator's page at a month's end; `is_checked` says that the books were held against the facts."""

    indicator: Indicator
    period: Period
    month: Month
    row: IndicatorActual
    is_coming: bool
    sentence: str
    status_text: str
    shortfall: str
    weight: str
    bar: Bullet | None
    columns: Columns | None
    columns_unit: str
    filters: Sequence[str]
    changes: Changes | None
    is_checked: bool
    target: TargetOverview
    reason: MonthReason
    keys: KeysShown
    records: RecordsShown


def page_of(
    session: Session, indicator: Indicator, period: Period, *, today: date, number: int, check: bool
) -> IndicatorPage:
    """The page with its list of records at page `number`; `check` holds any number against the facts."""
    month = month_of_page(session, period, today)
    row, changes, is_checked = _figure(session, indicator.id, month, today, check=check)
    sums = month_sums(session, indicator.id, Period(period.year, 12))
    return IndicatorPage(
        indicator=indicator,
        period=period,
        month=month,
        row=row,
        is_coming=period.first_day > today,
        sentence=row.sentence,
        status_text=row.status_text,
        shortfall=row.shortfall_text,
        weight=points(weight_of(session, row.project_id, row.indicator_id)),
        bar=bullet_of(row),
        columns=_columns(session, row, month, sums),
        columns_unit="%" if row.is_percentage else record_unit(row.unit),
        filters=_filters(session, indicator),
        changes=changes,
        is_checked=is_checked,
        target=target_overview(session, indicator, row),
        reason=reason_of_month(session, row, month),
        keys=_keys(session, row),
        records=_records(session, row, [each for each in sums if each.period <= period], number),
    )


def _columns(
    session: Session, row: IndicatorActual, month: Month, sums: Sequence[MonthSum]
) -> Columns | None:
    is_open = month.posted_at is None and row.amount is not None
    if row.measure is None or not (sums or (is_open and row.amount)):
        return None
    return month_columns(
        row,
        sums,
        last_booked=last_rolled_up(session, row.period.year),
        is_open=is_open,
        address=lambda each: f"/indicators/{row.indicator_id}?period={each}",
    )


def _filters(session: Session, indicator: Indicator) -> list[str]:
    rule = session.get(Rule, indicator.id)
    if rule is None:
        return []
    return filter_sentences(details_of(rule), operator=indicator.operator, unit=indicator.unit)


def _keys(session: Session, row: IndicatorActual) -> KeysShown:
    """The districts or forms a distinct count stands for, with the records behind each."""
    keys = row.measure.keys if row.measure else None
    if keys is None or not keys.heading:
        return KeysShown()
    sums = key_sums(session, row.indicator_id, row.period)
    if not keys.names:
        return KeysShown(listed=sorted(sums.items(), key=lambda pair: -pair[1]))
    missing = [name for key, name in keys.names.items() if key not in sums]
    return KeysShown(districts=sums, missing=missing)


def _figure(
    session: Session, indicator_id: int, month: Month, today: date, *, check: bool
) -> tuple[IndicatorActual, Changes | None, bool]:
    """The booked figure with what has changed since, or the live one of a month not booked yet.

    The last says whether the books were held against the facts: very many records only when asked.
    """
    row = indicator_actual(session, indicator_id, month.period)
    if row.measure is None or month.period.first_day > today:
        return row, None, True
    if month.is_rolled_up and row.records > CHECKED_AT_ONCE and not check:
        return row, None, False
    comparison = compare_with_postings(session, indicator_id, row.measure, month.period)
    live = replace(row, amount=comparison.amount, base=comparison.base, posted_at=None, adjustments=0)
    if not month.is_rolled_up:
        return live, None, True
    changes = Changes(comparison.changed, live.figure_text) if comparison.changed else None
    return row, changes, True


def _records(session: Session, row: IndicatorActual, sums: list[MonthSum], number: int) -> RecordsShown:
    total = sum(month.rows for month in sums)
    if row.measure is None or not total:
        return RecordsShown(total=total)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(number, 1), pages)
    rows = contributions_to(
        session, row.indicator_id, row.period, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
    )
    figure = summed(row.measure.aggregation.kind, sums)
    return RecordsShown(
        groups=_by_month(rows, sums, row.measure, row.unit),
        total=total,
        page=number,
        pages=pages,
        aggregation_text=aggregation_text(row.measure, figure.amount, figure.base, row.unit),
    )


def _by_month(rows: list[PostingRow], sums: list[MonthSum], measure: Measure, unit: str) -> list[RecordMonth]:
    shown = {row.period for row in rows}
    return [
        RecordMonth(
            month,
            contribution_text(measure, month, unit),
            [_line(row, measure, unit) for row in rows if row.period == month.period],
        )
        for month in reversed(sums)
        if month.period in shown
    ]


def _line(row: PostingRow, measure: Measure, unit: str) -> RecordLine:
    """`sort` tells records of several features apart where one measure pools them."""
    return RecordLine(
        row=row,
        counts=contribution_text(measure, row, unit),
        key=key_text(measure, row.key),
        sort=SOURCE_BY_KEY[row.source].label if measure.is_pooled else "",
    )
