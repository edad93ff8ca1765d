"""Rules of single answers: flags on arrival and by comparison, and what a decision about them is called."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from activitylog.core.period import start_of_day
from activitylog.surveys.access.rules import AccessKind, is_stale, kiosk_of, kiosk_tag, served_at
from activitylog.surveys.rules import MANY_ACTIVITIES, AnswerFlag, ExclusionStep, is_fast

BURST = 10  # answers within one minute at an hour when nobody leaves an activity
LEAVING = (timedelta(hours=7), timedelta(hours=22))  # of the activity's day: when people may leave one
SAME_TEXTS = 5  # of one wording
SHORTEST_TEXT = 6  # characters: many people write 很好 independently
DOOR = ((timedelta(seconds=1), 8, 20), (timedelta(seconds=10), 15, 2))  # span, least, part of the people
SUDDEN, SUDDEN_SPAN, AROUND = 6, timedelta(seconds=3), timedelta(seconds=15)
FLOOD, FLOOD_SPAN = 5, timedelta(seconds=20)


class ComparisonFlag(StrEnum):
    """Doubts found by comparing an activity's answers, computed when its answers are listed."""

    BEYOND_HEADS = "beyond"
    BURST = "burst"
    RUSH = "rush"
    FLOOD = "flood"
    SAME = "same"


COMPARISON_LABELS = {
    ComparisonFlag.BEYOND_HEADS: "超出受众人数",
    ComparisonFlag.BURST: "不合时段的集中提交",
    ComparisonFlag.RUSH: "几秒内集中提交",
    ComparisonFlag.FLOOD: "自助填写快得不像真人",
    ComparisonFlag.SAME: "建议雷同",
}
SUSPICIOUS = (
    AnswerFlag.FAST
    | AnswerFlag.NO_PAGE
    | AnswerFlag.STAFF
    | AnswerFlag.MANY
    | AnswerFlag.NO_CODE
    | AnswerFlag.STALE
    | AnswerFlag.NO_COOKIE
)  # a kiosk is only a source
EXCLUSION_LABELS = {
    ExclusionStep.EXCLUDED: "剔除",
    ExclusionStep.INCLUDED: "恢复计入",
    ExclusionStep.ACCEPTED: "核实无误",
}


def flags_on_arrival(
    access: AccessKind | None,
    nonce: str,
    sent_at: datetime,
    *,
    is_staff: bool,
    brought_cookie: bool,
    recent_answers: int,
    revoked_kiosks: Collection[int],
) -> AnswerFlag:
    """The doubts about an answer from a page that was opened by `access`; None: from no page of ours.

    At a kiosk, which many people share, nothing is concluded from the device.
    """
    is_kiosk, is_ours = access is AccessKind.KIOSK, access is not None
    is_revoked = is_kiosk and kiosk_of(nonce) in map(kiosk_tag, revoked_kiosks)
    doubts = (
        (AnswerFlag.KIOSK, is_kiosk),
        (AnswerFlag.STAFF, is_staff and not is_kiosk),
        (AnswerFlag.MANY, recent_answers >= MANY_ACTIVITIES and not is_kiosk),
        (AnswerFlag.NO_COOKIE, is_ours and not brought_cookie and not is_kiosk),
        (AnswerFlag.NO_PAGE, not is_ours),
        (AnswerFlag.FAST, is_ours and is_fast(served_at(nonce), sent_at)),
        (AnswerFlag.STALE, is_stale(access, nonce, sent_at) or is_revoked),
    )
    return AnswerFlag(sum(flag.value for flag, is_so in doubts if is_so))


def leaving_hours(happens_on: date) -> tuple[datetime, datetime]:
    """The hours of that day at which many answers in a minute are normal: people leave the activity."""
    begins = start_of_day(happens_on)
    return begins + LEAVING[0], begins + LEAVING[1]


def door_limits(people: int) -> list[tuple[timedelta, int]]:
    """How many answers a time may bring, and no doubt arise, at an activity of so many people.

    People answer when the speaker says so, but each opens the page and taps in their own time: a full hall of
    500 that answers within one minute sends eight a second on average and, by chance, hardly ever twenty,
    and a sixth of all in ten seconds. So a door lets through a twentieth of the people in a second and half
    of them in ten; where people are few, 8 and 15.
    """
    return [(span, max(least, people // share)) for span, least, share in DOOR]


def rushes(moments: Sequence[datetime], people: int) -> set[int]:
    """The places of the moments, in order of time, at which answers came faster than people send them.

    More in a time than `door_limits`; or SUDDEN within three seconds, more than half of all that came around
    then: a hall's answers swell and ebb, prepared pages are sent out of nothing. Cookies are not asked about:
    whoever sends them can make them up. Phones that were offline and come back together may be among these,
    which is why a person decides.
    """
    found: set[int] = set()
    for span, most in door_limits(people):
        for window in _windows(moments, span, most + 1):
            found.update(window)
    for sudden in _windows(moments, SUDDEN_SPAN, SUDDEN):
        begins = moments[sudden.start]
        since, until = begins - AROUND, begins + SUDDEN_SPAN + AROUND
        if 2 * len(sudden) > bisect_left(moments, until) - bisect_left(moments, since):
            found.update(sudden)
    return found


def floods(moments: Sequence[datetime]) -> set[int]:
    """The places of one kiosk's moments, in order of time, at which it was filled faster than by people.

    One device goes from hand to hand: nobody reads and answers in under five seconds, one after the other.
    """
    return {place for window in _windows(moments, FLOOD_SPAN, FLOOD) for place in window}


def _windows(moments: Sequence[datetime], span: timedelta, fewest: int) -> Iterator[range]:
    """The places within `span` from each moment on, where there are at least so many."""
    for start, moment in enumerate(moments):
        window = range(start, bisect_left(moments, moment + span))
        if len(window) >= fewest:
            yield window


def number_ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as text, with runs joined: 7、12–15."""
    runs: list[Sequence[int]] = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        runs.append((members[0], members[-1]))
    return "、".join(f"{first}" if first == last else f"{first}–{last}" for first, last in runs)
