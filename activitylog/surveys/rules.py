"""What attendees are asked, when they may answer, and what is kept of it."""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from activitylog.activities.rules import Status
from activitylog.period import day_label, start_of_day
from activitylog.surveys.bilingual import Bilingual, english_day

SATISFIED_FROM = 4  # of the five grades, 满意 and 非常满意
LONGEST_TEXT = 500  # characters
OPENS_BEFORE = timedelta(minutes=30)  # before the activity's day begins
CLOSES_AFTER = timedelta(hours=48)  # after the activity's day is over
NOTHING_TALLIED = "五项都是 0，没有可登记的纸质问卷"
HIDDEN = "［号码已隐去］"

Answer = int | str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked; `key` is the page's field and the answer's name in the record."""

    key: str
    type: str
    sentence: str
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class QuestionType:
    """How one sort of question reads what was posted; None is "not answered"."""

    name: str
    read: Callable[[Question, str], Answer | None]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A fixed list of questions; a change of wording or choices is a new version."""

    version: str
    questions: tuple[Question, ...]


class Unreadable(ValueError):
    """What was posted cannot be an answer; says why."""

    def __init__(self, sentence: Bilingual) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _read_choice(question: Question, text: str) -> str | None:
    return text if any(text == value for value, _ in question.choices) else None


def _read_grade(question: Question, text: str) -> int | None:
    chosen = _read_choice(question, text)
    return None if chosen is None else int(chosen)


