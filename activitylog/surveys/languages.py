"""Chinese and English sentences for attendees, and the choice of language."""

from datetime import date
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

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


@pass_context
def _translate(context: Context, sentence: str) -> str:
    return translated(sentence, context["page"].variant.language)


@pass_context
def _either(context: Context, chinese: str, english: str) -> str:
    return english if context["page"].variant.language == ENGLISH else chinese


def register(templates: Environment) -> None:
    """Let templates with a `page.variant` write `sentence|translated` and `either("中文", "English")`."""
    filters: dict[str, Any] = templates.filters
    filters["translated"] = _translate
    templates.globals["either"] = _either
