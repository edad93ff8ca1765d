"""An indicator as fractions to draw: its bar on the way to the target, and twelve months as columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from activitylog.core.period import Period, year_periods
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import AggregationKind, figure_value
from activitylog.indicators.figure_text import (
    number_text,
    signed,
    target_text,
)
from activitylog.rollup.drilldown import MonthSum, PostingSum
from activitylog.rollup.models import Actual

WIDEST = Decimal("2.5")  # a bar is drawn up to so many targets
HUNDRED = Decimal(100)
SHORT_FIGURE = 3  # characters; so many fit over each of twelve columns of a phone
ONE_DECIMAL = Decimal("0.1")
Address = Callable[[Period], str]


@dataclass(frozen=True, slots=True)
class Bullet:
    """Fractions of the bar's width."""

    value: float
    target: float
    plan: float | None
    plan_label: str
    said: str


def bullet_of(row: IndicatorActual) -> Bullet | None:
    """The bar of a quantitative indicator with a figure; None where there is no way to draw."""
    if row.value is None or not row.target:
        return None
    most = max(row.target, min(row.value, row.target * WIDEST))
    if row.is_percentage and row.target <= HUNDRED:
        most = max(HUNDRED, most)
    plan, due = row.planned_figure, row.plan_due
    said = [row.figure_text, f"目标 {target_text(row)}", row.plan_text]
    return Bullet(
        value=_share(row.value, most),
        target=_share(row.target, most),
        plan=None if due is None else _share(due, most),
        plan_label="" if plan is None else f"应有 {number_text(plan)}",
        said="，".join(part for part in said if part),
    )


def _share(value: Decimal, most: Decimal) -> float:
    return round(float(min(max(value / most, Decimal(0)), Decimal(1))), 4)


