from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.activities.plausibility.rules import FAR_TIMES, usual_of


def is_far(heads: int, past: list[int]) -> bool:
    usual = usual_of("这个项目", past)
    return usual is not None and usual.is_far(heads)


@pytest.mark.parametrize(
    ("heads", "past", "unusual"),
    [
        (1200, [110, 120, 130, 90, 140], True),  # one digit too many
        (12, [110, 120, 130, 90, 140], True),  # one too few
        (0, [110, 120, 130, 90, 140], True),
        (300, [110, 120, 130, 90, 140], False),
        (5000, [30, 200, 900, 60, 2500, 1200], False),  # a past that varies that much
        (9_999_999, [30, 200, 900, 60, 2500, 1200], True),
        (9_999_999, [110, 120, 130, 90], False),  # too little to compare with
    ],
)
def test_heads_far_from_the_past_are_unusual(heads: int, past: list[int], *, unusual: bool) -> None:
    assert is_far(heads, past) is unusual


@given(st.lists(st.integers(1, 5000), min_size=5, max_size=40), st.integers(0, 100_000))
def test_what_lies_within_the_past_is_usual_where_it_is_near_the_median(past: list[int], heads: int) -> None:
    middle = median(past)
    if middle / FAR_TIMES < heads < middle * FAR_TIMES:
        assert not is_far(heads, past)
