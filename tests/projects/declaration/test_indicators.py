from pathlib import Path

import pytest

from activitylog.projects.declaration.document import RemarkKind
from tests.factories.declarations import form, indicators, levels, read, refusal, remarks

OUTPUT = "绩效 指标\t产出指标\t数量指标\t讲座场次\t≥10.00(场)"


def test_cells_may_be_in_any_column(tmp_path: Path) -> None:
    assert levels(
        tmp_path,
        "产出指标\t数量指标\t\t讲座场次\t≥10(场)\t\t",
        "\t质量指标\t\t\t合格率\t\t=100(%)",
        "效益指标\t社会效益指标\t媒体影响力\t≥3(篇)",
    ) == [
        ("产出指标", "数量指标", "讲座场次"),
        ("产出指标", "质量指标", "合格率"),
        ("效益指标", "社会效益指标", "媒体影响力"),
    ]


def test_merged_cells_carry_the_second_level_down(tmp_path: Path) -> None:
    found = levels(tmp_path, OUTPUT, "\t\t\t受众人数\t≥500(人)", "\t产出指标\t\t展览个数\t≥2(个)")
    assert [level2 for _, level2, _ in found] == ["数量指标"] * 3


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("≥-5(场)", "是负数"),
        ("=-1.00(%)", "是负数"),
        ("≥120(%)", "超过 100%"),
        ("=100.01(%)", "超过 100%"),
        ("≤120(%)", ""),
        ("≥100(%)", ""),
        ("≥0(场)", ""),
        ("≥120(场)", ""),
    ],
)
def test_a_figure_hardly_meant_is_kept_and_pointed_out_with_its_line(
    tmp_path: Path, target: str, said: str
) -> None:
    declaration = read(tmp_path, form(f"\t产出指标\t数量指标\t讲座场次\t{target}"))
    assert len(declaration.projects[0].indicators) == 1
    told = remarks(declaration, RemarkKind.UNLIKELY_TARGET)
    assert bool(told) == bool(said)
    assert all(message.startswith("第14行：“讲座场次”") and said in message for message in told)


def test_blank_lines_dash_rows_and_repeated_headings_may_be_inside_tables(tmp_path: Path) -> None:
    rows = (
        OUTPUT,
        "",
        "--\t---\t---",
        "\t一级指标\t二级指标\t三级指标\t指标值",
        "",
        "\t\t\t受众人数\t≥500(人)",
    )
    assert len(indicators(tmp_path, *rows)) == 2


@pytest.mark.parametrize(
    ("level2", "level1"),
    [
        ("经济成本指标", "成本指标"),
        ("社会成本指标", "成本指标"),
        ("生态环境成本指标", "成本指标"),
        ("经济效益指标", "效益指标"),
        ("生态效益指标", "效益指标"),
        ("可持续 影响指标", "效益指标"),
        ("服务对象满意度　指标", "满意度指标"),
        ("时效", "产出指标"),
    ],
)
def test_first_level_follows_from_the_second(tmp_path: Path, level2: str, level1: str) -> None:
    [found] = levels(tmp_path, f"\t{level2}\t\t某项工作\t≤30.00(万元)")
    assert found[0] == level1


def test_levels_on_a_line_of_their_own_belong_to_the_next_row(tmp_path: Path) -> None:
    assert levels(tmp_path, OUTPUT, "\t效益指标\t社会效益指标\t\t", "\t\t\t知晓率\t≥80(%)")[1] == (
        "效益指标",
        "社会效益指标",
        "知晓率",
    )


@pytest.mark.parametrize(
    ("row", "level2"),
    [
        ("\t\t\t信息发布及时\t及时", "时效指标"),
        ("\t\t\t工作完成情况\t按时完成", "时效指标"),
        ("\t\t\t活动质量达标率\t=100(%)", "质量指标"),
        ("\t\t\t验收合格率\t=100(%)", "质量指标"),
        ("\t\t\t居民满意度\t≥90(%)", "服务对象满意度指标"),
        ("\t\t\t成本节约率\t≥0(%)", "经济成本指标"),
        ("\t\t\t长效管理制度健全性\t健全", "可持续影响指标"),
        ("\t\t\t媒体影响力提升情况\t≥5(篇)", "社会效益指标"),
        ("\t效益指标\t\t科普氛围\t浓厚", "社会效益指标"),
        ("\t成本指标\t\t人均经费\t≤50(元)", "经济成本指标"),
        ("\t满意度指标\t\t受访者评价\t≥90(%)", "服务对象满意度指标"),
        ("\t双星指标\t\t长效机制\t健全", "可持续影响指标"),
    ],
)
def test_missing_second_level_is_inferred_from_the_words_with_one_warning(
    tmp_path: Path, row: str, level2: str
) -> None:
    declaration = read(tmp_path, form(OUTPUT, row))
    assert declaration.projects[0].indicators[1].level2 == level2
    assert len(remarks(declaration, RemarkKind.LOST_LEVEL2)) == 1


def test_first_row_without_a_second_level_is_counted_by_its_unit(tmp_path: Path) -> None:
    [found] = levels(tmp_path, "绩效 指标\t产出指标\t\t直通车进村居\t≥60.00(场)")
    assert found[1] == "数量指标"


def test_second_level_after_cost_is_not_continued_into_output(tmp_path: Path) -> None:
    rows = ("\t成本指标\t经济成本指标\t成本节约率\t≥0(%)", "\t产出指标\t\t受众人数\t≥500(人)")
    assert levels(tmp_path, *rows)[1][1] == "数量指标"


