"""Periods (calendar months) and business days in Asia/Shanghai; the fiscal year is the calendar year."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from activitylog.errors import BadInput

SHANGHAI = ZoneInfo("Asia/Shanghai")
_PATTERN = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One calendar month; its days are the half-open range [first_day, end)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1900 <= self.year <= 9998 and 1 <= self.month <= 12):
            raise BadInput(f"没有“{self.year:04d}-{self.month:02d}”这个月份，请写成如 2024-06。")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read `YYYY-MM`; anything else raises BadInput."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise BadInput(f"月份“{text}”无法识别，请写成四位年加两位月，如 2024-06。")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Period":
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The first day after the month."""
        return self.next.first_day

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def next(self) -> "Period":
        return Period(self.year + 1, 1) if self.month == 12 else Period(self.year, self.month + 1)

    @property
    def previous(self) -> "Period":
        return Period(self.year - 1, 12) if self.month == 1 else Period(self.year, self.month - 1)

    @property
    def first_of_year(self) -> "Period":
        return Period(self.year, 1)

    def contains(self, day: date) -> bool:
        return self.first_day <= day < self.end

    def through(self, last: "Period") -> Iterator["Period"]:
        """Yield this month and the following ones up to and with `last`."""
        current = self
        while current <= last:
            yield current
            current = current.next


def year_periods(year: int) -> tuple[Period, ...]:
    """The twelve months of a fiscal year."""
    return tuple(Period(year, month) for month in range(1, 13))


def business_day(moment: datetime) -> date:
    """The day in Shanghai at an aware moment."""
    return moment.astimezone(SHANGHAI).date()


def months_before(day: date, months: int) -> date:
    """The day so many months earlier; the month's last day where it has no such day."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(years, month + 1, last)
        except ValueError:
            continue
    return date(years, month + 1, day.day)


def start_of_day(day: date) -> datetime:
    """Midnight in Shanghai as an aware UTC moment."""
    return moment_of(day, time(0))


def moment_of(day: date, at: time) -> datetime:
    """The moment at which clocks in Shanghai show `at` on the day, in UTC."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def business_time(moment: datetime) -> time:
    """The time of day in Shanghai at an aware moment, to the minute."""
    return moment.astimezone(SHANGHAI).time().replace(second=0, microsecond=0)


def utc_now() -> datetime:
    """The current moment; to be called in routes, jobs and commands only, and passed on."""
    return datetime.now(UTC)


def month_day(day: date) -> str:
    """6月12日."""
    return f"{day.month}月{day.day}日"


def day_label(day: date, at: time | None = None) -> str:
    """6月12日 周三, or 6月12日 周三 14:30."""
    return f"{month_day(day)} 周{_WEEKDAYS[day.weekday()]}{f' {at:%H:%M}' if at else ''}"


def shanghai_text(moment: datetime) -> str:
    """ISO 8601 with Shanghai's offset, to the second."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
