"""Times relative to today by which a list is filtered, and how a day is headed in it."""

from datetime import date, timedelta
from enum import StrEnum

from activitylog.core.period import day_label


class When(StrEnum):
    """A time relative to today, by which a list is filtered."""

    TODAY = "today"
    WEEK = "week"
    OVERDUE = "overdue"


WHEN_LABELS = {When.TODAY: "今天", When.WEEK: "本周", When.OVERDUE: "待补"}


def days_of(when: When, today: date) -> tuple[date | None, date]:
    """The first and last day of the time; overdue is what was planned before today, and not logged since."""
    if when is When.OVERDUE:
        return None, today - timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    return (today, today) if when is When.TODAY else (monday, monday + timedelta(days=6))


def heading_of(day: date, today: date) -> str:
    """今天 6月12日 周三; the year where it is another one."""
    year = "" if day.year == today.year else f"{day.year}年"
    word = _NEAR.get((day - today).days, "")
    return f"{word} {year}{day_label(day)}".lstrip()


_NEAR = {-1: "昨天", 0: "今天", 1: "明天"}
