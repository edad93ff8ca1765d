"""Which moments are a rush or a flood, as business facts on plain times."""

from datetime import datetime, timedelta
from random import Random

import pytest

from activitylog.surveys.answers.rules import door_limits, floods, rushes
from tests.factories.surveys import NOON


def moments(*seconds: float) -> list[datetime]:
    return [NOON + timedelta(seconds=each) for each in seconds]


@pytest.mark.parametrize(
    ("people", "in_a_second", "in_ten"),
    [(0, 8, 15), (60, 8, 30), (160, 8, 80), (200, 10, 100), (500, 25, 250)],
)
def test_a_bigger_hall_lets_more_through(people: int, in_a_second: int, in_ten: int) -> None:
    assert [most for _, most in door_limits(people)] == [in_a_second, in_ten]


def test_most_of_a_room_within_ten_seconds_is_a_rush() -> None:
    assert len(rushes(moments(*(number / 5 for number in range(50))), 60)) == 50


@pytest.mark.parametrize("people", [30, 83, 500])
def test_nine_answers_within_a_second_are_a_rush(people: int) -> None:
    honest = moments(*(-600.0 + 11 * number for number in range(20)))
    burst = moments(*(number / 9 for number in range(9)))
    assert rushes([*honest, *burst], people) == set(range(20, 29))


@pytest.mark.parametrize("seconds", [60, 120])
@pytest.mark.parametrize("seed", range(5))
def test_a_full_hall_that_answers_at_once_is_none(seconds: int, seed: int) -> None:
    rng = Random(seed)
    by_chance = sorted(moments(*(rng.uniform(0, seconds) for _ in range(500))))
    in_step = moments(*(seconds * number / 500 for number in range(500)))
    assert rushes(by_chance, 500) == rushes(in_step, 500) == set()


@pytest.mark.parametrize("seed", range(5))
def test_a_small_room_told_to_scan_now_is_none(seed: int) -> None:
    rng = Random(seed)
    answers = sorted(moments(*(rng.gauss(25, 9) for _ in range(25))))
    assert rushes(answers, 25) == set()


def test_more_in_a_second_than_the_door_lets_through_is_a_rush_amid_a_crowd() -> None:
    crowd = moments(*(number / 2 for number in range(120)))
    burst = moments(*(30 + number / 12 for number in range(10)))
    found = rushes(sorted([*crowd, *burst]), 83)
    assert len(found) >= 10
    assert rushes(crowd, 83) == set()


@pytest.mark.parametrize(
    ("apart", "count", "flood"), [(1, 12, 12), (4, 5, 5), (4, 4, 0), (6, 40, 0), (20, 40, 0)]
)
def test_a_device_that_fills_faster_than_people_is_flooded(apart: int, count: int, flood: int) -> None:
    assert len(floods(moments(*(apart * number for number in range(count))))) == flood
