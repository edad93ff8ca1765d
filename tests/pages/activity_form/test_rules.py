from dataclasses import fields, replace
from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from activitylog.activities.details import ActivityDetails
from activitylog.pages.activity_form.rules import differences, field_digests, merge_versions
from tests.factories.activities import details_with_every_field

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


def test_each_difference_has_the_texts_of_the_page() -> None:
    theirs = replace(
        MINE,
        project_id=2,
        districts=("310107", "310115"),
        held_on=None,
        start_time=time(9, 30),
        audience_onsite=1200,
        note="雨",
    )
    found = differences(theirs, MINE, projects=PROJECTS)
    assert [(row.name, row.theirs, row.mine) for row in found] == [
        ("project_id", "惠民科普直通车", "科普资源配送"),
        ("held_on", "", "2024-06-10"),
        ("start_time", "09:30", ""),
        ("districts", "普陀、浦东新区", "普陀"),
        ("audience_onsite", "1,200 人", "60 人"),
        ("note", "雨", ""),
    ]


FIELDS = [field.name for field in fields(ActivityDetails)]


def test_every_field_can_differ_and_be_merged() -> None:
    theirs = details_with_every_field(2)
    found = differences(theirs, MINE, projects=PROJECTS)
    assert sorted(row.name for row in found) == sorted(FIELDS)
    assert merge_versions(theirs, MINE, FIELDS) == theirs
    assert merge_versions(theirs, MINE, []) == MINE


@given(st.sets(st.sampled_from(["title", "note", "audience_onsite"])))
def test_fields_left_unchanged_default_to_the_stored_version(changed: set[str]) -> None:
    theirs = replace(MINE, title="甲", note="乙", audience_onsite=1)
    mine = replace(
        MINE, **{n: v for n, v in {"title": "丙", "note": "丁", "audience_onsite": 2}.items() if n in changed}
    )
    found = differences(theirs, mine, projects=PROJECTS, base=field_digests(MINE))
    assert {row.name for row in found if not row.keeps_theirs} == changed


@given(st.text())
def test_an_invalid_digest_changes_no_choice(base: str) -> None:
    found = differences(replace(MINE, title="甲"), MINE, projects=PROJECTS, base=base)
    assert [row.keeps_theirs for row in found] == [False]


def test_a_project_the_reader_does_not_see_is_not_named() -> None:
    assert differences(replace(MINE, project_id=9), MINE, projects=PROJECTS)[0].theirs == "（别的项目）"
