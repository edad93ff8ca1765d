from pathlib import Path

import pytest

from activitylog.projects.declaration.document import Declaration, RemarkKind
from activitylog.projects.declaration.reader import ReadingChoices, read_declaration, read_declarations
from tests.factories.declarations import ONE_ROW, form, read, remarks

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


SATISFIED = "\t满意度指标\t服务对象满意度指标\t{name}\t{target}(%)"


def declare(folder: Path, **amounts: str) -> Declaration:
    return read(folder, *(form(name=name, amount=amount) for name, amount in amounts.items()))


def test_umbrella_need_not_come_first(tmp_path: Path) -> None:
    declaration = declare(tmp_path, 讲座="100.00", 展览="200.00", 竞赛="50.00", 科普服务="350.00")
    assert [project.parent for project in declaration.projects] == ["科普服务"] * 3 + [None]


def test_a_sum_of_two_may_be_chance_and_is_asked_about(tmp_path: Path) -> None:
    declaration = declare(tmp_path, 讲座="30.00", 展览="20.00", 科普服务="50.00")
    assert declaration.umbrella is None
    [question] = remarks(declaration, RemarkKind.NEAR_UMBRELLA)
    assert "可能是巧合" in question
    assert "--umbrella 科普服务" in question


def test_a_file_beside_one_with_an_umbrella_does_not_hide_it(tmp_path: Path) -> None:
    whole, other = tmp_path / "甲.txt", tmp_path / "乙.txt"
    amounts = {"讲座": "30.00", "展览": "20.00", "竞赛": "10.00", "科普服务": "60.00"}
    whole.write_text("\n".join(form(name=name, amount=amount) for name, amount in amounts.items()))
    other.write_text(form(name="别的", amount="7.00"))
    [declaration] = read_declarations([other, whole])
    assert [project.parent for project in declaration.projects] == [None, *["科普服务"] * 3, None]
    assert [project.position for project in declaration.projects] == [1, 2, 3, 4, 5]


def test_files_of_one_project_each_add_up_together(tmp_path: Path) -> None:
    amounts = {"讲座": "30.00", "展览": "20.00", "竞赛": "10.00", "科普服务": "60.00"}
    paths = [tmp_path / f"{name}.txt" for name in amounts]
    for path, (name, amount) in zip(paths, amounts.items(), strict=True):
        path.write_text(form(name=name, amount=amount))
    [declaration] = read_declarations(paths)
    assert [project.parent for project in declaration.projects] == [*["科普服务"] * 3, None]


def test_a_person_decides_either_way(tmp_path: Path) -> None:
    declare(tmp_path, 讲座="30.00", 展览="20.00", 竞赛="10.00", 科普服务="60.00")
    path = tmp_path / "申报表.txt"
    without = read_declaration(path, ReadingChoices(umbrella=""))
    assert [project.parent for project in without.projects] == [None] * 4
    assert without.warnings == ()
    other = read_declaration(path, ReadingChoices(umbrella="讲座"))
    assert [project.parent for project in other.projects] == [None, "讲座", "讲座", "讲座"]


def test_without_a_sum_no_project_is_an_umbrella(tmp_path: Path) -> None:
    declaration = declare(tmp_path, 讲座="100.00", 展览="200.00", 科普服务="400.00")
    assert declaration.umbrella is None
    assert declaration.warnings == ()


def test_a_sum_just_missed_is_pointed_out(tmp_path: Path) -> None:
    declaration = declare(tmp_path, 科普服务="1,700,000.00", 讲座="900,000.00", 展览="800,001.00")
    assert declaration.umbrella is None
    assert [(remark.kind, remark.message) for remark in declaration.warnings] == [
        (
            RemarkKind.NEAR_UMBRELLA,
            "“科普服务”的资金 1,700,000.00 元与其余 2 个项目之和 1,700,001.00 元相差 1.00 元，"
            "没有作为汇总项目；请核对，如果是，请选它作汇总项目（命令行加 --umbrella 科普服务）。",
        )
    ]


def test_a_sum_missed_by_a_hundredth_is_another_amount(tmp_path: Path) -> None:
    assert declare(tmp_path, 科普服务="10,000.00", 讲座="5,000.00", 展览="5,100.00").warnings == ()
    assert len(declare(tmp_path, 科普服务="10,000.00", 讲座="5,000.00", 展览="4,900.01").warnings) == 1


def test_two_projects_of_nearly_the_same_amount_are_no_umbrella_and_child(tmp_path: Path) -> None:
    assert declare(tmp_path, 讲座="1,000.00", 展览="1,000.01").warnings == ()


def test_single_project_has_no_umbrella(tmp_path: Path) -> None:
    assert declare(tmp_path, 讲座="100.00").projects[0].parent is None


def test_two_projects_of_equal_amount_are_no_umbrella(tmp_path: Path) -> None:
    declaration = declare(tmp_path, 总="100.00", 分="100.00")
    assert [project.parent for project in declaration.projects] == [None, None]
    assert declaration.warnings == ()


def test_projects_without_money_have_no_umbrella(tmp_path: Path) -> None:
    assert declare(tmp_path, 讲座="0.00", 展览="0.00").umbrella is None


def test_only_shares_of_the_same_thing_are_weighed_against_the_umbrella(tmp_path: Path) -> None:
    quality = "\t质量指标\t\t合格率\t≥95(%)"
    umbrella = form(ONE_ROW[0], SATISFIED.format(name="满意度", target="≥90"), name="总", amount="4.00")
    weaker = form(quality, SATISFIED.format(name="居民满意度", target="≥89.99"), name="甲", amount="1.00")
    equal = form(
        "\t数量指标\t讲座场次\t≥1(场)",
        SATISFIED.format(name="满意度", target="=90"),
        name="乙",
        amount="2.00",
    )
    silent = form(name="丙", amount="1.00")
    [message] = remarks(read(tmp_path, umbrella, weaker, equal, silent), RemarkKind.WEAKER_CHILD)
    assert "“甲”只承诺居民满意度≥89.99%" in message


def test_ceiling_is_weaker_when_it_is_higher(tmp_path: Path) -> None:
    row = "\t成本指标\t经济成本指标\t管理费占比\t≤{}(%)"
    umbrella = form(row.format(5), name="总", amount="3.00")
    figures = (("甲", 6), ("乙", 4), ("丙", 5))
    children = [form(row.format(figure), name=name, amount="1.00") for name, figure in figures]
    assert len(remarks(read(tmp_path, umbrella, *children), RemarkKind.WEAKER_CHILD)) == 1
