"""Reads lists of words: split at separators, at signs that words hold as well where every part is known."""

import re
from collections.abc import Collection
from typing import Self

from activitylog.core.text.words import read_word

SEPARATORS = re.compile(r"[、,，;；\n]")
OTHER_SEPARATORS = re.compile(r"[\s/／+＋|｜&＆·・•和与及]+")  # that a word may hold as well


class JoinedWord(str):
    """A word of a list that may be several words, joined by signs that words hold as well."""

    written: str

    def __new__(cls, text: str) -> Self:
        word = super().__new__(cls, read_word(text))
        word.written = text
        return word

    def words(self, known: Collection[str]) -> tuple[str, ...]:
        """The known words it joins, else the word itself."""
        if self in known:
            return (str(self),)
        joined = "/".join(read_word(part) for part in self.written.split())
        return _known_words(joined, known) or (str(self),)


def split_list(text: str) -> tuple[JoinedWord, ...]:
    """The words between separators, each once."""
    words = (JoinedWord(part) for part in SEPARATORS.split(text))
    return tuple(dict.fromkeys(word for word in words if word))


def read_words(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The words of a list, those joined by other signs split when every part is known."""
    return tuple(dict.fromkeys(word for joined in split_list(text) for word in joined.words(known)))


def _known_words(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The known words that a text consists of, between separators; none when it holds anything else."""
    if text in known:
        return (text,)
    for separator in OTHER_SEPARATORS.finditer(text):
        first, rest = text[: separator.start()], text[separator.end() :]
        if first in known and (others := _known_words(rest, known)):
            return first, *others
    return ()
