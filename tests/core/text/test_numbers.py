"""Numbers as they are typed: separators only before groups of three."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.text.numbers import MisplacedSeparator, NotANumber, plain_figure, read_figure
from tests.core.text.spellings import spelled_numbers


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("120", "120"),
        ("１，２００", "1200"),
        ("1 234 567.50", "1234567.5"),
        ("0012", "12"),
        (".5", "0.5"),
        ("7.", "7"),
        ("−3", "-3"),
        ("+3", "3"),
        ("12\u200b0", "120"),
        (" \u3000", ""),
    ],
)
def test_a_number_is_read_in_every_spelling(text: str, figure: str) -> None:
    assert plain_figure(text) == figure


@given(number=st.integers(0, 10**9), data=st.data())
def test_every_spelling_of_a_number_is_the_number(number: int, data: st.DataObject) -> None:
    assert read_figure(data.draw(spelled_numbers(number))) == number


@pytest.mark.parametrize(
    "text",
    [
        "30，40",
        "30 40",
        "1,5",
        "1234,50",
        "3,00",
        "12，3",
        "1,234,56",
        "1234,567",
        "0,123",
        "1,234 567",
        ",5",
    ],
)
def test_a_separator_in_another_place_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        plain_figure(text)


def test_the_refusal_says_where_a_separator_may_stand() -> None:
    with pytest.raises(MisplacedSeparator, match="“30,40”看不出是多少，逗号和空格只能隔开三位一组的数字"):
        plain_figure("30，40")


@pytest.mark.parametrize("text", ["约100", "1e5", "NaN", "Infinity", ".", "1.2.3", "10²", "①", "--1", "三"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        plain_figure(text)


def test_a_number_too_long_for_any_record_is_refused() -> None:
    assert read_figure("9" * 20) == Decimal("9" * 20)
    with pytest.raises(NotANumber, match="太长"):
        read_figure("9" * 6000)
