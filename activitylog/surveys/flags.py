"""What makes an answer worth a second look. A mark counts nothing and blocks nobody: a person decides."""

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
SHORTEST_TEXT = 6  # characters: 很好 is what many say of themselves


class Mark(IntFlag):
    """What was noticed when an answer came; stored with it."""

    NONE = 0
    FAST = 1
    NO_PAGE = 2
    STAFF = 4
    MANY = 8
    KIOSK = 16
    NO_CODE = 32


class Trait(StrEnum):
    """What is seen only among an activity's other answers, reckoned when somebody looks."""

    BEYOND = "beyond"
    BURST = "burst"
    SAME = "same"


MARK_LABELS = {
    Mark.FAST: "3 秒内提交",
    Mark.NO_PAGE: "不是从问卷页提交",
    Mark.STAFF: "工作人员手机",
    Mark.MANY: "一天内填了多场",
    Mark.NO_CODE: "没扫现场码",
    Mark.KIOSK: "自助填写",
}
TRAIT_LABELS = {
    Trait.BEYOND: "超出受众人数",
    Trait.BURST: "不合时段的集中提交",
    Trait.SAME: "建议雷同",
}
SUSPICIOUS = Mark.FAST | Mark.NO_PAGE | Mark.STAFF | Mark.MANY | Mark.NO_CODE  # a kiosk is only a source


class RulingStep(StrEnum):
    """What a person decides about answers."""

    EXCLUDED = "excluded"
    INCLUDED = "included"


STEP_LABELS = {RulingStep.EXCLUDED: "剔除", RulingStep.INCLUDED: "恢复计入"}


def leaving_hours(happens_on: date) -> tuple[datetime, datetime]:
    """When answers may come all at once: while people leave an activity of that day."""
    begins = start_of_day(happens_on)
    return begins + LEAVING[0], begins + LEAVING[1]


def is_fast(served_at: datetime, submitted_at: datetime) -> bool:
    return submitted_at - served_at < FASTEST


def ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as a person writes them: 7、12–15."""
    runs: list[Sequence[int]] = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        runs.append((members[0], members[-1]))
    return "、".join(f"{first}" if first == last else f"{first}–{last}" for first, last in runs)
