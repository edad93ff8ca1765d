"""What attendees read, in Chinese and in English."""

from datetime import date
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

CHINESE, ENGLISH = "zh", "en"
LANGUAGES = (CHINESE, ENGLISH)


class Bilingual(str):
    """A Chinese sentence, as the office keeps it, that knows its English."""

    __slots__ = ("english",)
    english: str

    def __new__(cls, chinese: str, english: str) -> "Bilingual":
        sentence = super().__new__(cls, chinese)
        sentence.english = english
        return sentence


def said(sentence: str, language: str) -> str:
    """The sentence in a language; what has no English stays Chinese."""
    english = sentence.english if language == ENGLISH and isinstance(sentence, Bilingual) else ""
    return english or sentence


def english_day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"


def preferred(asked: str | None, accepted: str) -> str:
    """The language asked for by name, else the first of ours that the phone lists; unlisted, English."""
    if asked in LANGUAGES:
        return asked
    listed = (each.strip()[:2].lower() for each in accepted.split(","))
    return next((each for each in listed if each in LANGUAGES), ENGLISH if accepted.strip() else CHINESE)


@pass_context
def _said_here(context: Context, sentence: str) -> str:
    return said(sentence, context["language"])


@pass_context
def _either(context: Context, chinese: str, english: str) -> str:
    return english if context["language"] == ENGLISH else chinese


def register(templates: Environment) -> None:
    """Let templates with a `language` write `sentence|said` and `either("中文", "English")`."""
    filters: dict[str, Any] = templates.filters
    filters["said"] = _said_here
    templates.globals["either"] = _either
