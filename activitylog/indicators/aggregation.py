"""The only arithmetic of postings: total, distinct, rate and saving.

Amounts and bases are integers (heads, items, fen). A figure is an exact fraction, in per cent for a rate or
saving; with nothing to divide by it is None, never 0 or 100. It is rounded once, when it is printed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from activitylog.core.rounding import WHOLE, Exact, rounded

PLACES = 2  # of a printed percentage
TEN_THOUSAND = Decimal(10_000)


class AggregationKind(StrEnum):
    """How contributions become one figure."""

    TOTAL = "total"
    DISTINCT = "distinct"
    RATE = "rate"
    SAVING = "saving"


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A kind of arithmetic over named columns of a fact; `online` counts only when a rule says so."""

    kind: AggregationKind
    amount: str = "one"
    base: str | None = None
    key: str | None = None
    online: str | None = None

    @property
    def counts_keys(self) -> bool:
        return self.kind is AggregationKind.DISTINCT

    @property
    def is_percentage(self) -> bool:
        return self.kind in {AggregationKind.RATE, AggregationKind.SAVING}


def total(amount: str = "one", *, online: str | None = None) -> Aggregation:
    return Aggregation(AggregationKind.TOTAL, amount=amount, online=online)


def distinct(key: str) -> Aggregation:
    return Aggregation(AggregationKind.DISTINCT, key=key)


def rate(amount: str, base: str) -> Aggregation:
    return Aggregation(AggregationKind.RATE, amount=amount, base=base)


def saving(amount: str, base: str) -> Aggregation:
    return Aggregation(AggregationKind.SAVING, amount=amount, base=base)


class Contribution(Protocol):
    """What an aggregation reads of a posting."""

    @property
    def key(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def base(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """An aggregated amount and, for percentages, what it is divided by."""

    amount: int
    base: int | None


def aggregate(kind: AggregationKind, contributions: Iterable[Contribution]) -> Figure:
    """Aggregate contributions in plain Python; the roll-up does the same in SQL."""
    rows = list(contributions)
    if kind is AggregationKind.DISTINCT:
        sums = Counter[str]()
        for row in rows:
            sums[row.key] += row.amount
        return Figure(sum(1 for amount in sums.values() if amount > 0), None)
    amount = sum(row.amount for row in rows)
    return Figure(amount, None if kind is AggregationKind.TOTAL else sum(row.base for row in rows))


def exact_value(kind: AggregationKind, amount: int, base: int | None, *, unit: str = "") -> Fraction | None:
    """The exact figure in the indicator's unit; per cent for rates and savings."""
    if kind not in {AggregationKind.RATE, AggregationKind.SAVING}:
        return amount * Fraction(smallest_step(unit))
    if not base:
        return None
    return Fraction(100 * (amount if kind is AggregationKind.RATE else base - amount), base)


def printed_value(
    kind: AggregationKind, amount: int, base: int | None, *, unit: str = "", edges: Sequence[Exact] = ()
) -> Decimal | None:
    """The figure as it is printed: per cent with two decimals, rounded away from `edges`, 0 and 100."""
    value = exact_value(kind, amount, base, unit=unit)
    if value is None:
        return None
    if kind in {AggregationKind.RATE, AggregationKind.SAVING}:
        return rounded(value, PLACES, *WHOLE, *edges)
    return amount * smallest_step(unit)


def smallest_step(unit: str) -> Decimal:
    """What one counted thing adds to a figure in the unit."""
    return 1 / TEN_THOUSAND if unit.startswith("万") else Decimal(1)
