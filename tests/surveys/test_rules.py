from datetime import UTC, date, datetime, timedelta

import pytest

from activitylog.activities.rules import Status
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.rules import (
    HIDDEN,
    device_hash,
    mask_numbers,
    survey_window,
    why_closed,
)

OPENS_AT = datetime(2024, 6, 11, 15, 30, tzinfo=UTC)
CLOSES_AT = datetime(2024, 6, 14, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def activity(status: Status = Status.LOGGED) -> SurveyedActivity:
    return SurveyedActivity(1, "暑期天文课堂", date(2024, 6, 12), status)


def test_window_runs_from_half_an_hour_before_the_day_to_48_hours_after_it() -> None:
    assert survey_window(date(2024, 6, 12)) == (OPENS_AT, CLOSES_AT)


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


@pytest.mark.parametrize(
    "number",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "１３８１２３４５６７８",
        "310101199003071234",
        "31010119900307123x",
        "310101 19900307 123X",
        "310101900307123",
        "021-64381234",
        "(021)64381234",
        "0512 6438 1234",
        "64381234",
    ],
)
def test_phone_and_identity_numbers_are_masked(number: str) -> None:
    assert mask_numbers(f"请打{number}找我") == f"请打{HIDDEN}找我"


@pytest.mark.parametrize(
    "text", ["2024-06-12 来过 3 次", "20240612 那场", "第 1200 号展品，价 12345.60 元", "9:30–11:00"]
)
def test_days_times_and_amounts_stay(text: str) -> None:
    assert mask_numbers(text) == text


def test_device_hash_differs_by_activity_device_and_key() -> None:
    hashes = {
        device_hash(key, activity_id, token)
        for key in ("one key", "another key")
        for activity_id in (1, 2)
        for token in ("a", "b")
    }
    assert len(hashes) == 8
    assert {len(value) for value in hashes} == {43}
