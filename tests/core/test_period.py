"""Periods, and days and moments in Shanghai."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.period import (
    Period,
    business_day,
    business_time,
    day_label,
    moment_of,
    months_before,
    start_of_day,
    year_periods,
)
from activitylog.errors import BadInput

months = st.builds(Period, st.integers(1901, 9997), st.integers(1, 12))
days = st.dates(date(1901, 1, 1), date(9997, 12, 31))


@pytest.mark.parametrize(("text", "period"), [("2024-06", Period(2024, 6)), (" 1999-12 ", Period(1999, 12))])
def test_a_month_is_written_as_year_and_month(text: str, period: Period) -> None:
    assert Period.parse(text) == period
    assert str(period) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-6",
        "2024-06-01",
        "2024/06",
        "06-2024",
        "２０２４-06",
        "2024-0６",
        "上月",
        "20240-1",
        "-024-06",
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(BadInput, match="无法识别，请写成四位年加两位月，如 2024-06"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["2024-00", "2024-13", "0001-01", "9999-01", "1899-12"])
def test_a_month_the_calendar_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=f"没有“{text}”这个月份"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("period", "last"),
    [
        (Period(2024, 2), date(2024, 2, 29)),
        (Period(2023, 2), date(2023, 2, 28)),
        (Period(2100, 2), date(2100, 2, 28)),
        (Period(2000, 2), date(2000, 2, 29)),
        (Period(2024, 12), date(2024, 12, 31)),
        (Period(2024, 4), date(2024, 4, 30)),
    ],
)
def test_a_month_ends_with_its_last_day(period: Period, last: date) -> None:
    assert period.last_day == last
    assert period.contains(last)
    assert not period.contains(last + timedelta(days=1))
    assert period.end == last + timedelta(days=1)


def test_december_is_followed_by_january_of_the_next_year() -> None:
    assert Period(2024, 12).next == Period(2025, 1)
    assert Period(2025, 1).previous == Period(2024, 12)
    assert Period(2024, 12).end == date(2025, 1, 1)


@given(months)
def test_next_and_previous_undo_each_other_and_keep_order(period: Period) -> None:
    assert period.next.previous == period == period.previous.next
    assert period.previous < period < period.next
    assert str(period.previous) < str(period) < str(period.next)


@given(days)
def test_every_day_lies_in_exactly_its_month(day: date) -> None:
    period = Period.of(day)
    assert period.contains(day)
    assert not period.next.contains(day)
    assert not period.previous.contains(day)
    assert period.first_day <= day <= period.last_day


@given(months)
def test_a_month_reads_back_as_it_is_written(period: Period) -> None:
    assert Period.parse(str(period)) == period


def test_months_follow_each_other_up_to_and_with_the_last() -> None:
    assert [str(month) for month in Period(2024, 11).through(Period(2025, 2))] == [
        "2024-11",
        "2024-12",
        "2025-01",
        "2025-02",
    ]
    assert list(Period(2024, 3).through(Period(2024, 2))) == []


def test_a_fiscal_year_is_the_calendar_year() -> None:
    assert year_periods(2024) == tuple(Period(2024, 1).through(Period(2024, 12)))
    assert Period(2024, 9).first_of_year == Period(2024, 1)


def test_labels_are_the_offices_own() -> None:
    assert Period(2024, 6).label == "2024年6月"
    assert day_label(date(2024, 6, 12)) == "6月12日 周三"
    assert day_label(date(2024, 12, 29)) == "12月29日 周日"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2024, 6, 30, 15, 59, 59, tzinfo=UTC), date(2024, 6, 30)),
        (datetime(2024, 6, 30, 16, 0, tzinfo=UTC), date(2024, 7, 1)),
        (datetime(2023, 12, 31, 16, 0, tzinfo=UTC), date(2024, 1, 1)),
        (datetime(2024, 6, 30, 22, 0, tzinfo=timezone(timedelta(hours=-5))), date(2024, 7, 1)),
    ],
)
def test_a_day_is_shanghais_wherever_the_server_stands(moment: datetime, day: date) -> None:
    assert business_day(moment) == day


def test_a_moment_is_what_shanghais_clocks_show_on_a_day_to_the_minute() -> None:
    moment = moment_of(date(2024, 6, 12), time(7, 30))
    assert moment == datetime(2024, 6, 11, 23, 30, tzinfo=UTC)
    assert business_time(moment + timedelta(seconds=59)) == time(7, 30)


def test_a_day_starts_at_midnight_in_shanghai() -> None:
    assert start_of_day(date(2024, 7, 1)) == datetime(2024, 6, 30, 16, 0, tzinfo=UTC)
    assert start_of_day(date(2024, 1, 1)).tzinfo is UTC


@given(days.filter(lambda day: day.year > 1991))
def test_a_day_holds_its_first_moment_and_not_the_one_before(day: date) -> None:
    start = start_of_day(day)
    assert business_day(start) == day
    assert business_day(start - timedelta(microseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2024, 6, 12), 6, date(2023, 12, 12)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 3, 30), 1, date(2023, 2, 28)),
        (date(2024, 1, 1), 12, date(2023, 1, 1)),
    ],
)
def test_months_before_a_day_end_where_a_month_is_shorter(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before
