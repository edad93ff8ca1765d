"""Questions, question types and questionnaires; reads posted answers."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from activitylog.core.text.personal import mask_personal
from activitylog.surveys.rules import (
    DEFAULT_WINDOW,
    GRADES,
    HOSTS_WINDOW,
    Answer,
    Bilingual,
    Window,
)

LONGEST_TEXT = 500  # characters
JOINED_BY = "、"
OVERALL = "overall"  # the compulsory question of every questionnaire: its key and its grades never change

Choices = tuple[tuple[str, str], ...]


class Audience(StrEnum):
    """Who fills in a questionnaire: attendees, or the activity's host; stored in separate tables."""

    ATTENDEES = "attendees"
    HOSTS = "hosts"

    def window(self, attendees: Window = DEFAULT_WINDOW) -> Window:
        """When answers are taken; only the attendees' window is configurable."""
        return attendees if self is Audience.ATTENDEES else HOSTS_WINDOW


AUDIENCE_LABELS = {Audience.ATTENDEES: "参与者问卷", Audience.HOSTS: "场地方问卷"}


class SummaryKind(StrEnum):
    """How the answers to a question are summarised, on every page."""

    SHARES = "shares"  # each choice's count, in per cent of the answers: together 100
    SEVERAL = "several"  # an answer is a list; each choice's count, in per cent of the answers: together more
    LISTED = "listed"  # the answers in words, as attendees gave them; of a host's, nothing


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `key` is the page's field and the key of its answer in `Response.answers`."""

    key: str
    type: str
    sentence: str
    choices: Choices = ()

    @property
    def is_required(self) -> bool:
        return self.key == OVERALL

    @property
    def kind(self) -> "QuestionType":
        return QUESTION_TYPES[self.type]

    @property
    def is_listed(self) -> bool:
        return self.kind.summary is SummaryKind.LISTED

    def counted_choices(self, values: Iterable[str]) -> Choices:
        """Its choices, or, of a type without choices, the whole numbers that were counted, ascending."""
        if self.kind.choices or self.kind.writes_choices:
            return self.choices
        return tuple((value, value) for value in sorted(values, key=lambda value: (len(value), value)))


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A fixed list of questions, identified by its version; `project_id` is None for a built-in one."""

    version: str
    questions: tuple[Question, ...]
    audience: Audience = Audience.ATTENDEES
    project_id: int | None = None

    def __hash__(self) -> int:
        return hash(self.version)

    def is_offered(self, audience: Audience, project_id: int | None, parent_id: int | None) -> bool:
        """Whether a project may use it for this audience: it is built in, its own or its parent's."""
        return self.audience is audience and self.project_id in (None, project_id, parent_id)


class Unreadable(ValueError):
    """A posted value that cannot be an answer, with the reason."""

    def __init__(self, sentence: Bilingual) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _read_choice(question: Question, texts: Sequence[str]) -> str | None:
    return next((value for value, _ in question.choices if value == texts[0]), None)


def _read_grade(question: Question, texts: Sequence[str]) -> int | None:
    chosen = _read_choice(question, texts)
    return None if chosen is None else int(chosen)


def _read_choices(question: Question, texts: Sequence[str]) -> list[str] | None:
    return [value for value, _ in question.choices if value in texts] or None


def _read_text(_question: Question, texts: Sequence[str]) -> str | None:
    text = texts[0]
    if len(text) > LONGEST_TEXT:
        raise Unreadable(
            Bilingual(
                f"这一项最多写 {LONGEST_TEXT} 个字，现在有 {len(text)} 个，请缩短。",
                f"Please keep this to {LONGEST_TEXT} characters; there are {len(text)} now.",
            )
        )
    return mask_personal(text) or None


Wording = Callable[[Any], str]


class _ChoiceWords(dict[Any, str]):
    """Labels of choices by value; an unknown value is its own label."""

    def __missing__(self, value: object) -> str:
        return str(value)


def _word_choice(question: Question) -> Wording:
    return _ChoiceWords({value: str(word) for value, word in question.choices}).__getitem__


def _word_grade(question: Question) -> Wording:
    return _ChoiceWords({int(value): str(word) for value, word in question.choices}).__getitem__


def _word_choices(question: Question) -> Wording:
    word = _word_choice(question)
    return lambda values: JOINED_BY.join(map(word, values))


def _word_text(_question: Question) -> Wording:
    return mask_personal


@dataclass(frozen=True, slots=True)
class QuestionType:
    """A question type: an entry in QUESTION_TYPES, and the macro `markup` in components/survey.html.

    `read` gets the posted texts, at least one, and returns the answer or None. `wording` returns the function
    that puts an answer to the question into words, for every page, list and export. `choices` are the choices
    of every question of this type; with `writes_choices` each question has its own. `seconds` is the
    estimated time to answer.
    """

    name: str
    word: str
    read: Callable[[Question, Sequence[str]], Answer | None]
    wording: Callable[[Question], Wording]
    markup: str
    summary: SummaryKind
    seconds: float
    choices: Choices = ()
    writes_choices: bool = False


_TYPES = (
    QuestionType(
        "scale", "五级满意度", _read_grade, _word_grade, "picks", SummaryKind.SHARES, 2.5, choices=GRADES
    ),
    QuestionType(
        "single", "单选", _read_choice, _word_choice, "picks", SummaryKind.SHARES, 3, writes_choices=True
    ),
    QuestionType(
        "multiple", "多选", _read_choices, _word_choices, "ticks", SummaryKind.SEVERAL, 5, writes_choices=True
    ),
    QuestionType("text", "填空", _read_text, _word_text, "words", SummaryKind.LISTED, 10),
)
QUESTION_TYPES = {kind.name: kind for kind in _TYPES}
if len(QUESTION_TYPES) != len(_TYPES):
    raise AssertionError("two question types share a name")


@dataclass(frozen=True, slots=True)
class Reading:
    """The answers read from a posted page, by question, and an error for each unreadable one."""

    answers: dict[str, Answer]
    errors: dict[str, str]

    @property
    def overall(self) -> int:
        """The overall grade; only valid without errors."""
        return cast(int, self.answers[OVERALL])


def read_answers(posted: Mapping[str, Sequence[str]], questionnaire: Questionnaire) -> Reading:
    """Read every question's answer; an unknown choice counts as not answered."""
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    for question in questionnaire.questions:
        texts = [text for each in posted.get(question.key, ()) if (text := each.strip())]
        try:
            answer = question.kind.read(question, texts) if texts else None
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


def questions_json(questions: Sequence[Question]) -> str:
    """The questions as JSON; equal questions give equal text."""
    return json.dumps([_as_record(question) for question in questions], ensure_ascii=False)


def questions_from_json(text: str) -> tuple[Question, ...]:
    """The questions from the JSON of `questions_json`."""
    return tuple(_question(record) for record in json.loads(text))


def _as_record(question: Question) -> dict[str, Any]:
    record: dict[str, Any] = {"key": question.key, "type": question.type, "asks": _pair(question.sentence)}
    if question.kind.writes_choices:
        record["choices"] = [[value, *_pair(word)] for value, word in question.choices]
    return record


def _pair(sentence: str) -> list[str]:
    return [str(sentence), sentence.english if isinstance(sentence, Bilingual) else ""]


def _question(record: Mapping[str, Any]) -> Question:
    kind = QUESTION_TYPES[record["type"]]
    choices = tuple((value, Bilingual(*words)) for value, *words in record.get("choices", ()))
    return Question(record["key"], kind.name, Bilingual(*record["asks"]), choices or kind.choices)
