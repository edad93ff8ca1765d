from datetime import date
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.activities.plausibility.rules import FAR_TIMES, Baseline, Turnout, usual_of


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


def turnout(heads: int, venue: str, kind: str = "讲座") -> Turnout:
    return Turnout("科普资源配送", (kind,), "", venue, date(2024, 6, 3), heads, 0)


def test_a_large_venue_is_judged_by_what_it_has() -> None:
    past = [turnout(heads, "小书院") for heads in (45, 50, 55, 50, 48, 52) * 3]
    past += [turnout(heads, "大剧场") for heads in (300, 320, 340, 310, 330)]
    baseline = Baseline(past)
    at_theatre = baseline.usual_onsite(turnout(400, "大剧场"))
    at_library = baseline.usual_onsite(turnout(400, "小书院"))
    assert at_theatre is not None
    assert at_library is not None
    assert not at_theatre.is_far(400)
    assert at_library.is_far(400)
    assert "在这个场所一般是" in str(at_theatre)


def test_the_rows_of_a_file_are_the_past_where_none_is_stored() -> None:
    of_file = [turnout(heads, "小书院") for heads in (45, 50, 55, 50, 48, 52)]
    assert Baseline([]).usual_onsite(of_file[0]) is None
    usual = Baseline([], of_file).usual_onsite(of_file[0])
    assert usual is not None
    assert usual.is_far(500)
    stored = [turnout(heads, "小书院") for heads in (450, 500, 550, 500, 480)]
    beside_stored = Baseline(stored, of_file).usual_onsite(of_file[0])
    assert beside_stored is not None
    assert beside_stored.is_far(50)
