from pathlib import Path

import pytest

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.reader import read_declaration
from tests.factories.declarations import TITLE, form, read, refusal


@pytest.mark.parametrize(
    ("suffix", "advice"),
    [
        (".doc", "另存的 .docx"),
        (".xls", "另存的 .xlsx"),
        (".ofd", "导出的 .pdf"),
        (".jpg", ".xlsx、.docx"),
        ("", ".pdf"),
    ],
)
def test_other_kinds_of_file_are_refused_with_a_way_out(tmp_path: Path, suffix: str, advice: str) -> None:
    path = tmp_path / f"申报表{suffix}"
    path.write_text(form(), encoding="utf-8")
    with pytest.raises(DeclarationError, match="不能读取") as refused:
        read_declaration(path)
    assert advice in str(refused.value)
    assert refused.value.problems[0].file == path.name


@pytest.mark.parametrize("suffix", [".xlsx", ".docx", ".pdf"])
def test_a_text_under_another_name_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"申报表{suffix}"
    path.write_text(form(), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"已损坏|不是完好的 PDF"):
        read_declaration(path)


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="文件夹"):
        read_declaration(tmp_path)


def test_upper_case_suffix_is_read(tmp_path: Path) -> None:
    path = tmp_path / "A.TXT"
    path.write_text(form(), encoding="utf-8")
    assert read_declaration(path).year == 2025


def test_file_without_a_form_is_refused(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, "会议纪要\n\n今天讨论了科普工作。\n").problems
    assert problem.message == "没有找到申报表"


def test_form_without_a_table_is_refused(tmp_path: Path) -> None:
    text = form().split("\t一级指标")[0]
    [problem] = refusal(tmp_path, text).problems
    assert problem.message == "“科普进社区”没有绩效指标表"


def test_table_without_rows_is_refused(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, form("\t\t\t\t")).problems
    assert problem.row == 13


@pytest.mark.parametrize("line", ["（2026年度）", "( 2026 年度 )", "2026年", "年度：2026"])
def test_year_is_read_from_its_line(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, form(year_line=line)).year == 2026


def test_year_at_the_top_of_the_file_serves_every_form(tmp_path: Path) -> None:
    assert read(tmp_path, "某某中心2026年度汇总表", form(year_line="")).year == 2026


def test_missing_year_is_refused(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, form(year_line="")).problems
    assert problem.message == "“科普进社区”没有写年度"


def test_two_years_in_one_file_are_refused(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, form(name="甲"), form(name="乙", year_line="(2026年度)")).problems
    assert "年度与前面的申报表不同" in problem.message


def test_same_project_twice_is_refused(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, form(), form()).problems
    assert problem.message == "同一个项目申报了两次，前一次从第1行开始"
    assert problem.row == 16


def test_title_is_the_first_line(tmp_path: Path) -> None:
    assert read(tmp_path, "\n某某中心2025年汇总表\n", form()).title == "某某中心2025年汇总表"
    assert read(tmp_path, form()).title == TITLE


def test_forms_need_no_title_between_them(tmp_path: Path) -> None:
    forms = [form(name=name).replace(TITLE, "") for name in ("甲", "乙", "丙")]
    assert [project.name for project in read(tmp_path, *forms).projects] == ["甲", "乙", "丙"]


def test_faults_of_all_forms_are_listed_in_the_order_of_lines(tmp_path: Path) -> None:
    first = form("\t数量指标\t讲座场次\t≥若干(场)", name="甲", amount="很多")
    second = form("\t\t\t讲座场次\t≥5(场)", "\t\t\t讲座场次\t≥6(场)", name="乙")
    error = refusal(tmp_path, first, second)
    assert [problem.row for problem in error.problems] == [8, 9, 14, 30]
    assert "有4处无法读取，什么都没有改动" in str(error)
    assert str(error.problems[2]).startswith(
        "申报表.txt 第14行：指标“讲座场次”的指标值无法识别（填的是“≥若干(场)”）"
    )
