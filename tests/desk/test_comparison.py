from dataclasses import replace
from datetime import date

from activitylog.activities.operations import ActivityDetails
from activitylog.desk.comparison import Difference, differences

MINE = ActivityDetails(
    project_id=1,
    title="天文课",
    kinds=("下乡服务", "志愿服务"),
    districts=("310107",),
    held_on=date(2024, 6, 10),
    audience_onsite=60,
)
PROJECTS = {1: "科普资源配送", 2: "惠民科普直通车"}


def test_the_same_text_has_no_differences() -> None:
    theirs = replace(MINE, kinds=("志愿服务", "下乡服务"))
    assert differences(theirs, MINE, projects=PROJECTS) == []


def test_each_difference_is_told_in_the_words_of_the_page() -> None:
    theirs = replace(
        MINE,
        project_id=2,
        districts=("310107", "310115"),
        held_on=None,
        audience_onsite=1200,
        note="雨",
    )
    assert differences(theirs, MINE, projects=PROJECTS) == [
        Difference("项目", "惠民科普直通车", "科普资源配送"),
        Difference("举办日期", "", "2024-06-10"),
        Difference("区", "普陀、浦东新区", "普陀"),
        Difference("现场人数", "1,200 人", "60 人"),
        Difference("备注", "雨", ""),
    ]


def test_a_project_the_reader_does_not_see_is_not_named() -> None:
    assert differences(replace(MINE, project_id=9), MINE, projects=PROJECTS)[0].theirs == "（别的项目）"
