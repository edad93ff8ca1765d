from datetime import date, timedelta

import pytest

from activitylog.core.districts import BY_CODE
from activitylog.sample.outings import Ending
from activitylog.sample.programme import BUS, DELIVERY, MAIN_EVENT, programme
from activitylog.sample.season import science_day, science_week

DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2028, 2, 29), date(2026, 10, 1), date(2026, 12, 31)]


@pytest.mark.parametrize("today", DAYS)
def test_something_is_always_planned_for_today(today: date) -> None:
    ordinary = [each for each in programme(today.year, today) if each.project in (DELIVERY, BUS)]
    assert any(each.planned_on == today and each.ending is Ending.APPROVED for each in ordinary)


@pytest.mark.parametrize("today", DAYS[1:])
def test_something_was_always_held_yesterday_and_waits_for_review(today: date) -> None:
    yesterday = today - timedelta(days=1)
    held = [each for each in programme(today.year, today) if each.held_on == yesterday]
    assert any(each.logged_after == 0 and each.reviewed_after > 1 for each in held)


def test_a_past_year_does_not_depend_on_today() -> None:
    assert programme(2024, date(2026, 6, 11)) == programme(2024, date(2027, 1, 1))


def test_outings_follow_the_seasons() -> None:
    months = [outing.planned_on.month for outing in programme(2024, date(2026, 6, 11))]
    quiet = [months.count(month) for month in (1, 2, 8)]
    busy = [months.count(month) for month in (5, 9)]
    assert max(quiet) * 4 < min(busy)


def test_the_main_event_is_on_the_third_saturday_of_september() -> None:
    (main,) = [each for each in programme(2024, date(2026, 6, 11)) if MAIN_EVENT in each.kinds]
    assert main.held_on == science_day(2024) == date(2024, 9, 21)
    assert science_week(2024) == date(2024, 5, 25)


def test_every_district_is_visited_and_none_invented() -> None:
    visited = {outing.spot.district for outing in programme(2024, date(2026, 6, 11))}
    assert visited == set(BY_CODE)


def test_nobody_answers_twice_for_a_head() -> None:
    for outing in programme(2024, date(2026, 6, 11)):
        assert outing.on_screen + outing.on_paper <= outing.onsite + outing.online
