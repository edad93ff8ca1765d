from decimal import Decimal

import pytest

from activitylog.projects.declaration.levels import parse_target


@pytest.mark.parametrize(
    ("cell", "operator", "number", "unit"),
    [
        ("≥16.00(个)", "≥", "16", "个"),
        ("≥80(次)", "≥", "80", "次"),
        ("=100.00(%)", "=", "100", "%"),
        (r"$\geq 90.00\%$", "≥", "90", "%"),
        (r"$\leqslant 30.5\text{万元}$", "≤", "30.5", "万元"),
        (r"\(\ge{5}\)", "≥", "5", ""),
        ("≥５．００（次）", "≥", "5", "次"),
        ("＝１００％", "=", "100", "%"),
        (">=20(次)", "≥", "20", "次"),
        ("＞＝20（次）", "≥", "20", "次"),
        ("<=3(天)", "≤", "3", "天"),
        ("≦3天", "≤", "3", "天"),
        ("≧3天", "≥", "3", "天"),
        ("&ge;3(天)", "≥", "3", "天"),
        ("&lt;3(天)", "<", "3", "天"),
        (">0(个)", ">", "0", "个"),
        ("＜0.5（%）", "<", "0.5", "%"),
        ("≥ 5,000.00 ( 人次 )", "≥", "5000", "人次"),
        ("≤30.00(万元)", "≤", "30", "万元"),
        ("≥1.2万(人)", "≥", "1.2", "万人"),
        ("不少于5场次", "≥", "5", "场次"),
        ("不低于90%", "≥", "90", "%"),
        ("不超过12个月", "≤", "12", "个月"),
        ("80次以上", "≥", "80", "次"),
        ("30日内", "≤", "30", "日"),
        ("<p>≥5.00(次)</p>", "≥", "5", "次"),
        ("≥60场（次）", "≥", "60", "场次"),
        ("=0.00(%)。", "=", "0", "%"),
        ("≥-5(%)", "≥", "-5", "%"),
    ],
)
def test_figures_are_read_however_they_are_written(cell: str, operator: str, number: str, unit: str) -> None:
    target = parse_target(cell)
    assert target is not None
    assert (target.operator, target.number, target.unit) == (operator, Decimal(number), unit)
    assert target.word == ""
    assert target.has_sign


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("及时", "及时"),
        (" 有效 提升。", "有效提升"),
        ("<p>健全</p>", "健全"),
        ("不低于上年水平", "不低于上年水平"),
        ("2025年12月底前完成", "2025年12月底前完成"),
        ("6月30日前", "6月30日前"),
    ],
)
def test_words_and_deadlines_are_kept_as_words(cell: str, word: str) -> None:
    target = parse_target(cell)
    assert target is not None
    assert (target.operator, target.number, target.word, target.unit) == ("", None, word, "")


def test_bare_figure_is_read_as_equal_and_marked() -> None:
    target = parse_target("16(个)")
    assert target is not None
    assert (target.operator, target.number, target.has_sign) == ("=", Decimal(16), False)


@pytest.mark.parametrize(
    "cell",
    ["", "≥", "≥(次)", "≥多少(次)", "≥八十(次)", "80-90次", "约80次", "≥80左右", "??", "—", "N/A", "≥1,00次"],
)
def test_what_is_neither_figure_nor_word_is_not_guessed(cell: str) -> None:
    assert parse_target(cell) is None


@pytest.mark.parametrize("cell", ["≥30，40(场)", "≥1 5场", "=1234,50元", "≥12，3"])
def test_a_separator_that_could_mean_two_numbers_is_not_read(cell: str) -> None:
    assert parse_target(cell) is None


@pytest.mark.parametrize("cell", ["≥1,200(人)", "≥１，２００人", "≥1 200 人", "≥1\u200b200人"])
def test_thousands_are_read_in_every_spelling(cell: str) -> None:
    target = parse_target(cell)
    assert target is not None
    assert (target.number, target.unit) == (1200, "人")
