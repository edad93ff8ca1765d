"""Reads words, lists of words, names and free texts: spellings that look or mean the same become one."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache, wraps
from typing import Self

# The ideographs that U+2E80 to U+2EF3 stand for, in their order; NFKC knows only those from U+2F00 on.
_RADICALS = (
    "丶厂乛乚乙亻冂几刀刂卜㔾小小尢尣尢尣巳幺彑彐忄心扌攵\u2e9a旡日月歺母民氵氺灬爫爫丬牛犭王疋目示礻竹糹纟"
    "罓罒网网网羊羊羋耂肀聿肉臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶邑钅長镸长门阜阝雨青韦页风飞食食飠饣首"
    "马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_HAS_RADICAL = re.compile("[\u2e80-\u2fd5]")
_IDEOGRAPHS = {0x2E80 + place: ideograph for place, ideograph in enumerate(_RADICALS)} | {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
_BLANK_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SIGNS = str.maketrans(dict.fromkeys("‐‑‒–−﹣", "-") | dict.fromkeys("・•‧∙⋅", "·"))
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
_HALF_WIDTH_LETTERS = {
    code: plain for code, plain in _HALF_WIDTH.items() if chr(plain).isalnum() or plain == ord(" ")
}
_LONE_DASH = re.compile("(?<!—)—(?!—)")
_CJK = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_CJK = re.compile(f"[{_CJK}]")
_WIDE = f"{_CJK}\u3001-\u3020（），：；！？“”‘’·"
_SPACE_BESIDE_WIDE = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])")
_BRACKETS = str.maketrans("()", "（）")
_STOP_AFTER_WIDE = re.compile(rf"(?<=[{_CJK}）》”’】」』])[,:;!?]")
_WIDE_STOPS = dict(zip(",:;!?", "，：；！？", strict=True))
_CAPITALS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOOK_ALIKES = str.maketrans(  # Cyrillic and Greek letters that print like Latin ones, as capitals or small
    "авеѕіјкмнорстухүԛԝһԁαβεζηικμνορτυχɑɡı",
    "abesijkmhopctyxyqwhdabezhikmnoptyxagi",
)
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs"})
_JOINER = "\u200d"  # joins emoji to one
_DISTINCT_WORDS = 20_000  # remembered, so that a ledger of many rows reads each word once
_LONGEST_WORD = 100  # that is remembered: a file may hold anything


def _remember(read: Callable[[str], str]) -> Callable[[str], str]:
    """Remember what the last words were read as."""
    remembered = lru_cache(_DISTINCT_WORDS)(read)

    @wraps(read)
    def read_once(text: str) -> str:
        return remembered(text) if len(text) <= _LONGEST_WORD else read(text)

    return read_once


def clean_text(text: str) -> str:
    """A text as it is stored and shown: without invisible characters, with ideographs for radicals.

    Line breaks and tabs stay.
    """
    if not text.isprintable():
        text = _without_invisible(text.replace("\r\n", "\n"))
    if _HAS_RADICAL.search(text):
        text = text.translate(_IDEOGRAPHS)
    return unicodedata.normalize("NFC", text).strip()


def one_line(text: str) -> str:
    """A text on one line, in single spaces."""
    return " ".join(clean_text(text).split())


def read_title(text: str) -> str:
    """A title as it is stored and shown: a text on one line with half-width letters and digits."""
    return one_line(clean_text(text).translate(_HALF_WIDTH_LETTERS))


def half_width(text: str) -> str:
    """The text with full-width letters, digits and signs as typed on a keyboard; ², ℃ and ① stay."""
    return text.translate(_HALF_WIDTH)


def plain_text(text: str) -> str:
    """A typed number, day or amount: half-width, with nothing that cannot be seen, in single spaces."""
    return " ".join(half_width(_BLANK_LETTERS.sub("", clean_text(text))).split())


def known_spelling(text: str, known: Iterable[str]) -> str | None:
    """The known name spelled as the text, else the first that is the same word; None when there is none."""
    names = list(known)
    return text if text in names else next((name for name in names if word_key(name) == word_key(text)), None)


def _without_invisible(text: str) -> str:
    shown = []
    for place, character in enumerate(text):
        is_joiner = character == _JOINER and unicodedata.category(text[place - 1 : place] or " ") in {
            "So",
            "Mn",
            "Sk",
        }
        if character in "\n\t" or is_joiner or not _is_hidden(character):
            shown.append(character)
    return "".join(shown)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _NOT_SHOWN or ord(character) & 0xFFFE == 0xFFFE


@_remember
def read_name(text: str) -> str:
    """The one spelling of a name on one line: half-width, single spaces and none beside Chinese characters.

    Among Chinese characters brackets and stops are full-width, as they are printed.
    """
    plain = unicodedata.normalize("NFKC", clean_text(text).replace(_JOINER, ""))
    plain = _LONE_DASH.sub("-", _BLANK_LETTERS.sub("", clean_text(plain)).translate(_SIGNS))
    plain = _SPACE_BESIDE_WIDE.sub("", " ".join(plain.split()))
    if _HAS_CJK.search(plain) is None:
        return plain
    plain = _STOP_AFTER_WIDE.sub(lambda stop: _WIDE_STOPS[stop[0]], plain.translate(_BRACKETS))
    return _SPACE_BESIDE_WIDE.sub("", plain)


@_remember
def read_word(text: str) -> str:
    """The one spelling of a word that is counted or filtered by: as a name, in capitals."""
    return read_name(text).translate(_CAPITALS)


@_remember
def word_key(text: str) -> str:
    """What two spellings of one heading, name or title have in common; not for showing."""
    return "".join(read_name(text).casefold().split())


def look_alike_key(text: str) -> str:
    """What two names have in common that a reader takes for one: case, width and borrowed letters aside."""
    return word_key(text).translate(_LOOK_ALIKES)


@_remember
def read_number_of_record(text: str) -> str:
    """The one spelling of a record's number such as 2024-0001: as a name, no space beside its dashes."""
    return re.sub(r"\s*-\s*", "-", read_name(text).replace("—", "-"))


def is_one_edit_away(one: str, other: str) -> bool:
    """Whether one character added, left out or replaced makes one word the other."""
    shorter, longer = sorted((one, other), key=len)
    if shorter == longer or len(longer) - len(shorter) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    rest = shorter[same + (len(shorter) == len(longer)) :]
    return rest == longer[same + 1 :]


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
