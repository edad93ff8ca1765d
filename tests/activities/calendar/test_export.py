"""A calendar file as other programs read it."""

import re
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from activitylog.activities.calendar.export import ActivityEvent, calendar_file_of

LONGEST_LINE = 75  # octets, without the line's end: RFC 5545, 3.1
NOW = datetime(2024, 6, 12, 4, 0, 5, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n,;\\\t"), max_size=120)
EVENTS = st.builds(
    ActivityEvent,
    uid=st.uuids().map(str),
    day=st.dates(date(2000, 1, 1), date(2100, 12, 30)),
    title=TEXTS,
    place=TEXTS,
    description=TEXTS,
    url=st.just("https://log.example.cn/activities/2024-0001"),
    is_cancelled=st.booleans(),
    changed_at=st.just(NOW),
    revision=st.integers(1, 9),
)


def read(file: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The calendar's own properties and those of its events, by name with parameters."""
    assert file.endswith(b"\r\n")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", file) is None
    assert all(len(line) <= LONGEST_LINE for line in file.split(b"\r\n"))
    assert all(line.decode() is not None for line in file.split(b"\r\n"))  # no character cut
    head: dict[str, str] = {}
    events: list[dict[str, str]] = []
    into = head
    for line in file.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        name, _, value = line.partition(":")
        if (name, value) == ("BEGIN", "VEVENT"):
            events.append({})
            into = events[-1]
        elif (name, value) == ("END", "VEVENT"):
            into = head
        else:
            assert name not in into or name in ("BEGIN", "END")
            into[name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
    return head, events


@given(st.lists(EVENTS, max_size=4))
def test_every_event_is_read_back_as_it_was(events: list[ActivityEvent]) -> None:
    head, found = read(calendar_file_of("科普活动", events))
    assert (head["VERSION"], head["X-WR-TIMEZONE"]) == ("2.0", "Asia/Shanghai")
    assert [
        (each["UID"], each["SUMMARY"], each.get("LOCATION", ""), each["DESCRIPTION"]) for each in found
    ] == [(event.uid, event.title, event.place, event.description) for event in events]
    for event, each in zip(events, found, strict=True):
        assert each["DTSTART;VALUE=DATE"] == f"{event.day:%Y%m%d}"
        assert each["DTEND;VALUE=DATE"] == f"{event.day + timedelta(days=1):%Y%m%d}"
        assert each["DTSTAMP"] == each["LAST-MODIFIED"] == "20240612T040005Z"
        assert each["STATUS"] == ("CANCELLED" if event.is_cancelled else "CONFIRMED")


def test_an_event_whose_start_is_known_takes_two_hours_from_then() -> None:
    event = ActivityEvent("1", date(2024, 6, 12), "天文课", "", "", "", False, NOW, 1, starts_at=NOW)
    _, (found,) = read(calendar_file_of("", [event]))
    assert (found["DTSTART"], found["DTEND"]) == ("20240612T040005Z", "20240612T060005Z")


def test_line_ends_and_control_characters_of_a_note_stay_inside_it() -> None:
    event = ActivityEvent("1", date(2024, 6, 12), "a\r\nEND:VEVENT\x00\x7f", "", "b\rc", "", False, NOW, 1)
    _, (found,) = read(calendar_file_of("", [event]))
    assert (found["SUMMARY"], found["DESCRIPTION"]) == ("a\nEND:VEVENT", "bc")


def test_a_calendar_is_read_again_every_hour_and_its_name_is_escaped() -> None:
    head, _ = read(file := calendar_file_of("科普,活动", []))
    assert (head["REFRESH-INTERVAL;VALUE=DURATION"], head["X-PUBLISHED-TTL"]) == ("PT1H", "PT1H")
    assert head["NAME"] == head["X-WR-CALNAME"] == "科普,活动"
    assert "NAME:科普\\,活动".encode() in file
