"""Amounts of money: 元 as people write them, integer fen (分) as they are stored."""

import re
from decimal import Decimal

LARGEST_FEN = 10_000_000_000_00
_LONGEST_NUMBER = 15  # digits: Python turns no more than some thousands into a number


def fen_of(text: str) -> int:
    """Integer fen from 元 text such as `1234.50`; ValueError says in Chinese what is wrong."""
    match = re.fullmatch(r"(-?)0*([0-9]*)(?:\.([0-9]*))?", text)  # no exponent: 1E999999 takes minutes
    if match is None or not re.search("[0-9]", text):
        raise ValueError("应为金额，如 1234.50（元）。")
    sign, yuan, rest = match[1], match[2], (match[3] or "").rstrip("0")
    if sign:
        raise ValueError("应为不小于 0 的金额。")
    if len(rest) > 2:
        raise ValueError("最多写到分（两位小数）。")
    if len(yuan) > _LONGEST_NUMBER or int(yuan + rest.ljust(2, "0")) > LARGEST_FEN:
        raise ValueError("太大，请核对单位是否为元。")
    return int(yuan + rest.ljust(2, "0"))


def yuan_of(fen: int) -> Decimal:
    """The exact amount in 元."""
    return Decimal(fen) / 100


def yuan_text(fen: int) -> str:
    """The amount in 元 as it is printed: 1,234.50."""
    return f"{yuan_of(fen):,.2f}"
