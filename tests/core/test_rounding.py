"""A printed share stands on the side of every edge where the exact one is, else it is rounded half-up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.rounding import percent_text, rounded

exact = st.fractions(-200, 200, max_denominator=10**9)
near = st.tuples(st.integers(-400, 400), st.fractions(-1, 1, max_denominator=10**6)).map(
    lambda pair: Fraction(pair[0], 2) + pair[1] / 100
)
edges = st.integers(-20_000, 20_000).map(lambda hundredths: Decimal(hundredths) / 100)
places = st.integers(0, 2)
CASES = [
    ("89.996", 2, "90", "89.99"),
    ("90.004", 2, "90", "90.01"),
    ("90", 2, "90", "90.00"),
    ("89.994", 2, "90", "89.99"),
    ("89.996", 2, "80", "90.00"),
    ("-0.0033", 2, "0", "-0.01"),
    ("99.96", 1, "100", "99.9"),
    ("0.125", 2, "100", "0.13"),
    ("-0.125", 2, "100", "-0.13"),
]


def side(value: Fraction | Decimal, edge: Decimal) -> int:
    gap = Fraction(value) - Fraction(edge)
    return (gap > 0) - (gap < 0)


@pytest.mark.parametrize(("value", "decimals", "edge", "printed"), CASES)
def test_a_figure_is_rounded_away_from_an_edge(value: str, decimals: int, edge: str, printed: str) -> None:
    assert str(rounded(Decimal(value), decimals, Decimal(edge))) == printed


@given(exact | near, edges)
def test_a_printed_figure_is_on_the_side_where_the_exact_one_is(value: Fraction, edge: Decimal) -> None:
    assert side(rounded(value, 2, edge), edge) == side(value, edge)


@given(exact | near, places, st.lists(edges, max_size=3))
def test_it_is_less_than_one_step_away_and_without_edges_half_a_step(
    value: Fraction, decimals: int, about: list[Decimal]
) -> None:
    step = Fraction(1, 10**decimals)
    assert abs(Fraction(rounded(value, decimals, *about)) - value) < step
    assert abs(Fraction(rounded(value, decimals)) - value) <= step / 2


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [
        (0, 7, "0.00%"),
        (7, 7, "100.00%"),
        (20_000, 20_001, "99.99%"),
        (1, 20_001, "0.01%"),
        (8, 7, "114.29%"),
        (5, 0, "—"),
    ],
)
def test_none_and_all_are_printed_only_where_they_are_exact(part: int, whole: int, printed: str) -> None:
    assert percent_text(part, whole) == printed