@pytest.mark.parametrize("name", ["满意度调查份数", "及时发布信息数量", "节约用水讲座场次"])
def test_counted_things_stay_under_quantity_whatever_they_are_about(tmp_path: Path, name: str) -> None:
    declaration = read(tmp_path, form(OUTPUT, f"\t\t\t{name}\t≥5(份)"))
    assert declaration.projects[0].indicators[1].level2 == "数量指标"
    assert declaration.warnings == ()


def test_lost_cell_of_a_merged_group_is_warned_about_once(tmp_path: Path) -> None:
    rows = (OUTPUT, "\t\t\t信息发布及时性\t及时", "\t\t\t工作完成及时性\t及时")
    declaration = read(tmp_path, form(*rows))
    assert [each.level2 for each in declaration.projects[0].indicators[1:]] == ["时效指标"] * 2
    assert len(remarks(declaration, RemarkKind.LOST_LEVEL2)) == 1


def test_bare_figure_is_read_as_equal_with_a_warning(tmp_path: Path) -> None:
    declaration = read(tmp_path, form("\t产出指标\t数量指标\t覆盖区数\t16(个)"))
    assert declaration.projects[0].indicators[0].operator == "="
    assert len(remarks(declaration, RemarkKind.BARE_TARGET)) == 1


def test_loose_sentence_inside_a_table_is_reported_not_swallowed(tmp_path: Path) -> None:
    declaration = read(tmp_path, form(OUTPUT, "填表人：办公室"))
    assert "填表人：办公室" in remarks(declaration, RemarkKind.SKIPPED_LINE)[0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("\t质量指标\t\t合格率\t≥多少(%)", "指标“合格率”的指标值无法识别"),
        ("\t质量指标\t\t合格率\t", "缺少三级指标名称或指标值"),
        ("\t质量指标\t\t\t=100(%)", "缺少三级指标名称或指标值"),
        ("\t\t\t合格率\t", "缺少三级指标名称或指标值"),
        ("\t质量指标\t合格率\t=100(%)\t10", "指标值后面还有一格"),
        ("\t质量指标\t科普\t合格率\t=100(%)", "看不懂指标名称前面的“科普”"),
        ("\t\t\t讲座场次\t≥20(场)", "已有同名指标，在第14行"),
        ("\t质量指标\t" + "很" * 121 + "\t=100(%)", "三级指标名称太长"),
        ("\t质量指标\t合格率\t" + "好" * 61, "指标值无法识别"),
    ],
)
def test_bad_rows_are_named_by_their_line(tmp_path: Path, row: str, message: str) -> None:
    [problem] = refusal(tmp_path, form(OUTPUT, row)).problems
    assert message in problem.message
    assert (problem.file, problem.row) == ("申报表.txt", 15)


@pytest.mark.parametrize("line", ["社会效益指标 群众知晓度 ≥90.00(%)", "讲座场次 ≥5场"])
def test_a_row_that_lost_its_cells_is_refused_and_not_left_out(tmp_path: Path, line: str) -> None:
    [problem] = refusal(tmp_path, form(OUTPUT, line)).problems
    assert (problem.row, problem.message) == (15, "这一行像是指标，但不在表格里")


CLOSING_ROWS = (
    "单位负责人：\t\t\t填表人：",
    "财政资金管理科室(盖章)\t\t主管部门（盖章）",
    "填表人：某某\t填表日期：2025年1月5日",
    "备注\t本表一式两份",
    "审核意见\t同意",
    "领导审批意见\t同意申报",
    "总分\t100",
    "\t合计\t\t\t100",
    "注：1.指标值为年度值",
    "注：满意度指标 按抽样计算，目标 ≥90%",
    "联系人：张三\t联系电话：021-12345678",
    "填报单位（公章）\t\t2025年1月5日",
    "日期\t2025年1月",
)


@pytest.mark.parametrize("row", CLOSING_ROWS)
def test_signatures_notes_and_sums_are_no_indicators_and_are_told(tmp_path: Path, row: str) -> None:
    declaration = read(tmp_path, form(OUTPUT, row))
    assert [each.name for each in declaration.projects[0].indicators] == ["讲座场次"]
    [message] = remarks(declaration, RemarkKind.SKIPPED_LINE)
    assert message.startswith("第15行")


@pytest.mark.parametrize("name", ["合计覆盖人数", "审核意见采纳率", "日期提醒及时率", "备注完整率"])
def test_an_indicator_may_begin_with_the_words_of_a_note(tmp_path: Path, name: str) -> None:
    assert indicators(tmp_path, OUTPUT, f"\t\t\t{name}\t≥5(个)")[1].name == name


@pytest.mark.parametrize("row", ["局长办公会\t通过", "核定数\t100"])
def test_a_row_below_the_table_that_nobody_knows_is_refused(tmp_path: Path, row: str) -> None:
    [problem] = refusal(tmp_path, form(OUTPUT, row)).problems
    assert (problem.row, "看不出是不是指标" in problem.message) == (15, True)
    assert "删去" in problem.expected


def test_row_whose_second_level_cannot_be_inferred_is_refused(tmp_path: Path) -> None:
    [problem] = refusal(tmp_path, form("\t\t\t科普氛围\t浓厚")).problems
    assert "无法判断" in problem.message
