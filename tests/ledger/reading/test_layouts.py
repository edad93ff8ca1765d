"""How sheets with an office's own headings are found and read."""

import pytest

from activitylog.ledger.reading.layouts import (
    FileSheet,
    Layout,
    file_sheet,
    proposed_layout,
    sheets_to_assign,
)

OWN = ("序号", "项目", "主题", "活动时间", "参加人数")


def test_the_headings_are_in_the_row_most_like_ours() -> None:
    upper = [
        ["2024 年活动一览", "", ""],
        ["填表说明", "很长", "很长", "很长"],
        ["项目", "主题", "活动时间"],
        ["甲", "乙", "丙"],
    ]
    found = file_sheet("一季度", upper)
    assert (found.heading_row, found.headings) == (2, ("项目", "主题", "活动时间"))


def test_a_sheet_like_none_of_ours_has_its_headings_in_the_fullest_row() -> None:
    assert file_sheet("x", [["a"], ["b", "c"], ["d", "e"]]).headings == ("b", "c")
    assert file_sheet("x", []).headings == ()


def test_similar_headings_propose_a_sheet_and_its_columns() -> None:
    layout = proposed_layout(FileSheet("一季度", 0, OWN))
    assert layout == Layout(
        "活动",
        {"序号": "", "主题": "title", "活动时间": "held_on", "参加人数": "audience_onsite"},
    )


def test_no_column_is_proposed_twice() -> None:
    layout = proposed_layout(FileSheet("活动", 0, ("主题", "活动主题")))
    assert sorted(layout.columns.values()) == ["", "title"]


@pytest.mark.parametrize(
    ("name", "headings", "is_asked"),
    [
        ("活动", ("项目", "活动名称", "举办日期"), False),
        ("活动", ("项目", "活动名称", "举办日期", "序号"), False),
        ("活动", ("项目", "活动名称", "日期"), True),
        ("活动", ("项目", "活动名称", "举办日期", "人数"), True),
        ("活动", ("项目", "称呼", "举办日期"), True),
        ("填写说明", ("项目", "主题", "活动时间"), False),
        ("一季度", OWN, True),
        ("一季度", ("甲", "乙"), True),
    ],
)
def test_a_person_is_asked_where_a_column_could_get_lost(
    name: str, headings: tuple[str, ...], is_asked: bool
) -> None:
    assert bool(sheets_to_assign([FileSheet(name, 0, headings)], {})) is is_asked


def test_a_sheet_of_other_things_beside_ours_is_not_asked_about() -> None:
    ours = FileSheet("活动", 0, ("项目", "活动名称", "举办日期"))
    assert not sheets_to_assign([ours, FileSheet("通讯录", 0, ("姓名", "电话"))], {})


def test_what_was_confirmed_is_not_asked_again_for_the_same_headings() -> None:
    found = FileSheet("一季度", 0, OWN)
    layouts = {found.signature: proposed_layout(found)}
    assert not sheets_to_assign([found], layouts)
    assert sheets_to_assign([FileSheet("一季度", 0, (*OWN, "多一列"))], layouts)
