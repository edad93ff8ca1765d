from decimal import Decimal

import pytest

from activitylog.projects.declaration.table.targets import conflict, join_cells, parse_target


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
        ("≥八十(次)", "≥", "80", "次"),
        ("不少于五场", "≥", "5", "场"),
        ("至少一百二十人次", "≥", "120", "人次"),
        ("90%以上", "≥", "90", "%"),
        ("≥90%以上", "≥", "90", "%"),
        ("5场（含）以上", "≥", "5", "场"),
        ("达到90%以上", "≥", "90", "%"),
        ("保持在90%以上", "≥", "90", "%"),
        ("百分之九十以上", "≥", "90", "%"),
        ("控制在104万元以内", "≤", "104", "万元"),
        ("控制在104万元", "≤", "104", "万元"),
        ("增长≥5%", "≥", "5", "%"),
        ("提升10%", "≥", "10", "%"),
        ("全年不少于12次", "≥", "12", "次"),
        ("每年举办不少于5次", "≥", "5", "次"),
        ("≥100百分比", "≥", "100", "%"),
        ("≥90%（抽样）", "≥", "90", "%"),
        ("=100%及时", "=", "100", "%"),
        ("≤3000元/场", "≤", "3000", "元/场"),
        ("超13万元/年", ">", "13", "万元/年"),
        ("≥1 000人", "≥", "1000", "人"),
        ("不少于五年", "≥", "5", "年"),
        ("等于五场", "=", "5", "场"),
        ("≥五", "≥", "5", ""),
        ("不少于二十", "≥", "20", ""),
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
        ("2025年12月底前", "2025年12月底前"),
        ("2025年12月", "2025年12月"),
        ("2026年12月31日", "2026年12月31日"),
        ("完成时间为2022年12月30日", "完成时间为2022年12月30日"),
        ("2025年1月-12月", "2025年1月-12月"),
        ("第三季度完成", "第三季度完成"),
        ("一流", "一流"),
        ("达到一流水平", "达到一流水平"),
        ("三级甲等", "三级甲等"),
        ("三农服务水平提高", "三农服务水平提高"),
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


@pytest.mark.parametrize(("cell", "number", "unit"), [("零", 0, ""), ("十二", 12, ""), ("零起", 0, "起")])
def test_a_numeral_alone_is_a_bare_figure(cell: str, number: int, unit: str) -> None:
    target = parse_target(cell)
    assert target is not None
    assert (target.operator, target.number, target.unit, target.has_sign) == ("=", number, unit, False)


@pytest.mark.parametrize(
    "cell",
    [
        *("", "≥", "≥(次)", "≥多少(次)", "80-90次", "约80次", "≥80左右", "??", "—", "N/A", "≥1,00次", "/"),
        *("≥5~10场", "≥5～10场", "5-10场", "5至10场", "5到10场", "80%-90%", "≥1～2万人", "5 10场", "3、4场"),
        *(
            "≤90%以上",
            "500余人",
            "近百场",
            "二三十场",
            "数十场",
            "30，40",
            "1,5场",
            "降低10%",
            "2024年开展5场",
        ),
    ],
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


@pytest.mark.parametrize("cell", ["每月1次", "每季度2场", "1次/月", "每场不少于50人", "每周一期"])
def test_a_figure_for_each_month_is_no_figure_for_the_year_and_says_so(cell: str) -> None:
    target = parse_target(cell)
    assert target is not None
    assert (target.number, target.word) == (None, cell)
    assert "写全年的数" in target.note


@pytest.mark.parametrize(
    ("sign", "value", "unit", "text"),
    [
        ("=", "100", "%", "=100%"),
        ("≥", "90%", "%", "≥90%"),
        ("", "90%以上", "%", "≥90%"),
        ("＝", "３００", "天", "=300天"),
        ("≥", "99", "百分比", "≥99%"),
        ("定性", "优良", "", "优良"),
        ("定性", "优良", "级", "优良"),
        ("≤", "104万元", "万元", "≤104万元"),
        ("", "不少于五场", "场", "≥5场"),
        ("≥", "5", "/", "≥5"),
    ],
)
def test_sign_value_and_unit_may_stand_in_cells_of_their_own(
    sign: str, value: str, unit: str, text: str
) -> None:
    target = parse_target(join_cells(sign, value, unit))
    assert target is not None
    assert target.text == text
    assert conflict(sign, value, unit) == ""


@pytest.mark.parametrize(
    ("sign", "value", "unit"), [("≤", "≥5", "场"), ("≥", "5场", "次"), ("≥", "5万元", "元")]
)
def test_cells_that_say_two_things_are_a_conflict(sign: str, value: str, unit: str) -> None:
    assert conflict(sign, value, unit)
