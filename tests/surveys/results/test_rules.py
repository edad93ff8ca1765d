from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.period import Period
from activitylog.surveys.results.rules import (
    Interval,
    activity_warnings,
    interval_text,
    mean_grade,
    not_summed,
    project_warnings,
    satisfaction_index,
    share_text,
    shown_groups,
    two_decimals,
    wilson,
)

sizes = st.integers(1, 10_000_000)
grades = st.lists(st.integers(0, 1000), min_size=5, max_size=5)
TINY = 1e-9


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(sizes)
    return draw(st.integers(0, n)), n


def interval_of(part: int, whole: int) -> Interval:
    found = wilson(part, whole)
    assert found is not None
    return found


@given(parts())
def test_the_interval_holds_the_share_within_nought_and_one(part: tuple[int, int]) -> None:
    low, high = interval_of(*part)
    assert 0 <= low <= part[0] / part[1] <= high <= 1
    assert low < high


@given(parts(), st.integers(2, 50))
def test_more_answers_of_the_same_share_narrow_the_interval(part: tuple[int, int], times: int) -> None:
    few, many = interval_of(*part), interval_of(part[0] * times, part[1] * times)
    assert many.high - many.low < few.high - few.low


@given(parts())
def test_satisfied_and_dissatisfied_are_mirrored(part: tuple[int, int]) -> None:
    satisfied, n = part
    one, other = interval_of(satisfied, n), interval_of(n - satisfied, n)
    assert abs(one.low - (1 - other.high)) < TINY
    assert abs(one.high - (1 - other.low)) < TINY


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, "—"),
        (10, 10, "72.25%–100.00%"),  # published examples of the score interval
        (0, 10, "0.00%–27.75%"),
        (15, 148, "6.24%–16.05%"),
        (81, 263, "25.53%–36.62%"),
    ],
)
def test_intervals_are_those_of_the_literature(part: int, whole: int, words: str) -> None:
    assert interval_text(wilson(part, whole)) == words


@given(grades)
def test_the_index_lies_between_a_fifth_and_one(counts: list[int]) -> None:
    index, mean = satisfaction_index(counts), mean_grade(counts)
    if not sum(counts):
        assert index is mean is None
        return
    assert index is not None
    assert Fraction(1, 5) <= index <= 1
    assert mean == sum(g * n for g, n in zip((5, 4, 3, 2, 1), counts, strict=True)) / Fraction(sum(counts))


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, "—"), (0, 3, "0.00%"), (1, 8, "12.50%"), (1, 3, "33.33%"), (2, 3, "66.67%"), (1, 32, "3.13%")],
)
def test_shares_are_rounded_half_up_and_nothing_is_a_dash(part: int, whole: int, words: str) -> None:
    assert share_text(part, whole) == words


def test_nothing_rounds_to_a_dash() -> None:
    assert (two_decimals(None), two_decimals(Fraction(1, 200))) == ("—", "0.01")


@pytest.mark.parametrize(
    ("n", "heads", "words"),
    [
        (29, 500, ["样本不足"]),
        (30, 500, ["样本偏少"]),
        (99, 500, ["样本偏少"]),
        (100, 500, []),
        (501, 500, ["答卷多于人数"]),
        (20, 10, ["样本不足", "答卷多于人数"]),
    ],
)
def test_flags_of_a_project(n: int, heads: int, words: list[str]) -> None:
    assert [warning.word for warning in project_warnings(n, heads)] == words


@pytest.mark.parametrize(
    ("n", "heads", "words"),
    [
        (9, 20, ["样本偏少"]),
        (10, 100, []),
        (10, 101, ["样本偏少"]),
        (30, 300, []),
        (9, 8, ["样本偏少", "答卷多于人数"]),
    ],
)
def test_flags_of_an_activity(n: int, heads: int, words: list[str]) -> None:
    assert [warning.word for warning in activity_warnings(n, heads)] == words


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 40), max_size=7))
def test_no_small_group_is_shown_nor_left_alone_to_be_subtracted(groups: dict[str, int]) -> None:
    shown = shown_groups(groups)
    hidden = {name for name, size in groups.items() if size} - shown
    assert all(groups[name] >= 5 for name in shown)
    assert len(hidden) != 1 or not shown
    assert bool(hidden) is any(0 < size < 5 for size in groups.values())


def test_gaps_are_joined_and_shared_by_projects() -> None:
    april, may = Period(2024, 4), Period(2024, 5)
    through = {(1, april): date(2024, 6, 3), (2, april): date(2024, 4, 20), (1, may): date(2024, 5, 20)}
    assert not_summed([1, 2, 3], april, may, through) == {
        (date(2024, 5, 21), may.last_day): [1],
        (date(2024, 4, 21), may.last_day): [2],
        (april.first_day, may.last_day): [3],
    }
