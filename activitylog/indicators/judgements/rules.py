"""Grades of qualitative indicators, and the band of the weight each may give."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from activitylog.core.period import Period
from activitylog.errors import BadInput
from activitylog.indicators.status import IndicatorStatus


class Grade(StrEnum):
    """How far a qualitative target is reached."""

    REACHED = "reached"
    PARTLY = "partly"
    MISSED = "missed"


GRADE_LABELS = {Grade.REACHED: "达成", Grade.PARTLY: "部分达成", Grade.MISSED: "未达成"}
GRADE_STATUSES = {
    Grade.REACHED: IndicatorStatus.GREEN,
    Grade.PARTLY: IndicatorStatus.YELLOW,
    Grade.MISSED: IndicatorStatus.RED,
}
BANDS = {Grade.REACHED: (80, 100), Grade.PARTLY: (60, 80), Grade.MISSED: (0, 60)}


def check_ratio(grade: Grade, ratio: int) -> None:
    """Refuse a ratio (per cent of the weight) outside the grade's band."""
    low, high = BANDS[grade]
    if not low <= ratio <= high:
        raise BadInput(f"评为“{GRADE_LABELS[grade]}”的，得分比例应在 {low}% 到 {high}% 之间。", field="ratio")


@dataclass(frozen=True, slots=True)
class Judged:
    """The current judgement of an indicator: it counts at once, also before a second person confirms it."""

    grade: Grade
    ratio: int
    period: Period
    is_confirmed: bool

    @property
    def word(self) -> str:
        return GRADE_LABELS[self.grade]

    @property
    def is_reached(self) -> bool:
        return self.grade is Grade.REACHED

    @property
    def status(self) -> IndicatorStatus:
        return GRADE_STATUSES[self.grade]


def grade_of_rate(rate: Decimal) -> Grade:
    """及时: nine in ten on time is reached, eight in ten partly."""
    if rate >= 90:
        return Grade.REACHED
    return Grade.PARTLY if rate >= 80 else Grade.MISSED


def grade_of_forms(forms: Decimal) -> Grade:
    """内容形式多样: four forms are reached, two partly."""
    if forms >= 4:
        return Grade.REACHED
    return Grade.PARTLY if forms >= 2 else Grade.MISSED


def grade_of_parts(done: int, needed: int) -> Grade | None:
    """健全: reached when all needed are in force, partly when some are; None where none is needed."""
    if not needed:
        return None
    if done == needed:
        return Grade.REACHED
    return Grade.PARTLY if done else Grade.MISSED
