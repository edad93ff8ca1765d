"""Writes activities as an iCalendar file (RFC 5545), to which calendar programs subscribe."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, vDuration, vText

REFRESH = timedelta(hours=1)
USUAL_LENGTH = timedelta(hours=2)  # of an activity with a start time, as its end is not recorded
LINE = 75  # octets at most, without the line's end: RFC 5545, 3.1
_END = b"END:VCALENDAR\r\n"
_CONTROLS = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"}


@dataclass(frozen=True, slots=True)
class ActivityEvent:
    """One event, of a whole day or from `starts_at` on; `uid` never changes, `revision` counts changes."""

    uid: str
    day: date
    title: str
    place: str
    description: str
    url: str
    is_cancelled: bool
    changed_at: datetime
    revision: int
    starts_at: datetime | None = None


def calendar_file_of(name: str, events: Iterable[ActivityEvent]) -> bytes:
    """The bytes of the calendar file."""
    file = Calendar()
    file.add("VERSION", "2.0")
    file.add("PRODID", "-//activitylog//calendar//ZH")
    file.add("CALSCALE", "GREGORIAN")
    file.add("NAME", _text(name))
    file.add("X-WR-CALNAME", _text(name))
    file.add("X-WR-TIMEZONE", "Asia/Shanghai")
    file.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    file.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    content: bytes = file.to_ical(sorted=False)
    return content.removesuffix(_END) + b"".join(map(_event, events)) + _END


def _event(event: ActivityEvent) -> bytes:
    """The event's lines; the library would take seven times as long, and a phone asks once an hour."""
    changed_at = _moment(event.changed_at)
    if event.starts_at is None:
        begins, ends = _whole_day(event.day), _whole_day(event.day + timedelta(days=1))
    else:
        begins, ends = (b":" + _moment(at) for at in (event.starts_at, event.starts_at + USUAL_LENGTH))
    lines = (
        b"BEGIN:VEVENT",
        b"UID:" + _escaped(event.uid),
        b"DTSTAMP:" + changed_at,
        b"LAST-MODIFIED:" + changed_at,
        b"SEQUENCE:%d" % event.revision,
        b"DTSTART" + begins,
        b"DTEND" + ends,
        b"SUMMARY:" + _escaped(event.title),
        *([b"LOCATION:" + _escaped(event.place)] if event.place else []),
        b"DESCRIPTION:" + _escaped(event.description),
        b"URL:" + event.url.encode(),
        b"STATUS:" + (b"CANCELLED" if event.is_cancelled else b"CONFIRMED"),
        b"TRANSP:TRANSPARENT",
        b"END:VEVENT",
    )
    return b"".join(map(_folded, lines))


def _moment(moment: datetime) -> bytes:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ").encode()


def _whole_day(day: date) -> bytes:
    return b";VALUE=DATE:" + day.strftime("%Y%m%d").encode()


def _escaped(value: str) -> bytes:
    escaped: bytes = _text(value).to_ical()
    return escaped


def _folded(line: bytes) -> bytes:
    """The line with its end, in pieces of at most LINE octets; no character and no escape is cut."""
    pieces = []
    while len(line) > LINE:
        cut = LINE
        while line[cut] & 0xC0 == 0x80:  # within a character
            cut -= 1
        if (cut - len(line[:cut].rstrip(b"\\"))) % 2:  # within an escape
            cut -= 1
        pieces.append(line[:cut])
        line = b" " + line[cut:]
    return b"\r\n".join((*pieces, line)) + b"\r\n"


def _text(value: str) -> vText:
    """An escaped text without control characters, which calendars do not read."""
    return vText(value.replace("\r\n", "\n").translate(_CONTROLS))
