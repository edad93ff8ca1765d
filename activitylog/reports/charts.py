"""The charts of an indicator as fractions to draw: a bar against its target, twelve months as columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from activitylog.core.money import yuan_text
from activitylog.core.period import Period, year_periods
from activitylog.core.rounding import WHOLE, rounded
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import FEN, AggregationKind, printed_value
from activitylog.indicators.figure_text import (
    number_text,
    printed_text,
    signed,
    target_text,
)
from activitylog.rollup.drilldown import MonthSum, PostingSum
from activitylog.rollup.models import Actual

MOST_TARGETS = Decimal("2.5")  # the widest bar, in multiples of the target
HUNDRED = Decimal(100)
SHORT_FIGURE = 3  # characters that fit over each of twelve columns on a phone
Address = Callable[[Period], str]


@dataclass(frozen=True, slots=True)
class Bullet:
    """A bar with its target and its plan as fractions of the width, 0 to 1; `text` says the same in words."""

    value: float
    target: float
    plan: float | None
    plan_label: str
    text: str


def bullet_of(row: IndicatorActual) -> Bullet | None:
    """The bar of a quantitative indicator; None where there is no figure or the target is 0."""
    if row.value is None or not row.target:
        return None
    most = max(row.target, min(row.value, row.target * MOST_TARGETS))
    if row.is_percentage and row.target <= HUNDRED:
        most = max(HUNDRED, most)
    plan, due = row.planned_figure, row.plan_due
    parts = [row.figure_text, f"目标 {target_text(row)}", row.plan_text]
    return Bullet(
        value=_share(row.value, most),
        target=_share(row.target, most),
        plan=None if due is None else _share(due, most),
        plan_label="" if plan is None else f"应有 {number_text(plan)}",
        text="，".join(part for part in parts if part),
    )


def _share(value: Decimal, most: Decimal) -> float:
    return round(float(min(max(value / most, Decimal(0)), Decimal(1))), 4)


@dataclass(frozen=True, slots=True)
class MonthColumn:
    """One month: `own` and `adjustment` as fractions of the tallest column, and the texts of the table.

    `is_current` is the month the page is about, `is_later` one after it. On phones only some columns have
    room for their figure: `is_labelled_on_phones`.
    """

    label: str = ""
    figure: str = ""
    own: float = 0.0
    adjustment: float = 0.0
    state: str = "coming"
    own_figure: str = ""
    adjustment_figure: str = ""
    sum_figure: str = ""
    href: str = ""
    is_current: bool = False
    is_later: bool = False
    is_labelled_on_phones: bool = False

    @property
    def height(self) -> float:
        return self.own + max(self.adjustment, 0)


@dataclass(frozen=True, slots=True)
class MonthColumns:
    """The twelve months of a year; `depth` is how far below zero they reach, as a fraction of the tallest."""

    months: list[MonthColumn]
    depth: float


def month_columns(
    row: IndicatorActual,
    sums: Sequence[MonthSum],
    *,
    last_rolled_up: Period | None,
    is_open: bool,
    address: Address,
) -> MonthColumns:
    """What each month added; of what is divided its figure at the month's end.

    `is_open` says that `row` holds the live figure of a month not rolled up yet.
    """
    by_month = {month.period: month for month in sums}
    draw = _month_end_figures if row.is_quotient else _additions
    columns = draw(row, by_month, last_rolled_up, is_open=is_open)
    named = [
        replace(
            column,
            label=f"{period.month}月",
            href=address(period) if column.state != "coming" else "",
            is_current=period == row.period,
            is_later=period > row.period,
        )
        for period, column in zip(year_periods(row.period.year), columns, strict=True)
    ]
    labelled = positions_labelled_on_phones(named)
    named = [
        replace(column, is_labelled_on_phones=position in labelled) for position, column in enumerate(named)
    ]
    return MonthColumns(named, max((-column.adjustment for column in named), default=0.0) or 0.0)


def positions_labelled_on_phones(columns: Sequence[MonthColumn]) -> set[int]:
    """The positions of the columns whose figures have room on phones: all short ones, else no neighbours.

    The latest month comes first, then the highest, then months with adjustments.
    """
    figured = [position for position, column in enumerate(columns) if column.figure]
    if all(len(columns[position].figure) <= SHORT_FIGURE for position in figured):
        return set(figured)
    past = [position for position in reversed(figured) if not columns[position].is_later]
    highest = sorted(past, key=lambda position: -columns[position].height)[:1]
    adjusted = [position for position in past if columns[position].adjustment]
    labelled: set[int] = set()
    for position in [*past[:1], *highest, *adjusted]:
        if labelled.isdisjoint({position - 1, position + 1}):
            labelled.add(position)
    return labelled


def _additions(
    row: IndicatorActual, by_month: dict[Period, MonthSum], last_rolled_up: Period | None, *, is_open: bool
) -> list[MonthColumn]:
    booked = sum(month.counted for month in by_month.values())
    if is_open:
        by_month = by_month | {
            row.period: MonthSum(row.period, PostingSum((row.amount or 0) - booked), PostingSum())
        }
    top = max((_height(month) for month in by_month.values()), default=0) or 1
    columns, total = [], 0
    for period in year_periods(row.period.year):
        state = _state(period, row.period, last_rolled_up, is_open=is_open)
        month = by_month.get(period, MonthSum(period, PostingSum(), PostingSum()))
        if state == "coming":
            columns.append(MonthColumn())
            continue
        total += month.counted
        columns.append(
            MonthColumn(
                figure=_figure_label(month.counted // FEN if row.is_money else month.counted),
                own=max(month.own.counted, 0) / top,
                adjustment=month.adjusted.counted / top,
                state=state,
                own_figure=_sum_text(row, month.own.counted),
                adjustment_figure=_signed_text(row, month.adjusted.counted) if month.adjusted.rows else "",
                sum_figure=_sum_text(row, total),
            )
        )
    return columns


def _height(month: MonthSum) -> int:
    return max(month.own.counted, 0) + max(month.adjusted.counted, 0)


def _sum_text(row: IndicatorActual, value: int) -> str:
    return yuan_text(value) if row.is_money else f"{value:,}"


def _signed_text(row: IndicatorActual, value: int) -> str:
    if not row.is_money:
        return signed(value)
    return f"+{yuan_text(value)}" if value > 0 else yuan_text(value).replace("-", "−")


def _figure_label(value: int) -> str:
    if abs(value) >= 10_000:
        return f"{Decimal(value) / 10_000:.1f}万"
    return f"{value:,}".replace("-", "−") if value else ""


def _month_end_figures(
    row: IndicatorActual, by_month: dict[Period, MonthSum], last_rolled_up: Period | None, *, is_open: bool
) -> list[MonthColumn]:
    kind = _kind(row)
    month_ends, amount, base = [], 0, 0
    for period in year_periods(row.period.year):
        month = by_month.get(period, MonthSum(period, PostingSum(), PostingSum()))
        amount, base = amount + month.counted, base + month.base
        state = _state(period, row.period, last_rolled_up, is_open=is_open)
        live = state == "open"
        counted, whole = (row.amount or 0, row.base) if live else (amount, base)
        value = printed_value(kind, counted, whole, unit=row.unit, edges=row.edges)
        month_ends.append((month, state, value if state != "coming" else None))
    top = _full_height(kind, [value for _, _, value in month_ends if value is not None])
    return [_month_end_column(row, month, state, value, top) for month, state, value in month_ends]


def _kind(row: IndicatorActual) -> AggregationKind:
    return row.measure.aggregation.kind if row.measure else AggregationKind.RATE


def _full_height(kind: AggregationKind, values: Sequence[Decimal]) -> Decimal:
    """Shares are drawn against 100 %, other percentages against the largest of them."""
    return HUNDRED if kind is AggregationKind.RATE else max(values, default=Decimal(0)) or Decimal(1)


def _month_end_column(
    row: IndicatorActual, month: MonthSum, state: str, value: Decimal | None, top: Decimal
) -> MonthColumn:
    if value is None:
        return MonthColumn(state=state, sum_figure="" if state == "coming" else "—")
    label = number_text(value) if row.is_money else f"{_one_decimal(row, value)}%"
    return MonthColumn(
        figure=label if month.rows or state == "open" else "",
        own=_share(value, top),
        state=state,
        own_figure=_quotient(row, month.own),
        adjustment_figure=_quotient(row, month.adjusted),
        sum_figure=printed_text(value, row.measure),
    )


def _one_decimal(row: IndicatorActual, value: Decimal) -> str:
    edges = () if row.edges is None else (*WHOLE, *row.edges)
    return number_text(rounded(value, 1, *edges))


def _quotient(row: IndicatorActual, part: PostingSum) -> str:
    value = printed_value(_kind(row), part.counted, part.base, unit=row.unit)
    return "" if value is None or part.base < 0 else printed_text(value, row.measure)


def _state(period: Period, current: Period, last_rolled_up: Period | None, *, is_open: bool) -> str:
    if last_rolled_up is not None and period <= last_rolled_up:
        return "booked"
    return "open" if is_open and period == current else "coming"


def small_columns(row: IndicatorActual, history: Sequence[Actual]) -> list[MonthColumn]:
    """The months of an indicator in a list, from its actuals: additions, or a quotient at month's end."""
    if row.measure is None:
        return []
    kind = row.measure.aggregation.kind
    heights: dict[Period, Decimal] = {}
    before = 0
    for actual in history:
        if row.is_quotient:
            figure = printed_value(kind, actual.amount or 0, actual.base, unit=row.unit)
            heights[actual.period] = figure or Decimal(0)
        else:
            heights[actual.period] = Decimal((actual.amount or 0) - before)
            before = actual.amount or 0
    top = _full_height(kind, list(heights.values()))
    return [
        MonthColumn(f"{period.month}月", own=_share(heights[period], top), state="booked")
        if period in heights
        else MonthColumn(f"{period.month}月")
        for period in year_periods(row.period.year)
    ]


def columns_text(row: IndicatorActual, history: Sequence[Actual]) -> str:
    """The small columns as text, for screen readers."""
    if row.measure is None or not history:
        return "还没有入账的月份"
    rows = [replace(row, amount=each.amount or 0, base=each.base, records=each.records) for each in history]
    figures = [(each.period.month, at.figure) for each, at in zip(history, rows, strict=True)]
    return "各月末累计：" + "，".join(
        f"{month}月 {'—' if value is None else number_text(value)}" for month, value in figures
    )
