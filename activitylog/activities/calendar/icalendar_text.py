"""Activities as a calendar that phones and desks subscribe to: RFC 5545 text, plain Python."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE = 75  # octets, without the line's end
REFRESH = "PT1H"
USUAL_LENGTH = timedelta(hours=2)  # of an activity that starts at a known time: nobody writes down its end
_CONTROLS = {code: None for code in (*range(32), 127) if code != ord("\t")}
_WRITTEN = _CONTROLS | str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


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
    return "".join(f"{_folded(line)}\r\n" for line in _lines(name, events)).encode()


def _lines(name: str, events: Iterable[Event]) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//activitylog//calendar//ZH"
    yield "CALSCALE:GREGORIAN"
    yield f"NAME:{_text(name)}"
    yield f"X-WR-CALNAME:{_text(name)}"
    yield "X-WR-TIMEZONE:Asia/Shanghai"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}"
    yield f"X-PUBLISHED-TTL:{REFRESH}"
    for event in events:
        yield from _event(event)
    yield "END:VCALENDAR"


def _event(event: Event) -> Iterator[str]:
    changed_at = _moment(event.changed_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{changed_at}"
    yield f"LAST-MODIFIED:{changed_at}"
    yield f"SEQUENCE:{event.revision}"
    yield from _times(event)
    yield f"SUMMARY:{_text(event.title)}"
    if event.place:
        yield f"LOCATION:{_text(event.place)}"
    yield f"DESCRIPTION:{_text(event.description)}"
    yield f"URL:{event.url}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _times(event: Event) -> Iterator[str]:
    if event.starts_at is None:
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    else:
        yield f"DTSTART:{_moment(event.starts_at)}"
        yield f"DTEND:{_moment(event.starts_at + USUAL_LENGTH)}"


def _text(value: str) -> str:
    """A value of type TEXT: four characters escaped, control characters nowhere."""
    return value.replace("\r\n", "\n").translate(_WRITTEN)


def _moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> str:
    """The line in pieces no longer than LONGEST_LINE octets, no character cut."""
    if len(line.encode()) <= LONGEST_LINE:
        return line
    pieces, piece, room = [], "", LONGEST_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", LONGEST_LINE - 1  # the blank that marks a continued line counts
        piece += character
        room -= size
    return "\r\n ".join([*pieces, piece])
