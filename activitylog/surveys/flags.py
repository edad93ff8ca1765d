"""Flags of doubtful answers, for a person to check: a flag alone neither blocks nor excludes an answer."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import IntFlag, StrEnum
from itertools import groupby

from activitylog.core.period import start_of_day

FASTEST = timedelta(seconds=3)  # from the page to the answer, for somebody who reads
MANY_ACTIVITIES = 4  # that one device has answered within A_DAY, when it answers another
A_DAY = timedelta(hours=24)
BURST = 10  # answers within one minute at an hour when nobody leaves an activity
LEAVING = (timedelta(hours=7), timedelta(hours=22))  # of the activity's day: when people may leave one
SAME_TEXTS = 5  # of one wording
SHORTEST_TEXT = 6  # characters: many people write 很好 independently


class AnswerFlag(IntFlag):
    """Doubts recorded when an answer arrives, stored with it."""

    NONE = 0
    FAST = 1
    NO_PAGE = 2
    STAFF = 4
    MANY = 8
    KIOSK = 16
    NO_CODE = 32


class ComparisonFlag(StrEnum):
    """Doubts found by comparing an activity's answers, computed when its answers are listed."""

    BEYOND_HEADS = "beyond"
    BURST = "burst"
    SAME = "same"


FLAG_LABELS = {
    AnswerFlag.FAST: "3 秒内提交",
    AnswerFlag.NO_PAGE: "不是从问卷页提交",
    AnswerFlag.STAFF: "工作人员手机",
    AnswerFlag.MANY: "一天内填了多场",
    AnswerFlag.NO_CODE: "没扫现场码",
    AnswerFlag.KIOSK: "自助填写",
}
COMPARISON_LABELS = {
    ComparisonFlag.BEYOND_HEADS: "超出受众人数",
    ComparisonFlag.BURST: "不合时段的集中提交",
    ComparisonFlag.SAME: "建议雷同",
}
SUSPICIOUS = (
    AnswerFlag.FAST | AnswerFlag.NO_PAGE | AnswerFlag.STAFF | AnswerFlag.MANY | AnswerFlag.NO_CODE
)  # a kiosk is only a source


class ExclusionStep(StrEnum):
    """What an exclusion decision does to answers."""

    EXCLUDED = "excluded"
    INCLUDED = "included"


EXCLUSION_LABELS = {ExclusionStep.EXCLUDED: "剔除", ExclusionStep.INCLUDED: "恢复计入"}


def leaving_hours(happens_on: date) -> tuple[datetime, datetime]:
    """The hours of that day at which many answers in a minute are normal: people leave the activity."""
    begins = start_of_day(happens_on)
    return begins + LEAVING[0], begins + LEAVING[1]


def is_fast(served_at: datetime, submitted_at: datetime) -> bool:
    return submitted_at - served_at < FASTEST


def number_ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as text, with runs joined: 7、12–15."""
    runs: list[Sequence[int]] = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        runs.append((members[0], members[-1]))
    return "、".join(f"{first}" if first == last else f"{first}–{last}" for first, last in runs)
