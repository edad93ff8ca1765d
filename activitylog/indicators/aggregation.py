"""The only arithmetic of postings: total, distinct, rate, saving, cost and unit cost.

Amounts and bases are integers (heads, items, fen). A figure is an exact fraction, in per cent for a rate or
saving, in yuan for a cost; with nothing to divide by it is None, never 0 or 100. It is rounded once, when it
is printed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol, TypeAlias

from activitylog.core.rounding import WHOLE, Exact, rounded

PLACES = 2  # of a printed percentage or cost
FEN = 100  # in a yuan
LARGE_UNITS = {"千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}  # of yuan


class AggregationKind(StrEnum):
    """How contributions become one figure."""

    TOTAL = "total"
    DISTINCT = "distinct"
    RATE = "rate"
    SAVING = "saving"
    COST = "cost"
    UNIT_COST = "unit cost"

    @property
    def is_percentage(self) -> bool:
        return self in {AggregationKind.RATE, AggregationKind.SAVING}

    @property
    def is_money(self) -> bool:
        return self in {AggregationKind.COST, AggregationKind.UNIT_COST}

    @property
    def is_quotient(self) -> bool:
        """Whether it is divided by its base, so that months do not add up to a year."""
        return self.is_percentage or self is AggregationKind.UNIT_COST


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A kind of arithmetic over named columns of a fact.

    `online` counts only when a rule says so: with the amount, of a quotient with the base. With `is_by_group`
    a rule may name an audience group, whose column is then counted instead.
    """

    kind: AggregationKind
    amount: str = "one"
    base: str | None = None
    key: str | None = None
    online: str | None = None
    is_by_group: bool = False

    @property
    def counts_keys(self) -> bool:
        return self.kind is AggregationKind.DISTINCT

    @property
    def is_percentage(self) -> bool:
        return self.kind.is_percentage


def total(amount: str = "one", *, online: str | None = None, is_by_group: bool = False) -> Aggregation:
    return Aggregation(AggregationKind.TOTAL, amount=amount, online=online, is_by_group=is_by_group)


def distinct(key: str) -> Aggregation:
    return Aggregation(AggregationKind.DISTINCT, key=key)


def rate(amount: str, base: str) -> Aggregation:
    return Aggregation(AggregationKind.RATE, amount=amount, base=base)


def saving(amount: str, base: str) -> Aggregation:
    return Aggregation(AggregationKind.SAVING, amount=amount, base=base)


def cost(amount: str) -> Aggregation:
    return Aggregation(AggregationKind.COST, amount=amount)


def unit_cost(amount: str, base: str, *, online: str | None = None) -> Aggregation:
    return Aggregation(AggregationKind.UNIT_COST, amount=amount, base=base, online=online)


Edges: TypeAlias = Sequence[Exact] | None


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
    """An aggregated amount and, for quotients, what it is divided by."""

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
    return Figure(amount, sum(row.base for row in rows) if kind.is_quotient else None)


def exact_value(kind: AggregationKind, amount: int, base: int | None, *, unit: str = "") -> Fraction | None:
    """The exact figure in the indicator's unit; per cent for rates and savings."""
    if kind.is_quotient and not base:
        return None
    if kind.is_money:
        whole = (base or 1) if kind.is_quotient else 1
        return Fraction(amount, FEN * yuan_of_unit(unit) * whole)
    if kind.is_percentage:
        return Fraction(100 * (amount if kind is AggregationKind.RATE else (base or 0) - amount), base)
    return Fraction(amount, LARGE_UNITS["万"] if unit.startswith("万") else 1)


def printed_value(
    kind: AggregationKind, amount: int, base: int | None, *, unit: str = "", edges: Edges = ()
) -> Decimal | None:
    """The figure as it is printed: per cent and money with two decimals, rounded away from `edges`.

    Nothing and, of a percentage, everything are edges as well. Without edges (None), as in a year that rounds
    first, it is rounded half up and nothing else.
    """
    value = exact_value(kind, amount, base, unit=unit)
    if value is None:
        return None
    if not (kind.is_percentage or kind.is_money):
        return amount * smallest_step(unit)
    if edges is None:
        return rounded(value, PLACES)
    return rounded(value, PLACES, *(WHOLE if kind.is_percentage else WHOLE[:1]), *edges)


def smallest_step(unit: str) -> Decimal:
    """What one counted thing adds to a figure in the unit."""
    return 1 / Decimal(LARGE_UNITS["万"]) if unit.startswith("万") else Decimal(1)


def yuan_of_unit(unit: str) -> int:
    """How many yuan the unit of a cost has: 1 for 元/场, 10,000 for 万元."""
    return LARGE_UNITS.get(unit.partition("元")[0], 1)
