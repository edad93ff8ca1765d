from datetime import UTC, date, datetime, time, timedelta

import pytest

from activitylog.activities.rules import Status
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.rules import (
    Window,
    device_hash,
    survey_window,
    why_closed,
)

OPENS_AT = datetime(2024, 6, 11, 15, 30, tzinfo=UTC)
CLOSES_AT = datetime(2024, 6, 14, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)


DAY = date(2024, 6, 12)


def activity(status: Status = Status.LOGGED, start_time: time | None = None) -> SurveyedActivity:
    return SurveyedActivity(1, "暑期天文课堂", DAY, status, start_time=start_time)


def test_window_runs_from_half_an_hour_before_the_day_to_48_hours_after_it() -> None:
    assert survey_window(DAY, None) == (OPENS_AT, CLOSES_AT)


@pytest.mark.parametrize(
    ("start_time", "minutes_before", "opens_at"),
    [
        (time(14), 30, datetime(2024, 6, 12, 5, 30, tzinfo=UTC)),
        (time(14), 0, datetime(2024, 6, 12, 6, 0, tzinfo=UTC)),
        (time(0, 10), 30, datetime(2024, 6, 11, 15, 40, tzinfo=UTC)),
        (None, 0, datetime(2024, 6, 11, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_known_start_opens_the_window_so_many_minutes_before_it_and_ends_it_no_sooner(
    start_time: time | None, minutes_before: int, opens_at: datetime
) -> None:
    window = Window(minutes_before=minutes_before)
    assert survey_window(DAY, start_time, window) == (opens_at, CLOSES_AT)
    there = activity(start_time=start_time)
    assert why_closed(there, opens_at, window) is None
    assert why_closed(there, opens_at - SECOND, window) is not None


def test_who_comes_on_the_day_before_the_hour_is_told_the_hour() -> None:
    there = activity(start_time=time(14))
    early = why_closed(there, datetime(2024, 6, 12, 5, 29, 59, tzinfo=UTC))
    assert early is not None
    assert early == "本场活动的问卷还没有开放，今天 13:30 起可以填写，请到时再扫码。"
    assert early.english == "The survey opens today at 13:30. Please scan the code again then."
    day_before = why_closed(there, OPENS_AT)
    assert day_before is not None
    assert day_before == "本场活动的问卷还没有开放，请在活动当天（6月12日 周三）13:30 以后再扫码填写。"
    assert "Wednesday, 12 June at 13:30." in day_before.english
    at_night = why_closed(activity(start_time=time(0, 10)), OPENS_AT)
    assert at_night == "本场活动的问卷还没有开放，请在活动当天（6月12日 周三）再扫码填写。"


@pytest.mark.parametrize("now", [OPENS_AT, CLOSES_AT - SECOND])
def test_both_ends_of_the_window_take_answers(now: datetime) -> None:
    assert why_closed(activity(), now) is None


def test_early_late_and_cancelled_each_have_their_sentence() -> None:
    assert why_closed(activity(), OPENS_AT - SECOND) == (
        "本场活动的问卷还没有开放，请在活动当天（6月12日 周三）再扫码填写。"
    )
    assert why_closed(activity(), CLOSES_AT) == (
        "本场活动的问卷已于6月14日 周五结束，不再收集。感谢您的关注。"
    )
    cancelled = why_closed(activity(Status.WITHDRAWN), OPENS_AT)
    assert cancelled is not None
    assert "已取消" in cancelled


def test_device_hash_differs_by_activity_device_and_key() -> None:
    hashes = {
        device_hash(key, activity_id, token)
        for key in ("one key", "another key")
        for activity_id in (1, 2)
        for token in ("a", "b")
    }
    assert len(hashes) == 8
    assert {len(value) for value in hashes} == {43}
