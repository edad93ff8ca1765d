"""Activities as an iCalendar file (RFC 5545), which calendars on phones and desks subscribe to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, vDuration, vText
from icalendar import Event as CalendarEvent

REFRESH = timedelta(hours=1)
USUAL_LENGTH = timedelta(hours=2)  # of an activity that starts at a known time: nobody writes down its end
_CONTROLS = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"}


@dataclass(frozen=True, slots=True)
class Event:
    """All of its day, or from a moment of it on; `uid` never changes, `revision` counts its changes up."""

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


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """The whole file."""
    file = Calendar()
    file.add("VERSION", "2.0")
    file.add("PRODID", "-//activitylog//calendar//ZH")
    file.add("CALSCALE", "GREGORIAN")
    file.add("NAME", _text(name))
    file.add("X-WR-CALNAME", _text(name))
    file.add("X-WR-TIMEZONE", "Asia/Shanghai")
    file.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    file.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    for event in events:
        file.add_component(_event(event))
    content: bytes = file.to_ical(sorted=False)
    return content


def _event(event: Event) -> CalendarEvent:
    written = CalendarEvent()
    changed_at = event.changed_at.astimezone(UTC)
    written.add("UID", event.uid)
    written.add("DTSTAMP", changed_at)
    written.add("LAST-MODIFIED", changed_at)
    written.add("SEQUENCE", event.revision)
    if event.starts_at is None:
        written.add("DTSTART", event.day)
        written.add("DTEND", event.day + timedelta(days=1))
    else:
        written.add("DTSTART", event.starts_at.astimezone(UTC))
        written.add("DTEND", event.starts_at.astimezone(UTC) + USUAL_LENGTH)
    written.add("SUMMARY", _text(event.title))
    if event.place:
        written.add("LOCATION", _text(event.place))
    written.add("DESCRIPTION", _text(event.description))
    written.add("URL", event.url)
    written.add("STATUS", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    written.add("TRANSP", "TRANSPARENT")
    return written


def _text(value: str) -> vText:
    """A text as the library escapes it, without the control characters that no calendar reads."""
    return vText(value.replace("\r\n", "\n").translate(_CONTROLS))
