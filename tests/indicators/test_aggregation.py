"""The arithmetic of postings: rounding, nothing to divide by, and what the order of records may change."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.rounding import rounded
from activitylog.indicators.aggregation import AggregationKind as Kind
from activitylog.indicators.aggregation import (
    Figure,
    aggregate,
    cost,
    distinct,
    exact_value,
    printed_value,
    rate,
    saving,
    total,
    unit_cost,
)


@dataclass(frozen=True)
class Part:
    key: str = ""
    amount: int = 0
    base: int = 0


parts = st.lists(st.builds(Part, st.sampled_from("abc"), st.integers(-9, 9), st.integers(-9, 9)), max_size=12)
counts = st.integers(0, 10**13)
bases = st.integers(1, 10**13)


def test_a_total_adds_amounts_and_has_no_base() -> None:
    assert aggregate(Kind.TOTAL, [Part(amount=30, base=1), Part(amount=-10, base=1)]) == Figure(20, None)


def test_nothing_counted_is_a_figure_of_zero_and_nothing_to_divide_by_is_none() -> None:
    assert [aggregate(kind, []).amount for kind in Kind] == [0] * len(Kind)
    values = [printed_value(kind, 0, aggregate(kind, []).base) for kind in Kind]
    assert values == [Decimal(0), Decimal(0), None, None, Decimal(0), None]


def test_a_key_counts_once_and_no_more_when_taken_back() -> None:
    twice = [Part("a", 1), Part("a", 1), Part("b", 1)]
    assert aggregate(Kind.DISTINCT, twice) == Figure(2, None)
    assert aggregate(Kind.DISTINCT, [*twice, Part("b", -1)]) == Figure(1, None)
    assert aggregate(Kind.DISTINCT, [*twice, Part("a", -1)]) == Figure(2, None)


def test_a_rate_pools_records_and_never_averages_percentages() -> None:
    pooled = aggregate(Kind.RATE, [Part(amount=1, base=1), Part(amount=0, base=99)])
    assert printed_value(Kind.RATE, pooled.amount, pooled.base) == Decimal("1.00")


@pytest.mark.parametrize(
    ("amount", "base", "value"),
    [
        (1, 20000, "0.01"),  # 0.005
        (1, 20001, "0.01"),  # a little is never nothing
        (3, 20000, "0.02"),  # 0.015
        (5, 20000, "0.03"),  # 0.025: to even would be 0.02
        (18669, 20000, "93.35"),  # 93.345
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (20000, 20001, "99.99"),  # one of 20,001 failed: never all
        (0, 7, "0.00"),
        (7, 7, "100.00"),
    ],
)
def test_a_rate_is_printed_half_up_with_two_decimals(amount: int, base: int, value: str) -> None:
    assert str(printed_value(Kind.RATE, amount, base)) == value


@pytest.mark.parametrize(
    ("paid", "planned", "value"),
    [
        (95, 100, "5.00"),
        (100, 100, "0.00"),
        (0, 100, "100.00"),
        (110, 100, "-10.00"),
        (19999, 20000, "0.01"),  # 0.005
        (20001, 20000, "-0.01"),  # -0.005
        (300_010, 300_000, "-0.01"),  # overspent by ten yuan: never saved in full
        (0, 0, None),
        (50, 0, None),
    ],
)
def test_a_saving_is_what_was_planned_and_not_paid(paid: int, planned: int, value: str | None) -> None:
    saved = printed_value(Kind.SAVING, paid, planned)
    assert (saved if saved is None else str(saved)) == value


@pytest.mark.parametrize(
    ("unit", "value"),
    [("人", "12345"), ("", "12345"), ("万人", "1.2345"), ("万人次", "1.2345"), ("万元", "1.2345")],
)
def test_a_count_stands_in_the_indicators_unit(unit: str, value: str) -> None:
    assert printed_value(Kind.TOTAL, 12345, None, unit=unit) == Decimal(value)


def test_a_share_has_no_unit_to_be_divided_into() -> None:
    assert printed_value(Kind.RATE, 1, 2, unit="万分比") == Decimal(50)


def test_missing_base_is_nothing_to_divide_by() -> None:
    assert printed_value(Kind.RATE, 3, None) is None


def test_only_rates_and_savings_are_percentages() -> None:
    aggregations = [total(), distinct("district"), rate("hit", "due"), saving("paid", "planned")]
    assert [each.is_percentage for each in aggregations] == [False, False, True, True]
    costs = [cost("paid"), unit_cost("paid", "one")]
    assert [(each.is_percentage, each.kind.is_money) for each in costs] == [(False, True)] * 2


@pytest.mark.parametrize(
    ("fen", "heads", "unit", "edges", "value"),
    [
        (1_234_50, None, "元", (), "1234.50"),
        (104_0003_00, None, "万元", (104,), "104.01"),  # three yuan above: never 104.00
        (103_9997_00, None, "万元", (104,), "103.99"),
        (104_0000_00, None, "万元", (104,), "104.00"),
        (1_00, None, "万元", (), "0.01"),  # a little is never nothing
        (2_500_000_00, None, "千元", (), "2500.00"),
        (9_000_00, 7, "元/场", (), "1285.71"),
        (9_000_00, 4, "万元/场", (), "0.23"),  # 0.225
        (300_001, 50, "元/人", (60,), "60.01"),
        (299_999, 50, "元/人", (60,), "59.99"),
        (0, 50, "元/人", (60,), "0.00"),
        (9_000_00, 0, "元/人", (60,), None),
    ],
)
def test_a_cost_is_printed_in_its_unit_and_never_across_the_target(
    fen: int, heads: int | None, unit: str, edges: tuple[int, ...], value: str | None
) -> None:
    kind = Kind.COST if heads is None else Kind.UNIT_COST
    printed = printed_value(kind, fen, heads, unit=unit, edges=[Decimal(edge) for edge in edges])
    assert (printed if printed is None else str(printed)) == value


@given(counts, bases)
def test_a_printed_share_is_the_exact_one_rounded(amount: int, base: int) -> None:
    value, exact = printed_value(Kind.RATE, amount, base), exact_value(Kind.RATE, amount, base)
    assert exact == Fraction(100 * amount, base)
    assert value == rounded(exact, 2, 0, 100)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_what_is_saved_and_what_is_spent_make_a_hundred(paid: int, planned: int) -> None:
    saved = printed_value(Kind.SAVING, paid, planned)
    spent = printed_value(Kind.RATE, paid, planned)
    assert saved is not None
    assert spent is not None
    assert abs(saved + spent - 100) <= Decimal("0.01")


@given(parts, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_no_figure(records: list[Part], chance: object) -> None:
    shuffled = sorted(records, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert [aggregate(kind, records) for kind in Kind] == [aggregate(kind, shuffled) for kind in Kind]


@given(parts, parts)
def test_months_add_up_except_for_distinct_keys(one: list[Part], other: list[Part]) -> None:
    for kind in set(Kind) - {Kind.DISTINCT}:
        first, second, both = aggregate(kind, one), aggregate(kind, other), aggregate(kind, [*one, *other])
        assert both.amount == first.amount + second.amount
        assert (both.base is None) is (kind in {Kind.TOTAL, Kind.COST})
    keys = aggregate(Kind.DISTINCT, [*one, *other]).amount
    assert 0 <= keys <= len({part.key for part in [*one, *other]})


@given(parts)
def test_taking_every_record_back_leaves_nothing(records: list[Part]) -> None:
    back = [Part(part.key, -part.amount, -part.base) for part in records]
    for kind in Kind:
        figure = aggregate(kind, [*records, *back])
        assert figure.amount == 0
        assert not figure.base
