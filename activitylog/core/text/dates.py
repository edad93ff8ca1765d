"""Reads days, times of day and moments."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from activitylog.core.period import business_day, moment_of
from activitylog.core.text.words import plain_text

_DAY = r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?"
_WHOLE_DAY = re.compile(rf"{_DAY}|([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})")
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2})(?::[0-9]{2})?|[点时](?:([0-9]{1,2})分?|(半))?)")
_TIME = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
_ZONE = r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))"
_MOMENT = re.compile(rf"{_DAY}(?:[ T]*{_TIME}(?:{_ZONE})?)?")


class Moment(NamedTuple):
    """When something was published: the day in Shanghai and, where given, the moment in UTC."""

    on: date
    at: datetime | None


class NotADay(ValueError):
    """A text that is no day or moment; the message says in Chinese why, without a full stop."""


def read_day(text: str) -> date | None:
    """The day written as 2024-06-03, 2024/6/3, 2024.6.3, 2024年6月3日 or 20240603; None when it is none."""
    match = _WHOLE_DAY.fullmatch(_plain(text))
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """The whole minute written as 14:30, 14点半 or 14时05分; None when there is no such time."""
    match = _CLOCK.fullmatch(re.sub(r"\s", "", _plain(text)))
    if match is None:
        return None
    hour, minute, spoken, half = match.groups()
    at = int(hour), 30 if half else int(minute or spoken or 0)
    return time(*at) if at < (24, 0) and at[1] < 60 else None


def read_moment(text: str) -> Moment:
    """A day with or without a time of day in Shanghai or in a zone it names; raises NotADay."""
    match = _MOMENT.fullmatch(_plain(text))
    if match is None:
        on = read_day(text)
        if on is None:
            raise NotADay("不是日期")
        return Moment(on, None)
    year, month, day, hour, minute, second, fraction, zulu, sign, zone_hours, zone_minutes = match.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return Moment(on, None)
        at = time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
        if not zulu and not sign:
            return Moment(on, moment_of(on, at))
        offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
        moment = datetime.combine(on, at, UTC) - (-offset if sign == "-" else offset)
        return Moment(business_day(moment), moment)
    except (ValueError, OverflowError):
        raise NotADay("没有这一天或这个时刻") from None


def _plain(text: str) -> str:
    return re.sub("[‐‑‒–—−]", "-", plain_text(text))
