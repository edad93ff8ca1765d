"""The shipped declaration, all 46 rows of it, against a table written by hand."""

from datetime import date

import pytest

from activitylog.projects.declaration.document import Declaration, RemarkKind
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from tests.factories.declarations import remarks

# project | level 1 | level 2 | name | operator | target | unit
ROWS = """
基层科普服务 | 产出指标 | 数量指标 | 覆盖面 | ≥ | 16 | 个
基层科普服务 | 产出指标 | 质量指标 | 达标率 | = | 100 | %
基层科普服务 | 产出指标 | 时效指标 | 及时率 | = | 100 | %
基层科普服务 | 效益指标 | 社会效益指标 | 基层科普服务能力提升情况 |  | 有效提升 |
基层科普服务 | 效益指标 | 可持续影响指标 | 长效管理制度健全性 |  | 健全 |
基层科普服务 | 满意度指标 | 服务对象满意度指标 | 受众群体满意度 | ≥ | 90 | %
科技会客厅-科学咖啡馆 | 成本指标 | 经济成本指标 | 成本节约率 | ≥ | 0 | %
科技会客厅-科学咖啡馆 | 产出指标 | 数量指标 | 科技会客厅活动场次 | ≥ | 5 | 次
科技会客厅-科学咖啡馆 | 产出指标 | 数量指标 | 受众人数 | ≥ | 2000 | 人
科技会客厅-科学咖啡馆 | 产出指标 | 数量指标 | 微信公众号推送活动内容 | ≥ | 5 | 次
科技会客厅-科学咖啡馆 | 产出指标 | 质量指标 | 科普活动工作质量达标率 | = | 100 | %
科技会客厅-科学咖啡馆 | 产出指标 | 时效指标 | 科学咖啡馆系列科普活动举办及时性 |  | 及时 |
科技会客厅-科学咖啡馆 | 效益指标 | 社会效益指标 | 媒体报告影响力提升情况 | ≥ | 5 | 篇
科技会客厅-科学咖啡馆 | 效益指标 | 可持续影响指标 | 长效管理制度健全性 |  | 健全 |
科技会客厅-科学咖啡馆 | 满意度指标 | 服务对象满意度指标 | 受众群体满意度 | ≥ | 90 | %
大型科普活动 | 成本指标 | 经济成本指标 | 成本节约率 | = | 0 | %
大型科普活动 | 产出指标 | 数量指标 | 科普日主场重点活动 | = | 1 | 场
大型科普活动 | 产出指标 | 数量指标 | 微信公众号推送活动数 | = | 1 | 次
大型科普活动 | 产出指标 | 数量指标 | 受众区域覆盖数 | = | 16 | 区
大型科普活动 | 产出指标 | 质量指标 | 科普日主场重点活动质量达标率 | = | 100 | %
大型科普活动 | 产出指标 | 时效指标 | 各项工作完成及时性 |  | 及时 |
大型科普活动 | 产出指标 | 时效指标 | 大型科普活动信息发布及时性 |  | 及时 |
大型科普活动 | 效益指标 | 社会效益指标 | 媒体报告数量提升情况 | ≥ | 1 | 篇
大型科普活动 | 效益指标 | 可持续影响指标 | 长效管理制度健全性 |  | 健全 |
大型科普活动 | 满意度指标 | 服务对象满意度指标 | 受众群体满意度 | ≥ | 90 | %
科普资源配送 | 成本指标 | 经济成本指标 | 成本节约率 | ≥ | 0 | %
科普资源配送 | 产出指标 | 数量指标 | 开展配送和志愿服务数量 | ≥ | 80 | 次
科普资源配送 | 产出指标 | 数量指标 | 活动受众人数 | ≥ | 5000 | 人
科普资源配送 | 产出指标 | 数量指标 | 建设科技小院完成数 | ≥ | 2 | 个
科普资源配送 | 产出指标 | 数量指标 | 下乡服务完成次数 | ≥ | 20 | 次
科普资源配送 | 产出指标 | 数量指标 | 微信公众号推送数 | ≥ | 50 | 篇
科普资源配送 | 产出指标 | 质量指标 | 科普活动质量达标率 | = | 100 | %
科普资源配送 | 产出指标 | 时效指标 | 配送和志愿服务及时性 |  | 及时 |
科普资源配送 | 产出指标 | 时效指标 | 资源推送及时性 |  | 及时 |
科普资源配送 | 效益指标 | 社会效益指标 | 基层科普服务能力提升情况 |  | 有效提升 |
科普资源配送 | 效益指标 | 社会效益指标 | 媒体报道影响力提升情况 | ≥ | 50 | 篇
科普资源配送 | 效益指标 | 可持续影响指标 | 长效管理制度健全性 |  | 健全 |
科普资源配送 | 满意度指标 | 服务对象满意度指标 | 受众群体满意度 | ≥ | 90 | %
惠民科普直通车 | 产出指标 | 数量指标 | 直通车走进村居数量 | ≥ | 60 | 场
惠民科普直通车 | 产出指标 | 数量指标 | 活动受众人数 | ≥ | 1200 | 人
惠民科普直通车 | 产出指标 | 数量指标 | 微信公众号推送数 | ≥ | 40 | 篇
惠民科普直通车 | 产出指标 | 质量指标 | 惠民科普直通车活动质量完成率 | ≥ | 100 | %
惠民科普直通车 | 产出指标 | 时效指标 | 信息发布及时 |  | 及时 |
惠民科普直通车 | 效益指标 | 社会效益指标 | 媒体影响力提升情况 | ≥ | 40 | 篇
惠民科普直通车 | 效益指标 | 可持续影响指标 | 科普形式多样性 |  | 内容形式多样 |
惠民科普直通车 | 满意度指标 | 服务对象满意度指标 | 参与人员满意度 | ≥ | 85 | %
"""

