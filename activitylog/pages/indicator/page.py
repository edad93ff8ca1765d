"""The page of one indicator: its figure at a month's end, its rule, and exactly the records it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import and_
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import (
    aggregation_text,
    contribution_text,
    key_text,
    record_unit,
)
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.operations import details_of
from activitylog.indicators.rules.rules import filter_sentences
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.indicators.weights.queries import weight_of
from activitylog.indicators.weights.rules import points
from activitylog.pages.deviation.page import MonthReason, reason_of_month
from activitylog.pages.project.page import load_month
from activitylog.projects.models import Indicator
from activitylog.projects.queries import visible_to
from activitylog.reports.charts import Bullet, MonthColumns, bullet_of, month_columns
from activitylog.rollup.drilldown import MonthSum, PostingRow, contributions_to, key_sums, month_sums, summed
from activitylog.rollup.forecast import TargetOverview, target_overview
from activitylog.rollup.live_figure import compare_with_postings
from activitylog.rollup.periods.queries import Month
from activitylog.rollup.queries import actuals, indicator_actual, last_rolled_up

PAGE_SIZE = 100
MOST_COMPARED_AT_ONCE = 2_000  # records; comparing more of them with the facts is too slow for a page


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the list; `source_label` is empty unless the measure pools several kinds of record."""

    row: PostingRow
    counts: str
    key: str
    source_label: str


@dataclass(frozen=True, slots=True)
class RecordMonth:
    """The records on this page that were posted to one month; `counts` is the total of the whole month."""

    month: MonthSum
    counts: str
    lines: list[RecordLine]


@dataclass(frozen=True, slots=True)
class LiveDifference:
    """The live figure where it differs from the actual; `records` is the number of records changed since."""

    records: int
    live: str


@dataclass(frozen=True, slots=True)
class CountedKeys:
    """The keys of a distinct count with their numbers of records: on the map of districts, or listed.

    `note` names those without a record yet, where all possible ones are known.
    """

    by_district: Mapping[str, int] = field(default_factory=dict)
    listed: Sequence[tuple[str, int]] = ()
    heading: str = ""
    unit: str = ""
    map_title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecordList:
    """One page of the records the figure counts, by the month they were posted to."""

    groups: Sequence[RecordMonth] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    aggregation_text: str = ""


@dataclass(frozen=True, slots=True)
class CountedBy:
    """The rule a figure was counted by as sentences, the rule set since, and whether that one is typed in."""

    filters: Sequence[str]
    changed: str = ""
    is_typed_in: bool = False


@dataclass(frozen=True, slots=True)
class Namesake:
    """The indicator of the same name of the umbrella or a child, with its figure where one is rolled up."""

    indicator_id: int
    project: str
    figure: str
    is_umbrella: bool


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """An indicator's page at a month's end; `is_compared` says whether actual and facts were compared."""

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
    columns: MonthColumns | None
    columns_unit: str
    rule: CountedBy
    namesakes: Sequence[Namesake]
    changes: LiveDifference | None
    is_compared: bool
    target: TargetOverview
    reason: MonthReason
    keys: CountedKeys
    records: RecordList


def indicator_page(
    session: Session,
    user: User,
    indicator: Indicator,
    period: Period,
    *,
    today: date,
    number: int,
    compare: bool,
) -> IndicatorPage:
    """The page with its list of records at page `number`; `compare` compares even very many with facts."""
    month = load_month(session, period, today)
    row, changes, is_compared = _figure(session, indicator.id, month, today, compare=compare)
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
        columns_unit=_columns_unit(row),
        rule=_counted_by(session, indicator, row, month),
        namesakes=_namesakes(session, user, indicator, period),
        changes=changes,
        is_compared=is_compared,
        target=target_overview(session, indicator, row),
        reason=reason_of_month(session, row, month),
        keys=_keys(session, row),
        records=_records(session, row, [each for each in sums if each.period <= period], number),
    )


def _columns_unit(row: IndicatorActual) -> str:
    """The unit of the columns: additions in single records or yuan, a quotient as it is printed."""
    if row.is_percentage:
        return "%"
    if row.is_money:
        return row.unit if row.is_quotient else "元"
    return record_unit(row.unit)


def _columns(
    session: Session, row: IndicatorActual, month: Month, sums: Sequence[MonthSum]
) -> MonthColumns | None:
    is_open = month.posted_at is None and row.amount is not None
    if row.measure is None or not (sums or (is_open and row.amount)):
        return None
    return month_columns(
        row,
        sums,
        last_rolled_up=last_rolled_up(session, row.period.year),
        is_open=is_open,
        address=lambda each: f"/indicators/{row.indicator_id}?period={each}",
    )