@dataclass(frozen=True, slots=True)
class Column:
    """One month; fractions of the tallest column, and the words of the table behind.

    `told` says that its figure stands on top on a phone too, `later` that it comes after the month looked at.
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
    now: bool = False
    later: bool = False
    told: bool = False

    @property
    def height(self) -> float:
        return self.own + max(self.adjustment, 0)


@dataclass(frozen=True, slots=True)
class Columns:
    """Twelve months; `depth` is how far below zero they reach."""

    months: list[Column]
    depth: float


def month_columns(
    row: IndicatorActual,
    sums: Sequence[MonthSum],
    *,
    last_booked: Period | None,
    is_open: bool,
    address: Address,
) -> Columns:
    """What each month added, for a percentage where it stood at the month's end.

    `is_open` says that `row` holds a live figure of a month not booked yet.
    """
    by_month = {month.period: month for month in sums}
    draw = _percentages if row.is_percentage else _additions
    columns = draw(row, by_month, last_booked, is_open=is_open)
    named = [
        replace(
            column,
            label=f"{period.month}月",
            href=address(period) if column.state != "coming" else "",
            now=period == row.period,
            later=period > row.period,
        )
        for period, column in zip(year_periods(row.period.year), columns, strict=True)
    ]
    told = told_on_a_phone(named)
    named = [replace(column, told=place in told) for place, column in enumerate(named)]
    return Columns(named, max((-column.adjustment for column in named), default=0.0) or 0.0)


def told_on_a_phone(columns: Sequence[Column]) -> set[int]:
    """The places whose figures have room on top: all of short ones, else no two side by side.

    The latest month's comes first, then the highest, then those that were adjusted.
    """
    figured = [place for place, column in enumerate(columns) if column.figure]
    if all(len(columns[place].figure) <= SHORT_FIGURE for place in figured):
        return set(figured)
    past = [place for place in reversed(figured) if not columns[place].later]
    highest = sorted(past, key=lambda place: -columns[place].height)[:1]
    adjusted = [place for place in past if columns[place].adjustment]
    told: set[int] = set()
    for place in [*past[:1], *highest, *adjusted]:
        if told.isdisjoint({place - 1, place + 1}):
            told.add(place)
    return told


def _additions(
    row: IndicatorActual, by_month: dict[Period, MonthSum], last_booked: Period | None, *, is_open: bool
) -> list[Column]:
    booked = sum(month.counted for month in by_month.values())
    if is_open:
        by_month = by_month | {
            row.period: MonthSum(row.period, PostingSum((row.amount or 0) - booked), PostingSum())
        }
    top = max((_height(month) for month in by_month.values()), default=0) or 1
    columns, total = [], 0
    for period in year_periods(row.period.year):
        state = _state(period, row.period, last_booked, is_open=is_open)
        month = by_month.get(period, MonthSum(period, PostingSum(), PostingSum()))
        if state == "coming":
            columns.append(Column())
            continue
        total += month.counted
        columns.append(
            Column(
                figure=_on_top(month.counted),
                own=max(month.own.counted, 0) / top,
                adjustment=month.adjusted.counted / top,
                state=state,
                own_figure=f"{month.own.counted:,}",
                adjustment_figure=signed(month.adjusted.counted) if month.adjusted.rows else "",
                sum_figure=f"{total:,}",
            )
        )
    return columns


def _height(month: MonthSum) -> int:
    return max(month.own.counted, 0) + max(month.adjusted.counted, 0)


def _on_top(value: int) -> str:
    if abs(value) >= 10_000:
        return f"{Decimal(value) / 10_000:.1f}万"
    return f"{value:,}".replace("-", "−") if value else ""


def _percentages(
    row: IndicatorActual, by_month: dict[Period, MonthSum], last_booked: Period | None, *, is_open: bool
) -> list[Column]:
    kind = row.measure.aggregation.kind if row.measure else AggregationKind.RATE
    stood, amount, base = [], 0, 0
    for period in year_periods(row.period.year):
        month = by_month.get(period, MonthSum(period, PostingSum(), PostingSum()))
        amount, base = amount + month.counted, base + month.base
        state = _state(period, row.period, last_booked, is_open=is_open)
        live = state == "open"
        value = figure_value(kind, row.amount or 0, row.base) if live else figure_value(kind, amount, base)
        stood.append((month, state, value if state != "coming" else None))
    top = _full_height(kind, [value for _, _, value in stood if value is not None])
    return [_stood(kind, month, state, value, top) for month, state, value in stood]


def _full_height(kind: AggregationKind, values: Sequence[Decimal]) -> Decimal:
    """Shares are drawn against a hundred, anything else against the largest of them."""
    return HUNDRED if kind is AggregationKind.RATE else max(values, default=Decimal(0)) or Decimal(1)


def _stood(kind: AggregationKind, month: MonthSum, state: str, value: Decimal | None, top: Decimal) -> Column:
    if value is None:
        return Column(state=state, sum_figure="" if state == "coming" else "—")
    return Column(
        figure=f"{number_text(value.quantize(ONE_DECIMAL))}%" if month.rows or state == "open" else "",
        own=_share(value, top),
        state=state,
        own_figure=_ratio(kind, month.own),
        adjustment_figure=_ratio(kind, month.adjusted),
        sum_figure=f"{value:.2f}%",
    )


def _ratio(kind: AggregationKind, part: PostingSum) -> str:
    value = figure_value(kind, part.counted, part.base)
    return "" if value is None or part.base < 0 else f"{value:.2f}%"


def _state(period: Period, shown: Period, last_booked: Period | None, *, is_open: bool) -> str:
    if last_booked is not None and period <= last_booked:
        return "booked"
    return "open" if is_open and period == shown else "coming"


def small_columns(row: IndicatorActual, history: Sequence[Actual]) -> list[Column]:
    """The same months for a list, from their actuals alone: additions, or where a percentage stood."""
    if row.measure is None:
        return []
    kind = row.measure.aggregation.kind
    heights: dict[Period, Decimal] = {}
    before = 0
    for actual in history:
        if row.is_percentage:
            heights[actual.period] = figure_value(kind, actual.amount or 0, actual.base) or Decimal(0)
        else:
            heights[actual.period] = Decimal((actual.amount or 0) - before)
            before = actual.amount or 0
    top = _full_height(kind, list(heights.values()))
    return [
        Column(f"{period.month}月", own=_share(heights[period], top), state="booked")
        if period in heights
        else Column(f"{period.month}月")
        for period in year_periods(row.period.year)
    ]


def months_said(row: IndicatorActual, history: Sequence[Actual]) -> str:
    """The small columns for those who do not see them."""
    if row.measure is None or not history:
        return "还没有入账的月份"
    kind, unit = row.measure.aggregation.kind, row.unit
    figures = [
        (actual.period.month, figure_value(kind, actual.amount or 0, actual.base, unit=unit))
        for actual in history
    ]
    return "各月末累计：" + "，".join(
        f"{month}月 {'—' if value is None else number_text(value)}" for month, value in figures
    )
