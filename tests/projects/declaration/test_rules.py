from pathlib import Path

import pytest

from activitylog.projects.declaration.document import Declaration, RemarkKind
from tests.factories.declarations import form, read, remarks

ROWS = ("\t产出指标\t数量指标\t讲座场次\t≥10(场)", "\t\t\t公众号推送数\t≥10(次)", "\t\t\t受众人数\t≥5000(人)")


def compared(declaration: Declaration) -> list[tuple[str, str, str | None, bool]]:
    return [
        (each.project, each.phrase, each.indicator.name if each.indicator else None, each.agrees)
        for each in declaration.goal_comparisons
    ]


@pytest.mark.parametrize(
    ("goal", "phrase", "indicator", "agrees"),
    [
        ("举办讲座不少于10场次。", "不少于10场次", "讲座场次", True),
        ("举办讲座不少于 12 场。", "不少于12场", "讲座场次", False),
        ("公众号推送至少１０次。", "至少10次", "公众号推送数", True),
        ("覆盖受众不少于0.5万人次。", "不少于0.5万人次", "受众人数", True),
        ("新建小院不少于3个。", "不少于3个", None, False),
    ],
)
def test_target_is_compared_with_the_indicator_of_its_sentence(
    tmp_path: Path, goal: str, phrase: str, indicator: str | None, agrees: bool
) -> None:
    declaration = read(tmp_path, form(*ROWS, goal=f"先说一句推送的话。{goal}"))
    assert compared(declaration) == [("科普进社区", phrase, indicator, agrees)]
    assert len(remarks(declaration, RemarkKind.GOAL_DIFFERENCE)) == (not agrees)


def test_difference_names_both_figures(tmp_path: Path) -> None:
    declaration = read(tmp_path, form(*ROWS, goal="举办讲座不少于12场。"))
    [message] = remarks(declaration, RemarkKind.GOAL_DIFFERENCE)
    assert "“不少于12场”" in message
    assert "“讲座场次”是≥10场" in message


def test_ceiling_is_not_held_against_a_floor(tmp_path: Path) -> None:
    declaration = read(tmp_path, form(*ROWS, "\t\t\t外请讲师人数\t≤8(人)", goal="外请讲师不超过8人。"))
    assert compared(declaration) == [("科普进社区", "不超过8人", "外请讲师人数", True)]


def test_target_repeated_in_one_text_is_compared_once(tmp_path: Path) -> None:
    goal = "讲座不少于10场。全年讲座不少于10场。"
    assert len(read(tmp_path, form(*ROWS, goal=goal)).goal_comparisons) == 1


def test_umbrella_repeating_its_children_adds_nothing(tmp_path: Path) -> None:
    umbrella = form(
        "\t数量指标\t覆盖面\t≥16(个)", name="总", amount="3.00", goal="讲座不少于10场。展览不少于3个。"
    )
    lectures = form(*ROWS, name="甲", amount="1.00", goal="讲座不少于10场。")
    shows = form("\t数量指标\t展览个数\t≥4(个)", name="乙", amount="1.00", goal="办好展览。")
    others = form(*ROWS, name="丙", amount="1.00")
    declaration = read(tmp_path, umbrella, lectures, shows, others)
    assert compared(declaration) == [
        ("甲", "不少于10场", "讲座场次", True),
        ("总", "不少于3个", "展览个数", False),
    ]
    assert declaration.goal_comparisons[1].indicator_project == "乙"
