"""Finding the 16 districts by all their spellings."""

import pytest

from activitylog.core.districts import BY_CODE, DISTRICTS, find_district

NAMES = "黄浦 徐汇 长宁 静安 普陀 虹口 杨浦 闵行 宝山 嘉定 浦东新区 金山 松江 青浦 奉贤 崇明"


def test_there_are_sixteen_each_with_a_code_a_name_and_a_tile_of_its_own() -> None:
    assert [district.name for district in DISTRICTS] == NAMES.split()
    assert len(BY_CODE) == 16
    assert len({(district.column, district.row) for district in DISTRICTS}) == 16
    assert all(district.code.startswith("3101") for district in DISTRICTS)


@pytest.mark.parametrize("name", NAMES.split())
def test_a_district_is_found_by_its_name_with_and_without_its_suffix_and_city(name: str) -> None:
    district = find_district(name)
    assert district is not None
    assert district.name == name
    for spelling in (
        name.removesuffix("新区"),
        f"{name.removesuffix('新区')}区",
        f"上海市{name}",
        district.code,
    ):
        assert find_district(spelling) == district


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("卢湾", "黄浦"),
        ("卢湾区", "黄浦"),
        ("闸北区", "静安"),
        ("南汇区", "浦东新区"),
        ("南汇", "浦东新区"),
        ("崇明县", "崇明"),
        ("浦东", "浦东新区"),
        (" 浦东 新区 ", "浦东新区"),
        ("上海市 徐汇区", "徐汇"),
        ("上海徐汇区", "徐汇"),
    ],
)
def test_old_and_loose_names_map_to_todays_districts(old: str, name: str) -> None:
    district = find_district(old)
    assert district is not None
    assert district.name == name


@pytest.mark.parametrize("text", ["", "区", "上海市", "苏州", "31010", "3101011", "全市", "徐汇黄浦"])
def test_what_is_no_district_is_none(text: str) -> None:
    assert find_district(text) is None
