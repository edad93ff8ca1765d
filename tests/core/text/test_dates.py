"""Days and times as they are typed."""

from datetime import UTC, date, datetime, time

import pytest

from activitylog.core.text.dates import Moment, NotADay, read_day, read_moment, read_time

DAY = date(2024, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05",
        "2024/1/5",
        "2024.01.05",
        "2024年1月5日",
        "2024 年 1 月 5 日",
        "2024年1月5号",
        "２０２４－０１－０５",
        "20240105",
        "2024–1–5",
        "2024-01-05\u200b",
    ],
)
def test_a_day_is_read_in_every_spelling(text: str) -> None:
    assert read_day(text) == DAY
    assert read_moment(text) == Moment(DAY, None)


@pytest.mark.parametrize("text", ["2024-13-01", "2024-02-30", "年初", "2024-01", "", "24-1-5"])
def test_a_day_there_is_not_is_not_guessed(text: str) -> None:
    assert read_day(text) is None
    with pytest.raises(NotADay):
        read_moment(text)


def test_a_moment_has_the_zone_of_shanghai_unless_it_names_one() -> None:
    at = datetime(2024, 1, 5, 1, 30, tzinfo=UTC)
    assert read_moment("2024年1月5日 9：30") == read_moment("2024-01-05T01:30:00Z") == Moment(DAY, at)


def test_a_time_is_read_to_the_minute() -> None:
    assert read_time("１４：３０") == read_time("14点半") == read_time("14时30分") == time(14, 30)
    assert read_time("25:00") is None
