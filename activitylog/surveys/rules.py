"""Rules of surveys: both languages, grades, opening window, flags, hash of a device.

A flag marks a doubtful answer for a person to check; alone it neither blocks nor excludes an answer.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, IntFlag, StrEnum, auto
from functools import lru_cache
from typing import Protocol

from activitylog.activities.rules import Status
from activitylog.core.period import business_day, business_time, day_label, moment_of, start_of_day
from activitylog.settings import Settings

CHINESE, ENGLISH = "zh", "en"
LANGUAGES = (CHINESE, ENGLISH)


class Bilingual(str):
    """A Chinese sentence with its English translation."""

    __slots__ = ("english",)
    english: str

    def __new__(cls, chinese: str, english: str) -> "Bilingual":
        sentence = super().__new__(cls, chinese)
        sentence.english = english
        return sentence


def translated(sentence: str, language: str) -> str:
    """The sentence in a language; Chinese where there is no translation."""
    english = sentence.english if language == ENGLISH and isinstance(sentence, Bilingual) else ""
    return english or sentence


def english_day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"


def preferred_language(requested: str | None, accepted: str) -> str:
    """The language asked for, else the first supported one in Accept-Language, else English."""
    if requested in LANGUAGES:
        return requested
    listed = (each.strip()[:2].lower() for each in accepted.split(","))
    return next((each for each in listed if each in LANGUAGES), ENGLISH if accepted.strip() else CHINESE)


HIGHEST_GRADE = 5
SATISFIED_FROM = 4  # of the five grades, 满意 and 非常满意
DISSATISFIED_UNTIL = 2  # who gives this grade or less is asked what was bad
NOTHING_TALLIED = "五项都是 0，没有可登记的纸质问卷"

Answer = int | str | list[str]

GRADES = (
    ("5", Bilingual("非常满意", "Very satisfied")),
    ("4", Bilingual("满意", "Satisfied")),
    ("3", Bilingual("一般", "Neutral")),
    ("2", Bilingual("不满意", "Dissatisfied")),
    ("1", Bilingual("非常不满意", "Very dissatisfied")),
)
GRADE_FIELDS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")
FASTEST = timedelta(seconds=3)  # from the page to the answer, for somebody who reads
MANY_ACTIVITIES = 4  # that one device has answered within A_DAY, when it answers another
A_DAY = timedelta(hours=24)


def device_hash(secret_key: str, activity_id: int, token: str) -> str:
    """A keyed hash (43 characters) that identifies a device within one activity only."""
    digest = hmac.digest(secret_key.encode(), f"{activity_id}:{token}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest)[:43].decode()


class CodeRule(StrEnum):
    """Whether a survey uses the code on the screen: never, to flag answers without it, or to refuse them."""

    OFF = "off"
    EITHER = "either"
    REQUIRED = "required"


CODE_RULE_LABELS = {
    CodeRule.OFF: "不用：海报和屏幕上是同一个固定二维码",
    CodeRule.EITHER: "可用：屏幕上的码每 30 秒变一次，海报上的固定码也收，未扫屏幕码的答卷会标出",
    CodeRule.REQUIRED: "必须：只收扫屏幕码的答卷，扫海报的人会看到请扫屏幕的提示",
}


class AnswerFlag(IntFlag):
    """Doubts recorded when an answer arrives, stored with it, and that a person has dispelled them."""

    NONE = 0
    FAST = 1
    NO_PAGE = 2
    STAFF = 4
    MANY = 8
    KIOSK = 16
    NO_CODE = 32
    STALE = 64
    NO_COOKIE = 128
    ACCEPTED = 256  # by a person who checked the answer: no doubt any more


FLAG_LABELS = {
    AnswerFlag.FAST: "3 秒内提交",
    AnswerFlag.NO_PAGE: "不是从问卷页提交",
    AnswerFlag.STAFF: "工作人员手机",
    AnswerFlag.MANY: "一天内填了多场",
    AnswerFlag.NO_CODE: "没扫现场码",
    AnswerFlag.STALE: "扫码或链接早已失效",
    AnswerFlag.NO_COOKIE: "手机没带回设备标记",
    AnswerFlag.KIOSK: "自助填写",
    AnswerFlag.ACCEPTED: "已核实",
}


class ExclusionStep(StrEnum):
    """What a decision does to answers: count them no more, count them again, or dispel the doubts."""

    EXCLUDED = "excluded"
    INCLUDED = "included"
    ACCEPTED = "accepted"


def is_fast(served_at: datetime, submitted_at: datetime) -> bool:
    return submitted_at - served_at < FASTEST


class Surveyed(Protocol):
    """The fields of an activity that its survey needs."""

    @property
    def id(self) -> int: ...
    @property
    def happens_on(self) -> date: ...
    @property
    def start_time(self) -> time | None: ...
    @property
    def status(self) -> Status: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SubmittedAnswer:
    """One attendee's answers, ready to be stored; `answers` are those to the optional questions.

    `device_hash` is None at a kiosk, which many people share; `has_code` says whether the screen's code was
    scanned, which a kiosk does not need.
    """

    nonce: str
    device_hash: str | None
    overall: int
    answers: Mapping[str, Answer]
    submitted_at: datetime
    questionnaire: str
    flags: int = 0
    has_code: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """When answers are taken: from minutes before the activity starts until hours after its day ends.

    An activity without a start time counts as starting at midnight.
    """

    minutes_before: int = 30
    hours_after: int = 48

    @classmethod
    def of(cls, settings: Settings) -> "Window":
        return cls(settings.survey_opens_minutes, settings.survey_closes_hours)


DEFAULT_WINDOW = Window()
HOSTS_WINDOW = Window(hours_after=30 * 24)  # hosts see lasting effects only later


class Outcome(Enum):
    """What became of a submitted answer."""

    STORED = auto()
    REPEATED = auto()  # stored before, under the same nonce
    CLOSED = auto()  # refused: outside the window
    CODE_MISSING = auto()  # refused: the screen's code is required
    ALREADY_ANSWERED = auto()  # refused: the device has answered under another nonce
    CHANGED = auto()  # not stored: the activity has changed since it was read

    @property
    def is_stored(self) -> bool:
        return self in {Outcome.STORED, Outcome.REPEATED}


@lru_cache(maxsize=1024)
def survey_window(
    happens_on: date, start_time: time | None, window: Window = DEFAULT_WINDOW
) -> tuple[datetime, datetime]:
    """When answers are taken, [opens_at, closes_at)."""
    begins = moment_of(happens_on, start_time or time(0))
    ends = start_of_day(happens_on + timedelta(days=1))
    return begins - timedelta(minutes=window.minutes_before), ends + timedelta(hours=window.hours_after)


def opening_hour(opens_at: datetime, happens_on: date) -> time | None:
    """The local time at which a survey opens on the activity's day; None when it is open all day."""
    return business_time(opens_at) if opens_at > start_of_day(happens_on) else None


