"""Reading and printing amounts of money."""

from decimal import Decimal

import pytest

from activitylog.core.money import LARGEST_FEN, fen_of, yuan_of, yuan_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("1", 100), ("1234.5", 123450), ("1234.50", 123450), (".5", 50), ("7.", 700), ("0012", 1200)],
)
def test_money_is_read_to_the_fen(text: str, expected: int) -> None:
    assert fen_of(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("一百", "应为金额，如 1234.50（元）。"),
        ("1e5", "应为金额，如 1234.50（元）。"),
        ("NaN", "应为金额，如 1234.50（元）。"),
        ("Infinity", "应为金额，如 1234.50（元）。"),
        (".", "应为金额，如 1234.50（元）。"),
        ("-0.01", "应为不小于 0 的金额。"),
        ("0.005", "最多写到分（两位小数）。"),
        ("99999999999.99", "太大，请核对单位是否为元。"),
        ("9" * 6000, "太大，请核对单位是否为元。"),
    ],
)
def test_an_amount_that_is_none_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="^" + said.replace("（", ".").replace("）", ".")):
        fen_of(text)


def test_the_largest_amount_is_ten_thousand_million_yuan() -> None:
    assert fen_of("10000000000") == LARGEST_FEN


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (123456789, "1,234,567.89"), (-150, "-1.50")]
)
def test_money_is_printed_in_yuan_to_the_fen(fen: int, text: str) -> None:
    assert yuan_text(fen) == text
    assert yuan_of(fen) == Decimal(fen).scaleb(-2)
