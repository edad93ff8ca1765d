"""Rules of single answers: flags found by comparing them, and what a decision about them is called."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from activitylog.core.period import start_of_day
from activitylog.surveys.rules import AnswerFlag, ExclusionStep

BURST = 10  # answers within one minute at an hour when nobody leaves an activity
LEAVING = (timedelta(hours=7), timedelta(hours=22))  # of the activity's day: when people may leave one
SAME_TEXTS = 5  # of one wording
SHORTEST_TEXT = 6  # characters: many people write 很好 independently


class ComparisonFlag(StrEnum):
    """Doubts found by comparing an activity's answers, computed when its answers are listed."""

    BEYOND_HEADS = "beyond"
    BURST = "burst"
    SAME = "same"


COMPARISON_LABELS = {
    ComparisonFlag.BEYOND_HEADS: "超出受众人数",
    ComparisonFlag.BURST: "不合时段的集中提交",
    ComparisonFlag.SAME: "建议雷同",
}
SUSPICIOUS = (
    AnswerFlag.FAST | AnswerFlag.NO_PAGE | AnswerFlag.STAFF | AnswerFlag.MANY | AnswerFlag.NO_CODE
)  # a kiosk is only a source
EXCLUSION_LABELS = {ExclusionStep.EXCLUDED: "剔除", ExclusionStep.INCLUDED: "恢复计入"}


def leaving_hours(happens_on: date) -> tuple[datetime, datetime]:
    """The hours of that day at which many answers in a minute are normal: people leave the activity."""
    begins = start_of_day(happens_on)
    return begins + LEAVING[0], begins + LEAVING[1]


def number_ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as text, with runs joined: 7、12–15."""
    runs: list[Sequence[int]] = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        runs.append((members[0], members[-1]))
    return "、".join(f"{first}" if first == last else f"{first}–{last}" for first, last in runs)
