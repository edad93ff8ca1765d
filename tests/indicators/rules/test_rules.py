"""The sentences that state what a rule counts."""

from activitylog.indicators.rules.rules import RuleDetails, filter_sentences


def test_a_group_is_told_in_place_of_where_its_people_were() -> None:
    rule = RuleDetails("people_reached", audience_group="青少年", includes_online=True)
    assert filter_sentences(rule, operator="≥", unit="人") == ["只计其中的青少年，现场和线上都算"]


def test_every_filter_is_told_in_a_sentence() -> None:
    rule = RuleDetails(
        "total_cost", forms=("讲座",), districts=("310115", "310101"), expense_kinds=("劳务费",)
    )
    assert filter_sentences(rule, operator="≤", unit="元") == [
        "只计形式或类型为“讲座”的活动",
        "只计到“浦东新区”或“黄浦”的活动",
        "只计类别为“劳务费”的支出",
    ]


def test_people_online_alone_are_told() -> None:
    rule = RuleDetails("people_reached", audience_group="线上观众")
    assert filter_sentences(rule, operator="≥", unit="人") == ["只计线上人数"]