def _counted_by(session: Session, indicator: Indicator, row: IndicatorActual, month: Month) -> CountedBy:
    rule = session.get(Rule, indicator.id)
    if rule is None:
        return CountedBy(row.filters or ())
    now = filter_sentences(details_of(rule), operator=indicator.operator, unit=indicator.unit)
    measure = BY_KEY.get(rule.measure or "")
    is_typed_in = measure is not None and measure.is_typed_in
    if row.filters is None or (row.measure, row.filters) == (measure, tuple(now)):
        return CountedBy(now, is_typed_in=is_typed_in)
    text = "，".join([measure.label if measure else "由人评定", *now])
    since = "结账后规则改为" if month.closed_at else "规则已改为"
    effect = "本月仍按结账时的规则" if month.closed_at else "下次汇总起按它计数"
    return CountedBy(row.filters, f"{since}：{text}；{effect}。", is_typed_in=is_typed_in)


def _namesakes(session: Session, user: User, indicator: Indicator, period: Period) -> list[Namesake]:
    """In the umbrella and in the children the person may see, those counted together with this one."""
    project = indicator.project
    related = [each.id for each in (project.parent, *project.children) if each is not None]
    if not related:
        return []
    is_visible = visible_to(user, Indicator.project_id)
    same = Indicator.name == indicator.name, Indicator.project_id.in_(related), is_visible
    return [
        Namesake(row.indicator_id, row.project, _posted_text(row), row.project_id == project.parent_id)
        for row in actuals(session, period, only=and_(*same))
    ]


def _posted_text(row: IndicatorActual) -> str:
    return "" if row.posted_at is None and row.judged is None else row.outcome_text


def _keys(session: Session, row: IndicatorActual) -> CountedKeys:
    """The keys a distinct count has counted, in the words of its measure."""
    keys = row.measure.keys if row.measure else None
    if keys is None or not keys.page_heading:
        return CountedKeys()
    sums = key_sums(session, row.indicator_id, row.period)
    most_first = sorted(sums.items(), key=lambda pair: -pair[1])
    missing = [name for key, name in keys.names.items() if key not in sums]
    return CountedKeys(
        by_district=sums if keys.map_title else {},
        listed=[] if keys.map_title else [(keys.text(key), count) for key, count in most_first],
        heading=keys.page_heading,
        unit=keys.unit,
        map_title=keys.map_title,
        note=f"{keys.heading}：{'、'.join(missing)}" if missing else keys.complete,
    )


def _figure(
    session: Session, indicator_id: int, month: Month, today: date, *, compare: bool
) -> tuple[IndicatorActual, LiveDifference | None, bool]:
    """The actual with the live figure where it differs; the live figure of a month not rolled up yet.

    The last is whether they were compared: very many records are only compared on request.
    """
    row = indicator_actual(session, indicator_id, month.period)
    if row.measure is None or month.period.first_day > today:
        return row, None, True
    if month.is_rolled_up and row.records > MOST_COMPARED_AT_ONCE and not compare:
        return row, None, False
    comparison = compare_with_postings(session, indicator_id, row.measure, month.period)
    live = replace(
        row,
        amount=comparison.amount,
        base=comparison.base,
        records=comparison.records,
        posted_at=None,
        adjustments=0,
    )
    if not month.is_rolled_up:
        return live, None, True
    changes = LiveDifference(comparison.changed, live.figure_text) if comparison.changed else None
    return row, changes, True


def _records(session: Session, row: IndicatorActual, sums: list[MonthSum], number: int) -> RecordList:
    total = sum(month.rows for month in sums)
    if row.measure is None or not total:
        return RecordList(total=total)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(number, 1), pages)
    rows = contributions_to(
        session, row.indicator_id, row.period, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
    )
    figure = summed(row.measure.aggregation.kind, sums)
    return RecordList(
        groups=_by_month(rows, sums, row.measure, row.unit),
        total=total,
        page=number,
        pages=pages,
        aggregation_text=aggregation_text(row.measure, figure.amount, figure.base, row.unit, edges=row.edges),
    )


def _by_month(rows: list[PostingRow], sums: list[MonthSum], measure: Measure, unit: str) -> list[RecordMonth]:
    periods = {row.period for row in rows}
    return [
        RecordMonth(
            month,
            contribution_text(measure, month, unit),
            [_line(row, measure, unit) for row in rows if row.period == month.period],
        )
        for month in reversed(sums)
        if month.period in periods
    ]


def _line(row: PostingRow, measure: Measure, unit: str) -> RecordLine:
    return RecordLine(
        row=row,
        counts=contribution_text(measure, row, unit),
        key=key_text(measure, row.key),
        source_label=SOURCE_BY_KEY[row.source].label if measure.is_pooled else "",
    )
