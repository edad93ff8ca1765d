"""Ten forms as different offices lay them out, each against what a careful person reads in it."""

from pathlib import Path

import pytest

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.document import Declaration, RemarkKind
from activitylog.projects.declaration.reader import read_declaration
from tests.factories.declarations import remarks

SICHUAN = """部门预算项目支出绩效目标表(2025年度)
金额单位：千元
项目名称	51010125T000012345678-科普进校园经费
主管部门	某区科学技术协会	实施单位	某区科普中心
年度资金总额	120.5
一级指标	二级指标	三级指标	绩效指标性质	绩效指标值	绩效度量单位	权重
产出指标	数量指标	科普讲座场次	≥	20	场	20
		受益学生人数	≥	3000	人次	20
	质量指标	讲座按教案完成率	＝	100	百分比	10
	时效指标	完成时间	定性	2025年12月底前		10
效益指标	社会效益指标	科学素质提升	定性	明显		20
满意度指标	服务对象满意度指标	师生满意度	≥	90	%	10
合计						90
"""
HUBEI = """项目申报表
2025年度
申报单位：某市科协    金额单位：万元
项目名称：科普大篷车
项目预算	25.6
	一级指标	二级指标	三级指标	年初目标值(A)	实际完成值(B)	得分
	产出指标	数量指标	进乡镇场次	不少于六十场	62场	10
			科普展品更新	15件（套）	15件	10
		成本指标	预算控制数	控制在25.6万元以内	25.1万元	10
	效益指标	社会效益指标	公众科学素质	提升2%	2.1%	10
审核意见	同意
"""
CHONGQING = """项目支出绩效目标表
（2025年度）
项目编码	50010225T000000123456	项目名称	全域科普宣传
资金总额(元)	50,000.00
指标名称	计量单位	指标性质	指标值	权重	是否核心
微信推文篇数	篇	≥	100	30	是
活动参与人次	人次	≥	5000	30	否
群众满意度	%	≥	95	30	是
"""
MONITORING = """项目支出绩效运行监控表
（2025年度）
| 项目名称 | 社区科普 | 实施单位 | 某街道 |
| 项目资金（万元） | 年度资金总额 | 8 |
| 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 1-7月执行情况 | 全年预计完成值 | 备注 |
|---|---|---|---|---|---|---|
| 产出指标 | 数量指标 | 讲座场次 | ≥12(场) | 7 | 12 | |
| | 时效指标 | 按月推送 | 每月1次 | 7 | 12 | |
| 满意度指标 | 满意度指标 | 居民满意度 | 90%以上 | 93% | 93% | |
"""
SEVERAL = """某中心2025年项目绩效目标
单位：万元
财政项目支出绩效目标申报表
项目名称	甲
年度资金申请总额	10
	一级指标	二级指标	三级指标	指标值
	产出指标	数量指标	讲座场次	≥5场
单位负责人：		填表人：
单位：元
财政项目支出绩效目标申报表
项目名称	乙
年度资金申请总额	50,000
	一级指标	二级指标	三级指标	指标值
	产出指标	数量指标	展览场次	≥2场
财政项目支出绩效目标申报表
项目名称	丙
项目资金（亿元）	年度资金申请总额	0.001
	一级指标	二级指标	三级指标	指标值
	产出指标	数量指标	竞赛场次	≥1场
备注	本表一式两份
"""
EMPTY_LEVELS = """项目支出绩效目标表
（2025年度）
项目名称	科技特派员
项目资金(万元)	年度资金总额	5
绩效指标	一级指标	二级指标	三级指标	指标值
	产出指标	数量指标	选派人数	≥12人
		质量指标
		时效指标	完成时间	2025年底前
	效益指标	经济效益指标	……	……
		社会效益指标	带动农户	≥50户
		生态效益指标
	满意度指标	满意度指标	农户满意度(%)	≥90
"""
NUMBERED = """项目支出绩效目标表
（2025年度）
项目名称	展品更新
项目资金(万元)	年度资金总额	60
	其中:财政拨款	60
一级指标	二级指标	三级指标	年度指标值
产出指标(50分)	数量指标(20分)	指标1：更新展品	≥30件
		指标2：培训讲解员	10人
		指标3：
	质量指标	指标1：验收合格率	100%
效益指标(30分)	可持续影响指标	指标1：使用年限	不少于五年
满意度指标(10分)	服务对象满意度	指标1：观众满意度	≥95％
"""
WHOLE_TERM = """财政项目支出绩效目标申报表
（2026年度）
项目名称	科学之夜
项目资金（元）	项目资金总额	900,000.00	年度资金申请总额	300,000.00
一级指标	二级指标	三级指标	实施期指标值	年度指标值
成本指标	经济成本指标	总成本	≤90(万元)	≤30(万元)
产出指标	数量指标	活动场次	≥30(场)	≥10(场)
"""
COMMAS = """某区科协,,,,
项目支出绩效目标申报表,,,,
(2025年度),,,,
项目名称,科普志愿服务,,,
预算申报数,"1,234,500.50元",,,
序号,一级指标,二级指标,三级指标,指标解释,目标值,计量单位
1,产出指标,数量指标,志愿服务次数,"全年,按次计",80,次
2,,,志愿者人数,含学生,"1,200",人
3,满意度指标,服务对象满意度指标,居民满意度,问卷,90%以上,%
"""
PAGE = """<html><body><h2>2025年项目公开</h2><p>预算安排3万元。</p>
<table><tr><td colspan=4>项目支出绩效目标表</td></tr><tr><td colspan=4>（2025年度）</td></tr>
<tr><td>项目名称</td><td colspan=3>院士讲堂</td></tr>
<tr><td rowspan=2>项目资金</td><td>年度资金总额</td><td colspan=2>3.00</td></tr>
<tr><td>其中：财政拨款</td><td colspan=2>3.00</td></tr>
<tr><th>一级指标</th><th>二级指标</th><th>三级指标</th><th>指标值</th></tr>
<tr><td rowspan=3>产出<br>指标</td><td rowspan=2>数量指标</td><td>讲座</td><td>&ge;4场</td></tr>
<tr><td>听众</td><td>&gt;=800人次</td></tr>
<tr><td>时效指标</td><td>及时性</td><td>及时</td></tr>
</table><p>某局　2025年1月</p></body></html>
"""
FORMS: dict[str, tuple[str, list[str]]] = {
    "sichuan.txt": (
        SICHUAN,
        [
            "科普进校园经费 2025 120,500.00",
            "产出指标/数量指标/科普讲座场次 ≥20场",
            "产出指标/数量指标/受益学生人数 ≥3000人次",
            "产出指标/质量指标/讲座按教案完成率 =100%",
            "产出指标/时效指标/完成时间 2025年12月底前",
            "效益指标/社会效益指标/科学素质提升 明显",
            "满意度指标/服务对象满意度指标/师生满意度 ≥90%",
        ],
    ),
    "hubei.txt": (
        HUBEI,
        [
            "科普大篷车 2025 256,000.00",
            "产出指标/数量指标/进乡镇场次 ≥60场",
            "产出指标/数量指标/科普展品更新 =15件",
            "产出指标/成本指标/预算控制数 ≤25.6万元",
            "效益指标/社会效益指标/公众科学素质 ≥2%",
        ],
    ),
    "chongqing.txt": (
        CHONGQING,
        [
            "全域科普宣传 2025 50,000.00",
            "产出指标/数量指标/微信推文篇数 ≥100篇",
            "产出指标/数量指标/活动参与人次 ≥5000人次",
            "满意度指标/服务对象满意度指标/群众满意度 ≥95%",
        ],
    ),
    "monitoring.md": (
        MONITORING,
        [
            "社区科普 2025 80,000.00",
            "产出指标/数量指标/讲座场次 ≥12场",
            "产出指标/时效指标/按月推送 每月1次",
            "满意度指标/满意度指标/居民满意度 ≥90%",
        ],
    ),
    "several.txt": (
        SEVERAL,
        [
            "甲 2025 100,000.00",
            "产出指标/数量指标/讲座场次 ≥5场",
            "乙 2025 50,000.00",
            "产出指标/数量指标/展览场次 ≥2场",
            "丙 2025 100,000.00",
            "产出指标/数量指标/竞赛场次 ≥1场",
        ],
    ),
    "empty-levels.txt": (
        EMPTY_LEVELS,
        [
            "科技特派员 2025 50,000.00",
            "产出指标/数量指标/选派人数 ≥12人",
            "产出指标/时效指标/完成时间 2025年底前",
            "效益指标/社会效益指标/带动农户 ≥50户",
            "满意度指标/满意度指标/农户满意度 ≥90%",
        ],
    ),
    "numbered.txt": (
        NUMBERED,
        [
            "展品更新 2025 600,000.00",
            "产出指标/数量指标/更新展品 ≥30件",
            "产出指标/数量指标/培训讲解员 =10人",
            "产出指标/质量指标/验收合格率 =100%",
            "效益指标/可持续影响指标/使用年限 ≥5年",
            "满意度指标/服务对象满意度指标/观众满意度 ≥95%",
        ],
    ),
    "whole-term.txt": (
        WHOLE_TERM,
        [
            "科学之夜 2026 300,000.00",
            "成本指标/经济成本指标/总成本 ≤30万元",
            "产出指标/数量指标/活动场次 ≥10场",
        ],
    ),
    "commas.csv": (
        COMMAS,
        [
            "科普志愿服务 2025 1,234,500.50",
            "产出指标/数量指标/志愿服务次数 =80次",
            "产出指标/数量指标/志愿者人数 =1200人",
            "满意度指标/服务对象满意度指标/居民满意度 ≥90%",
        ],
    ),
    "page.html": (
        PAGE,
        [
            "院士讲堂 2025 30,000.00",
            "产出指标/数量指标/讲座 ≥4场",
            "产出指标/数量指标/听众 ≥800人次",
            "产出指标/时效指标/及时性 及时",
        ],
    ),
}


