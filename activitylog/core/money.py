"""Amounts of money: 元 as people write them, integer fen (分) as they are stored."""

import re
from decimal import Decimal

from activitylog.core.text.numbers import MisplacedSeparator, NotANumber, plain_figure
from activitylog.core.text.words import plain_text

LARGEST_FEN = 10_000_000_000_00
_MONEY_SIGNS = re.compile(r"^\s*¥\s*|\s*元\s*$")
_LONGEST_NUMBER = 15  # digits: Python turns no more than some thousands into a number


def fen_of(text: str) -> int:
    """Integer fen from 元 text such as `1234.50`; ValueError says in Chinese what is wrong."""
    try:
        figure = plain_figure(without_money_signs(text))
    except MisplacedSeparator as fault:
        raise ValueError(f"{fault}；应为金额，如 1234.50（元）。") from None
    except NotANumber:
        figure = ""
    if not figure:
        raise ValueError("应为金额，如 1234.50（元）。")
    yuan, _, rest = figure.partition(".")
    if figure.startswith("-"):
        raise ValueError("应为不小于 0 的金额。")
    if len(rest) > 2:
        raise ValueError("最多写到分（两位小数）。")
    if len(yuan) > _LONGEST_NUMBER or int(yuan + rest.ljust(2, "0")) > LARGEST_FEN:
        raise ValueError("太大，请核对单位是否为元。")
    return int(yuan + rest.ljust(2, "0"))


def without_money_signs(text: str) -> str:
    """The text of an amount in 元 without its sign of currency and its unit."""
    return _MONEY_SIGNS.sub("", plain_text(text))


def yuan_of(fen: int) -> Decimal:
    """The exact amount in 元."""
    return Decimal(fen) / 100


def yuan_text(fen: int) -> str:
    """The amount in 元 as it is printed: 1,234.50."""
    return f"{yuan_of(fen):,.2f}"
