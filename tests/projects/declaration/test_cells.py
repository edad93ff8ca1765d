import pytest

from activitylog.projects.declaration.cells import (
    clean_goal,
    money_unit,
    read_amount_fen,
    tidy_name,
    without_spaces,
)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1,700,000.00", 170_000_000),
        ("300000", 30_000_000),
        ("１，７００，０００．００", 170_000_000),
        ("¥ 300,000.50", 30_000_050),
        ("1 700 000.00 元", 170_000_000),
        ("30\u200b0000", 30_000_000),
        ("30万元", 30_000_000),
        ("170.5万", 170_500_000),
        ("300000元", 30_000_000),
        ("0.00", 0),
    ],
)
def test_amounts_become_fen(cell: str, fen: int) -> None:
    assert read_amount_fen(cell, yuan_per_unit=1) == fen


def test_table_in_ten_thousands_multiplies_unless_the_cell_says_otherwise() -> None:
    assert read_amount_fen("170.00", yuan_per_unit=10_000) == 170_000_000
    assert read_amount_fen("300,000元", yuan_per_unit=10_000) == 30_000_000


@pytest.mark.parametrize(
    "cell", ["三十万", "-5", "1,70,000", "17 00", "1234,50", "3.001", "30万-40万", "9" * 20, ""]
)
def test_unreadable_amounts_are_not_guessed(cell: str) -> None:
    assert read_amount_fen(cell, yuan_per_unit=1) is None


@pytest.mark.parametrize(
    ("cell", "unit"),
    [
        ("项目资金 (元)", 1),
        ("项目资金（万元）", 10_000),
        ("（单位：万元）", 10_000),
        ("单位：元", 1),
        ("项目资金总额", None),
    ],
)
def test_unit_of_the_amounts_is_found(cell: str, unit: int | None) -> None:
    assert money_unit(cell) == unit


def test_names_lose_inner_spaces_between_chinese_characters_only() -> None:
    assert tidy_name(" 科普 服务\u3000站 ") == "科普服务站"
    assert tidy_name("AI  for Science 讲座") == "AI for Science 讲座"
    assert without_spaces("服务对象满意度　指标（元）") == "服务对象满意度指标(元)"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("<p>走进社区。</p>", "走进社区。"),
        ("<p>第一段。</p><p>第二段。</p>", "第一段。\n第二段。"),
        ("第一行<br/>第二行", "第一行\n第二行"),
        ("不少于5场次。。", "不少于5场次。"),
        ("办好”科普日“活动，践行“人民城市”理念", "办好“科普日”活动，践行“人民城市”理念"),
        ("只有一个“引号", "只有一个“引号"),
        ("A&nbsp;B&amp;C", "A\xa0B&C"),
    ],
)
def test_goal_texts_are_cleaned(text: str, cleaned: str) -> None:
    assert clean_goal(text) == cleaned