def last_day(happens_on: date, window: Window = DEFAULT_WINDOW) -> date:
    """The last day on which answers are taken."""
    _, closes_at = survey_window(happens_on, None, window)
    return business_day(closes_at - timedelta(seconds=1))


def why_closed(activity: Surveyed, now: datetime, window: Window = DEFAULT_WINDOW) -> Bilingual | None:
    """Why answers are not taken now, as a sentence for attendees; None when they are."""
    if activity.status == Status.WITHDRAWN:
        return Bilingual(
            "本场活动已取消，不再收集问卷。感谢您的关注。",
            "This activity was cancelled, so there is nothing to fill in. Thank you all the same.",
        )
    opens_at, closes_at = survey_window(activity.happens_on, activity.start_time, window)
    if now < opens_at:
        return _not_yet(activity.happens_on, opens_at, now)
    if now >= closes_at:
        ended_on = last_day(activity.happens_on, window)
        return Bilingual(
            f"本场活动的问卷已于{day_label(ended_on)}结束，不再收集。感谢您的关注。",
            f"The survey ended on {english_day(ended_on)}. Thank you for your interest.",
        )
    return None


def _not_yet(happens_on: date, opens_at: datetime, now: datetime) -> Bilingual:
    """The sentence before the window opens: the day and, unless it is open all day, the hour."""
    hour = opening_hour(opens_at, happens_on)
    if hour is not None and business_day(now) == happens_on:
        return Bilingual(
            f"本场活动的问卷还没有开放，今天 {hour:%H:%M} 起可以填写，请到时再扫码。",
            f"The survey opens today at {hour:%H:%M}. Please scan the code again then.",
        )
    from_hour = f"{hour:%H:%M} 以后" if hour else ""
    at_hour = f" at {hour:%H:%M}" if hour else ""
    return Bilingual(
        f"本场活动的问卷还没有开放，请在活动当天（{day_label(happens_on)}）{from_hour}再扫码填写。",
        f"The survey opens on the day of the activity, {english_day(happens_on)}{at_hour}."
        " Please scan the code again then.",
    )