def read(folder: Path, name: str, text: str) -> Declaration:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_declaration(path)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read_as_a_careful_person_reads_it(tmp_path: Path, name: str) -> None:
    text, expected = FORMS[name]
    lines = []
    for project in read(tmp_path, name, text).projects:
        lines.append(f"{project.name} {project.year} {project.budget_fen / 100:,.2f}")
        lines += [
            f"{each.level1}/{each.level2}/{each.name} {each.printed_target}" for each in project.indicators
        ]
    assert lines == expected


def test_what_was_read_otherwise_than_written_is_told(tmp_path: Path) -> None:
    monitoring = read(tmp_path, "a.md", MONITORING)
    assert "读的是“年度指标值”一列" in remarks(monitoring, RemarkKind.SKIPPED_LINE)[0]
    assert "写全年的数" in remarks(monitoring, RemarkKind.READ_OTHERWISE)[0]
    page = read(tmp_path, "a.html", PAGE)
    assert "按文字里同一数额的单位“万元”" in remarks(page, RemarkKind.MONEY_UNIT)[0]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SICHUAN.replace("金额单位：千元", ""), 5, "找不到金额的单位"),
        (SICHUAN.replace("金额单位：千元", "金额单位：千元\t单位：元"), 5, "金额的单位有不同的写法"),
        (SICHUAN.replace("≥	20	场", "≥	20-30	场"), 7, "指标值无法识别"),
        (SICHUAN.replace("≥	20	场", "≥	≤20	场"), 7, "不知道哪个对"),
        (WHOLE_TERM.replace("年度指标值", "指标值"), 5, "都像是指标值"),
        (NUMBERED.replace("≥30件", "30~50件"), 7, "指标值无法识别"),
        (NUMBERED.replace("年度指标值", "指标解释"), 6, "表头里没有指标值一列"),
    ],
)
def test_what_cannot_be_read_for_certain_is_asked_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(DeclarationError) as refused:
        read(tmp_path, "a.txt", text)
    [problem] = refused.value.problems
    assert (problem.row, message in problem.message, bool(problem.expected)) == (line, True, True)