BUDGETS_FEN = {
    "基层科普服务": 170_000_000,
    "科技会客厅-科学咖啡馆": 30_000_000,
    "大型科普活动": 30_000_000,
    "科普资源配送": 80_000_000,
    "惠民科普直通车": 30_000_000,
}


@pytest.fixture(scope="module")
def sample() -> Declaration:
    return read_declaration(sample_path())


def test_every_row_is_read_as_it_was_declared(sample: Declaration) -> None:
    expected = [[cell.strip() for cell in line.split("|")] for line in ROWS.strip().splitlines()]
    read = [
        [project.name, each.level1, each.level2, each.name, each.operator, each.target_text, each.unit]
        for project in sample.projects
        for each in project.indicators
    ]
    assert len(read) == 46
    assert read == expected


def test_a_word_has_no_figure_and_a_figure_no_word(sample: Declaration) -> None:
    for project in sample.projects:
        for each in project.indicators:
            assert (each.target is None) == (each.operator == "") == (each.target_word != "")


def test_original_wording_is_kept(sample: Declaration) -> None:
    cafe = sample.projects[1].indicators
    assert [cafe[1].wording, cafe[8].wording] == ["≥5.00(次)", r"$\geq 90.00\%$"]
    assert sample.projects[3].indicators[1].wording == "≥80(次)"


def test_positions_count_from_one(sample: Declaration) -> None:
    assert [project.position for project in sample.projects] == [1, 2, 3, 4, 5]
    assert [each.position for each in sample.projects[4].indicators] == list(range(1, 9))


def test_heads_are_read(sample: Declaration) -> None:
    assert sample.year == 2024
    assert sample.title == "上海市科普事业中心2024年度项目绩效目标汇总表"
    assert {project.name: project.budget_fen for project in sample.projects} == BUDGETS_FEN
    for project in sample.projects:
        assert (project.fiscal_fen, project.carried_over_fen, project.other_fen) == (project.budget_fen, 0, 0)
        assert (project.starts_on, project.ends_on) == (date(2024, 1, 1), date(2024, 12, 31))
        assert (project.nature, project.category) == ("其他一次性项目", "特定目标类")
        assert project.department == "上海市科学技术协会"
        assert (project.implementing_unit, project.year) == ("上海市科普事业中心", 2024)


def test_umbrella_is_the_sum_of_the_others(sample: Declaration) -> None:
    assert sample.umbrella is sample.projects[0]
    assert [project.parent for project in sample.projects] == [None, *["基层科普服务"] * 4]
    [message] = remarks(sample, RemarkKind.UMBRELLA)
    assert "1,700,000.00元等于其余4个项目之和" in message


def test_missing_second_level_is_inferred_from_the_word_and_reported_once(sample: Declaration) -> None:
    [message] = remarks(sample, RemarkKind.LOST_LEVEL2)
    assert message.startswith("第133行：")
    assert "“信息发布及时”缺二级指标，按名称归入“时效指标”，没有沿用上面的“质量指标”" in message


def test_misspelt_and_doubled_first_levels_are_reported(sample: Declaration) -> None:
    misspelt, doubled = remarks(sample, RemarkKind.LEVEL_WORD)
    assert "双星指标" in misspelt
    assert "归入“效益指标”" in misspelt
    assert "归入“成本指标”" in doubled


def test_child_with_a_weaker_target_than_the_umbrella_is_reported(sample: Declaration) -> None:
    [message] = remarks(sample, RemarkKind.WEAKER_CHILD)
    assert "受众群体满意度≥90%" in message
    assert "“惠民科普直通车”只承诺参与人员满意度≥85%" in message


def test_each_target_of_the_goal_texts_is_compared_once(sample: Declaration) -> None:
    compared = [
        (each.project, each.phrase, each.indicator.name if each.indicator else None, each.agrees)
        for each in sample.goal_comparisons
    ]
    assert compared == [
        ("科技会客厅-科学咖啡馆", "不少于5场次", "科技会客厅活动场次", True),
        ("科普资源配送", "不少于80次", "开展配送和志愿服务数量", True),
        ("惠民科普直通车", "不少于60场次", "直通车走进村居数量", True),
    ]
    assert remarks(sample, RemarkKind.GOAL_DIFFERENCE) == []


def test_goal_texts_are_fit_for_printing(sample: Declaration) -> None:
    texts = "".join(project.goal for project in sample.projects)
    assert not any(quirk in texts for quirk in ("<p>", "。。", "”科普日“"))
    assert "“科普日”" in texts
    assert "<p>" in sample.projects[3].original_goal
    assert sample.projects[1].original_goal.endswith("。。")


def test_nothing_else_is_warned_about(sample: Declaration) -> None:
    assert len(sample.warnings) == 5
