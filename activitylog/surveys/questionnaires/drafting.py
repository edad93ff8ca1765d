"""Reads a manager's draft of questions and checks that it is short enough for a minute on a phone."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import count

from activitylog.errors import BadInput
from activitylog.surveys.questionnaires.rules import OVERALL, QUESTION_TYPES, Choices, Question
from activitylog.surveys.rules import GRADES, Bilingual

MOST_QUESTIONS = 12  # the compulsory one among them
FEWEST_CHOICES, MOST_CHOICES = 2, 8
LONGEST_SENTENCE, LONGEST_ENGLISH = 40, 90  # characters
LONGEST_CHOICE, LONGEST_ENGLISH_CHOICE = 16, 40
MOST_SECONDS = 60  # to answer everything
LARGEST_PAGE = 5 * 1024  # bytes over the wire, everything in it
READ_PER_SECOND = 8  # characters
_SPLIT = re.compile(r"[|｜]")


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One question as typed, without a key if new; `number` and `field` are its place in the form."""

    sentence: str
    english: str = ""
    type: str = "scale"
    choices: str = ""  # one a line, the English behind a bar
    key: str = ""
    number: int = 1
    field: str = "questions-0"

    @property
    def is_empty(self) -> bool:
        kind = QUESTION_TYPES.get(self.type)
        return not (self.sentence or self.english or (self.choices and kind and kind.writes_choices))

    def field_name(self, name: str) -> str:
        """The name of the form field for one of its parts."""
        if self.field == OVERALL:
            return OVERALL if name == "sentence" else f"{OVERALL}_{name}"
        return f"{self.field}-{name}"


def read_questions(
    overall: DraftLine, lines: Sequence[DraftLine], *, before: Sequence[Question], taken: Iterable[str] = ()
) -> tuple[Question, ...]:
    """The typed questions, the compulsory one first; unchanged questions and choices have their old keys.

    `before` are the questions the form started with, `taken` the keys of earlier versions, never reused.
    Raises BadInput with the form's field.
    """
    known = {(each.key, each.type): each for each in before if each.key != OVERALL}
    names = _new("q", {*(question.key for question in before), *taken})
    questions = [Question(OVERALL, "scale", _sentence(overall, "总体满意度"), GRADES)]
    written = [line for line in lines if not line.is_empty]
    for line in written:
        old = known.pop((line.key, line.type), None)
        questions.append(_question(line, old.key if old else next(names), old.choices if old else ()))
    _check_count(questions)
    _check_repeats([overall, *written])
    return tuple(questions)


def _question(line: DraftLine, key: str, before: Choices) -> Question:
    kind = QUESTION_TYPES.get(line.type)
    if kind is None:
        raise BadInput(f"请选择第 {line.number} 题的题型。", field=line.field_name("type"))
    sentence = _sentence(line, f"第 {line.number} 题")
    choices = _choices(line, before) if kind.writes_choices else kind.choices
    return Question(key, kind.name, sentence, choices)


def _sentence(line: DraftLine, thing: str) -> Bilingual:
    if not line.sentence:
        way_out = "" if line.field == OVERALL else "；不要这道题，请把它的各栏都清空"
        raise BadInput(f"请填写{thing}的题目{way_out}。", field=line.field_name("sentence"))
    _check_length(line.sentence, LONGEST_SENTENCE, f"{thing}的题目", line.field_name("sentence"))
    _check_length(line.english, LONGEST_ENGLISH, f"{thing}的英文", line.field_name("english"))
    return Bilingual(line.sentence, line.english)


def _choices(line: DraftLine, before: Choices) -> Choices:
    place, thing = line.field_name("choices"), f"第 {line.number} 题的选项"
    known = {str(word): value for value, word in before}
    values = _new("c", set(known.values()))
    chosen: dict[str, tuple[str, str]] = {}
    for text in filter(None, map(str.strip, line.choices.splitlines())):
        word, english = _parts(text)
        if not word or word in chosen:
            what = f"有两个“{word}”" if word else f"“{text}”没有中文"
            raise BadInput(f"{thing}{what}，请改正。", field=place)
        _check_length(word, LONGEST_CHOICE, f"{thing}“{word}”", place)
        _check_length(english, LONGEST_ENGLISH_CHOICE, f"{thing}英文“{english}”", place)
        chosen[word] = (known.get(word) or next(values), Bilingual(word, english))
    if not FEWEST_CHOICES <= len(chosen) <= MOST_CHOICES:
        raise BadInput(
            f"{thing}要有 {FEWEST_CHOICES} 到 {MOST_CHOICES} 个，每行一个，现在有 {len(chosen)} 个。",
            field=place,
        )
    return tuple(chosen.values())


def _parts(text: str) -> tuple[str, str]:
    word, *english = (part.strip() for part in _SPLIT.split(text, maxsplit=1))
    return word, "".join(english)


def choice_lines(choices: Choices) -> str:
    """Choices as text for the form, one a line."""
    return "\n".join(f"{word} | {english}" if (english := english_of(word)) else word for _, word in choices)


def english_of(sentence: str) -> str:
    return sentence.english if isinstance(sentence, Bilingual) else ""


def _new(letter: str, taken: Set[str]) -> Iterator[str]:
    """Unused keys: the letter and a number."""
    return (name for number in count(1) if (name := f"{letter}{number}") not in taken)


def _check_length(text: str, most: int, thing: str, field_name: str) -> None:
    if len(text) > most:
        raise BadInput(f"{thing}最多 {most} 个字，现在有 {len(text)} 个，请缩短。", field=field_name)


def _check_count(questions: Sequence[Question]) -> None:
    if len(questions) > MOST_QUESTIONS:
        raise BadInput(
            f"一份问卷最多 {MOST_QUESTIONS} 道题（含总体满意度），现在有 {len(questions)} 道，请去掉几道。"
        )


def _check_repeats(lines: Sequence[DraftLine]) -> None:
    sentences: set[str] = set()
    for line in lines:
        if line.sentence in sentences:
            raise BadInput(f"“{line.sentence}”问了两遍，请去掉一道。", field=line.field_name("sentence"))
        sentences.add(line.sentence)


def seconds_to_answer(questions: Sequence[Question]) -> int:
    """The estimated time in seconds to read and answer everything."""
    read = sum(len(question.sentence) for question in questions) + sum(
        len(word) for question in questions if question.kind.writes_choices for _, word in question.choices
    )
    return round(sum(question.kind.seconds for question in questions) + read / READ_PER_SECOND)


def why_not_publishable(questions: Sequence[Question], page_bytes: int) -> str | None:
    """Why the questions cannot be published, as a sentence; `page_bytes` is their page's compressed size."""
    seconds = seconds_to_answer(questions)
    if seconds > MOST_SECONDS:
        return (
            f"填完这份问卷大约要 {seconds} 秒，超过 {MOST_SECONDS} 秒，很多人会中途放弃。"
            "请去掉几道题，少用填空，或缩短文字，再发布。"
        )
    if page_bytes > LARGEST_PAGE:
        return (
            f"这份问卷的页面压缩后有 {page_bytes / 1024:.1f} KB，超过 {LARGEST_PAGE / 1024:.1f} KB，"
            "现场网络差的手机会打不开。请去掉题目或选项，或缩短文字，再发布。"
        )
    return None
