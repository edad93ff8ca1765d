from datetime import date
from pathlib import Path

from activitylog.projects.declaration.document import RemarkKind
from tests.factories.declarations import form, read, refusal, remarks


def test_labels_are_found_in_any_column(tmp_path: Path) -> None:
    text = (
        form()
        .replace("主管部门\t", "\t\t主管 部门\t\t")
        .replace("项目类别\t部门预算类", "项目类别：\t\t部门预算类")
    )
    project = read(tmp_path, text).projects[0]
    assert (project.department, project.category, project.implementing_unit) == (
        "某某协会",
        "部门预算类",
        "某某中心",
    )


def test_label_and_value_may_share_a_cell(tmp_path: Path) -> None:
    text = form().replace("项目名称\t科普进社区", "项目名称：科普进社区")
    assert read(tmp_path, text).projects[0].name == "科普进社区"


def test_amounts_in_ten_thousands_are_scaled(tmp_path: Path) -> None:
    project = read(tmp_path, form(amount="30.00", money_heading="项目资金（万元）")).projects[0]
    assert (project.budget_fen, project.fiscal_fen) == (30_000_000, 30_000_000)


def test_total_on_the_left_is_taken_when_the_year_has_none(tmp_path: Path) -> None:
    text = form().replace(
        "项目资金总额\t\t年度资金申请总额\t300,000.00", "项目资金总额\t300,000.00\t年度资金申请总额\t"
    )
    assert read(tmp_path, text).projects[0].budget_fen == 30_000_000


def test_sources_that_do_not_add_up_are_reported(tmp_path: Path) -> None:
    text = form().replace("上年结转资金\t", "上年结转资金\t5,000.00")
    declaration = read(tmp_path, text)
    assert declaration.projects[0].carried_over_fen == 500_000
    assert "300,000.00元与各项来源之和305,000.00元不一致" in remarks(declaration, RemarkKind.AMOUNTS)[0]


def test_left_out_dates_stay_unknown(tmp_path: Path) -> None:
    text = form().replace("计划开始日期\t2025-01-01\t计划完成日期\t2025-12-31\t\t", "")
    project = read(tmp_path, text).projects[0]
    assert (project.starts_on, project.ends_on) == (None, None)


def test_dates_come_in_office_spellings(tmp_path: Path) -> None:
    project = read(tmp_path, form().replace("2025-01-01", "2025年1月1日")).projects[0]
    assert project.starts_on == date(2025, 1, 1)


def test_goal_is_the_text_of_the_year(tmp_path: Path) -> None:
    text = form().replace("\t\t\t把科学送到家门口。", "\t三年的目标。\t\t把科学送到家门口。")
    assert read(tmp_path, text).projects[0].goal == "把科学送到家门口。"


def test_goal_may_be_on_lines_of_its_own(tmp_path: Path) -> None:
    goal = "项目总目标\n三年的目标。\n年度总体目标\n第一段。\n\n第二段。\n项目 绩效 目标\t\t"
    text = form().replace(
        "项目 绩效 目标\t项目总目标\t\t年度总体目标\t\t\n\t\t\t把科学送到家门口。\t\t", goal
    )
    assert read(tmp_path, text).projects[0].goal == "第一段。\n第二段。"


def test_every_fault_of_a_head_is_listed_at_once(tmp_path: Path) -> None:
    text = form(amount="三十万").replace("2025-01-01", "年初").replace("项目名称\t科普进社区", "项目名称\t")
    problems = refusal(tmp_path, text).problems
    assert [(problem.row, problem.message) for problem in problems] == [
        (1, "这张申报表没有填项目名称"),
        (7, "日期无法识别"),
        (8, "金额无法识别"),
        (9, "金额无法识别"),
    ]
    assert all(problem.expected for problem in problems)


def test_missing_total_is_a_fault(tmp_path: Path) -> None:
    text = form().replace("年度资金申请总额\t300,000.00", "年度资金申请总额\t")
    [problem] = refusal(tmp_path, text).problems
    assert problem.message == "“科普进社区”没有填资金总额"


def test_end_before_start_is_a_fault(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, form().replace("2025-12-31", "2024-12-31")).problems
    assert problem.message == "计划完成日期早于计划开始日期"