def _read_text(_question: Question, text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        raise Unreadable(
            Bilingual(
                f"这一项最多写 {LONGEST_TEXT} 个字，现在有 {len(text)} 个，请缩短。",
                f"Please keep this to {LONGEST_TEXT} characters; there are {len(text)} now.",
            )
        )
    return mask_numbers(text) or None


QUESTION_TYPES = (
    QuestionType("scale", _read_grade),
    QuestionType("single", _read_choice),
    QuestionType("text", _read_text),
)
_TYPES = {kind.name: kind for kind in QUESTION_TYPES}
if len(_TYPES) != len(QUESTION_TYPES):
    raise AssertionError("two question types share a name")

GRADES = (
    ("5", Bilingual("非常满意", "Very satisfied")),
    ("4", Bilingual("满意", "Satisfied")),
    ("3", Bilingual("一般", "Neutral")),
    ("2", Bilingual("不满意", "Dissatisfied")),
    ("1", Bilingual("非常不满意", "Very dissatisfied")),
)
GRADE_FIELDS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")

DEFAULT_QUESTIONNAIRE = Questionnaire(
    "default-1",
    (
        Question(
            "overall",
            "scale",
            Bilingual("您对本次活动总体满意吗？", "How satisfied are you with this activity?"),
            GRADES,
            is_required=True,
        ),
        Question("content", "scale", Bilingual("活动内容", "The content"), GRADES),
        Question("speaker", "scale", Bilingual("讲解与主讲人", "The guide or speaker"), GRADES),
        Question("interaction", "scale", Bilingual("形式与互动", "The format and taking part"), GRADES),
        Question(
            "organisation", "scale", Bilingual("组织、时间与场地", "Organisation, time and place"), GRADES
        ),
        Question(
            "learned",
            "single",
            Bilingual("这次活动让您有收获吗？", "Did you learn something?"),
            (
                ("much", Bilingual("收获很大", "A lot")),
                ("some", Bilingual("有些收获", "Something")),
                ("little", Bilingual("收获不多", "Not much")),
                ("none", Bilingual("没有收获", "Nothing")),
            ),
        ),
        Question(
            "again",
            "single",
            Bilingual("您还愿意再来参加吗？", "Would you come again?"),
            (
                ("yes", Bilingual("愿意", "Yes")),
                ("maybe", Bilingual("看情况", "Perhaps")),
                ("no", Bilingual("不愿意", "No")),
            ),
        ),
        Question(
            "age",
            "single",
            Bilingual(
                "您的年龄段（14 岁以下请由家长代填）",
                "Your age (under 14, please let a parent answer)",
            ),
            (
                ("under_14", Bilingual("14 岁以下", "Under 14")),
                ("14_17", Bilingual("14–17 岁", "14–17")),
                ("18_59", Bilingual("18–59 岁", "18–59")),
                ("60_up", Bilingual("60 岁及以上", "60 and over")),
                ("unsaid", Bilingual("不愿说", "Rather not say")),
            ),
        ),
        Question(
            "suggestion",
            "text",
            Bilingual("您的建议", "Your suggestions"),
            hint=Bilingual("请勿填写姓名和电话。", "Please leave out names and phone numbers."),
        ),
    ),
)
QUESTIONNAIRES = {DEFAULT_QUESTIONNAIRE.version: DEFAULT_QUESTIONNAIRE}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a posted page says: the answers by question, and a sentence for each that cannot be taken."""

    answers: dict[str, Answer]
    errors: dict[str, str]


def read_answers(posted: Mapping[str, str], questionnaire: Questionnaire = DEFAULT_QUESTIONNAIRE) -> Reading:
    """Read every question's answer; what a question does not offer counts as not answered."""
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    for question in questionnaire.questions:
        text = posted.get(question.key, "").strip()
        try:
            answer = _TYPES[question.type].read(question, text) if text else None
        except Unreadable as error:
            errors[question.key] = error.sentence
            continue
        if answer is not None:
            answers[question.key] = answer
        elif question.is_required:
            errors[question.key] = Bilingual(
                "请先在五个选项中点选一个，再提交。", "Please choose one of the five first, then submit."
            )
    return Reading(answers, errors)


_HALF_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ＋－", "0123456789Xx+-")
_GAP = r"[-\s.—]?"
_NUMBERS = re.compile(
    rf"(?<!\d)(?:"
    rf"[1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx]"  # identity card
    rf"|[1-9]\d{{14}}"  # identity card of the first generation
    rf"|(?:\+?86{_GAP})?1[3-9](?:{_GAP}\d){{9}}"  # mobile
    rf"|[(（]?0\d{{2,3}}[)）]?{_GAP}\d{{3,4}}{_GAP}\d{{4}}"  # landline with area code
    rf"|[2-8]\d{{3}}{_GAP}\d{{4}}(?<!20\d\d[01]\d[0-3]\d)"  # landline in Shanghai, not a day
    rf")(?!\d)"
)


def mask_numbers(text: str) -> str:
    """The text with phone and identity numbers made unreadable; digits become half-width."""
    return _NUMBERS.sub(HIDDEN, text.translate(_HALF_WIDTH))


def device_hash(secret_key: str, activity_id: int, token: str) -> str:
    """43 characters that tell a device again within one activity, and nothing about it elsewhere."""
    digest = hmac.digest(secret_key.encode(), f"{activity_id}:{token}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest)[:43].decode()


class Surveyed(Protocol):
    """The activity as a survey sees it."""

    @property
    def id(self) -> int: ...
    @property
    def happens_on(self) -> date: ...
    @property
    def status(self) -> Status: ...


@dataclass(frozen=True, slots=True)
class FilledIn:
    """One attendee's answers as they arrived; `answers` are the optional ones."""

    nonce: str
    device_hash: str
    overall: int
    answers: Mapping[str, Answer]
    submitted_at: datetime
    questionnaire: str = DEFAULT_QUESTIONNAIRE.version


class Outcome(StrEnum):
    """What became of an answer: stored now, or stored before under the same nonce."""

    STORED = "stored"
    REPEATED = "repeated"


@lru_cache(maxsize=1024)
def survey_window(happens_on: date) -> tuple[datetime, datetime]:
    """When answers are taken, [opens_at, closes_at)."""
    day_after = happens_on + timedelta(days=1)
    return start_of_day(happens_on) - OPENS_BEFORE, start_of_day(day_after) + CLOSES_AFTER


def why_closed(activity: Surveyed, now: datetime) -> Bilingual | None:
    """The sentence for somebody who comes outside the window; None when answers are taken."""
    if activity.status == Status.WITHDRAWN:
        return Bilingual(
            "本场活动已取消，不再收集问卷。感谢您的关注。",
            "This activity was cancelled, so there is nothing to fill in. Thank you all the same.",
        )
    opens_at, closes_at = survey_window(activity.happens_on)
    if now < opens_at:
        return Bilingual(
            f"本场活动的问卷还没有开放，请在活动当天（{day_label(activity.happens_on)}）再扫码填写。",
            f"The survey opens on the day of the activity, {english_day(activity.happens_on)}."
            " Please scan the code again then.",
        )
    if now >= closes_at:
        last_day = activity.happens_on + CLOSES_AFTER
        return Bilingual(
            f"本场活动的问卷已于{day_label(last_day)}结束，不再收集。感谢您的关注。",
            f"The survey ended on {english_day(last_day)}. Thank you for your interest.",
        )
    return None
