"""Reads numbers: a comma or a space stands only before groups of three digits."""

import re
from decimal import Decimal

from activitylog.core.text.words import plain_text

LONGEST_FIGURE = 32  # digits: Python turns no more than some thousands into a number
_GROUPS = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+"
_FIGURE = re.compile(
    rf"([+-]?)({_GROUPS}|[0-9]*)(?:\.([0-9]*))?"
)  # no exponent: 1E-999999999 is a gigabyte of zeros
_SEPARATED = re.compile(r"[+-]?[0-9][0-9, .]*")


class NotANumber(ValueError):
    """A text that is no number; the message says in Chinese what is wrong, without a full stop."""


class MisplacedSeparator(NotANumber):
    """Digits with a comma or space that could mean more than one number."""


def plain_figure(text: str) -> str:
    """A number in half-width digits without separators and outer zeros; "" for a blank; raises NotANumber."""
    text = plain_text(text).replace("−", "-")
    if not text:
        return ""
    match = _FIGURE.fullmatch(text)
    if match is not None and re.search("[0-9]", text):
        whole, rest = re.sub("[, ]", "", match[2]).lstrip("0"), (match[3] or "").rstrip("0")
        return match[1].replace("+", "") + (whole or "0") + (f".{rest}" if rest else "")
    if _SEPARATED.fullmatch(text):
        raise MisplacedSeparator(f"“{text}”看不出是多少，逗号和空格只能隔开三位一组的数字（如 1,234）")
    raise NotANumber("不是数字")


def read_figure(text: str) -> Decimal | None:
    """A number as a Decimal, None for a blank; raises NotANumber."""
    plain = plain_figure(text)
    if len(plain) > LONGEST_FIGURE:
        raise NotANumber("数字太长，请核对")
    return Decimal(plain) if plain else None
