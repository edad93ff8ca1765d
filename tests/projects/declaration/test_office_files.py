"""Ten files laid out as no other here: each row is read as it is meant, or refused with its line."""

from collections.abc import Callable
from pathlib import Path

import docx
import pytest
import xlsxwriter

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.document import DeclaredProject, RemarkKind
from activitylog.projects.declaration.reader import read_declaration, read_declarations
from tests.factories.declaration_files import WRITERS, Merged, Rows
from tests.factories.declarations import remarks

UNIT_BEFORE_VALUE = """2025年度项目支出绩效目标申报表
项目名称	科普长廊维护	预算数（千元）	86.5
一级指标	二级指标	三级指标	单位	目标值	符号	说明
产出指标	数量指标	维护长廊	座	24	≥	含新建
产出指标	数量指标	更换展板	块	360	=
产出指标	时效指标	完成时间		11月底前	定性
产出指标	成本指标	总成本	千元	86.5	≤
效益指标	社会效益指标	受益居民	万人	1.2	≥
满意度指标	服务对象满意度指标	居民满意度	%	92	≥
"""
MARKDOWN = """# 某街道项目支出绩效目标（2025年度）

**项目名称：** 楼宇科普
项目金额：4.5万元

| 一级指标（分值） | 二级指标 | 三级指标 | 分值 | 指标值 |
| :-- | :-- | :-- | --: | :-- |
| 产出指标（40分） | 数量指标（20分） | 进楼宇讲座 | 10 | 不少于五场 |
| | | 发放手册 | 10 | 2000册以上 |
| | 时效指标（20分） | 结题 | 20 | 2025年10月31日前 |
| 效益指标（40分） | 社会效益指标 | 白领知晓率 | 40 | 达到八成以上 |
| 满意度指标（20分） | 服务对象满意度指标 | 白领满意度 | 20 | 不低于百分之九十 |
"""
SEMICOLONS = """项目支出绩效目标表;;;
2025年;;;
项目名称;青少年科学营;;
年度预算（万元）;12.5;;
一级指标;二级指标;三级指标;指标值
产出指标;数量指标;营员人数;≥120人
;;手册;一千五百册
"""
CAPTION = """<html><body><table>
<caption>2025年度项目支出绩效目标申报表（单位：亿元）</caption>
<tr><td>项目名称</td><td colspan=4>新馆布展</td></tr>
<tr><td>年度资金总额</td><td colspan=4>1.05</td></tr>
<tr><th>指标值</th><th>一级指标</th><th>二级指标</th><th>三级指标</th><th>备注</th></tr>
<tr><td>≥300件套</td><td rowspan=3>产出指标</td><td rowspan=2>数量指标</td><td>展品</td><td></td></tr>
<tr><td>＝2.1万平方米</td><td>布展面积</td><td></td></tr>
<tr><td>≤1.05亿元</td><td>成本指标</td><td>布展总成本</td><td></td></tr>
<tr><td>≥95%</td><td>满意度指标</td><td>服务对象满意度</td><td>观众满意度</td><td></td></tr>
</table></body></html>"""
OTHER_YEARS = """项目支出绩效目标表
（2025年度）
项目名称	科普短视频
年度资金总额	18万元
一级指标	二级指标	三级指标	2023年实际值	2024年预计值	2025年目标值
产出指标	数量指标	短视频	30	36	≥48条
产出指标	质量指标	审校率	98%	99%	100%
"""
TWO_HEADER_ROWS: Rows = (
    ("项目支出绩效目标申报表", "", "", "", "", "", ""),
    ("（2025年度）", "", "", "", "", "", ""),
    ("项目名称", "", "科普集市", "", "实施单位", "某中心", ""),
    ("项目资金\n（千元）", "", "年度资金总额", "", "320", "", ""),
    ("一级指标", "二级指标", "三级指标", "", "指标值", "", ""),
    ("", "", "", "", "计量单位", "数值", "符号"),
    ("产出指标\n（60分）", "数量指标", "集市场次", "", "场", "6", "≥"),
    ("", "", "摊位数", "", "个", "180", "≥"),
    ("", "质量指标", "安全事故", "", "起", "0", "="),
    ("", "时效指标", "办完时间", "", "", "2025年9月", "定性"),
    ("满意度指标", "服务对象满意度指标", "市民满意度", "", "%", "90", "≥"),
)
TWO_HEADER_MERGES: list[Merged] = [
    *((0, 0, 0, 6), (1, 0, 1, 6), (2, 0, 2, 1), (3, 0, 3, 1), (3, 4, 3, 6)),
    *((4, 0, 5, 0), (4, 1, 5, 1), (4, 2, 5, 3), (4, 4, 4, 6), (6, 0, 9, 0), (6, 1, 7, 1)),
    *((row, 2, row, 3) for row in range(6, 11)),
]


def form(name: str, unit: str, amount: str, target: str) -> list[list[str]]:
    return [
        ["项目支出绩效目标申报表"],
        ["（2025年度）"],
        ["项目名称", name],
        [f"年度资金总额（{unit}）", amount],
        ["一级指标", "二级指标", "三级指标", "指标值"],
        ["产出指标", "数量指标", "集市场次", target],
        ["满意度指标", "满意度指标", "市民满意度", "九成以上"],
    ]


def write_twice_on_a_sheet(path: Path) -> None:
    """The form of two projects under one another, the second two rows below the first."""
    rows = [*form("甲集市", "万元", "32", "≥6场"), [], [], *form("乙集市", "元", "50,000", "≥9场")]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 1, row)


def write_lines_of_tabs(path: Path) -> None:
    """A document without a table: its cells stand in lines, parted by tabs."""
    document = docx.Document()
    for row in form("科普夜校", "万元", "6.8", "不少于五场"):
        document.add_paragraph("\t".join(row))
    document.save(str(path))


def written(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def two_header_rows(kind: str) -> Callable[[Path], None]:
    return lambda path: WRITERS[kind](path, TWO_HEADER_ROWS, TWO_HEADER_MERGES)


MARKET = [
    "科普集市 2025 320,000.00",
    "产出指标/数量指标/集市场次 ≥6场",
    "产出指标/数量指标/摊位数 ≥180个",
    "产出指标/质量指标/安全事故 =0起",
    "产出指标/时效指标/办完时间 2025年9月",
    "满意度指标/服务对象满意度指标/市民满意度 ≥90%",
]
FILES: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "unit-before-value.txt": (
        written(UNIT_BEFORE_VALUE),
        [
            "科普长廊维护 2025 86,500.00",
            "产出指标/数量指标/维护长廊 ≥24座",
            "产出指标/数量指标/更换展板 =360块",
            "产出指标/时效指标/完成时间 11月底前",
            "产出指标/成本指标/总成本 ≤86.5千元",
            "效益指标/社会效益指标/受益居民 ≥1.2万人",
            "满意度指标/服务对象满意度指标/居民满意度 ≥92%",
        ],
    ),
    "headings-and-bold.md": (
        written(MARKDOWN),
        [
            "楼宇科普 2025 45,000.00",
            "产出指标/数量指标/进楼宇讲座 ≥5场",
            "产出指标/数量指标/发放手册 ≥2000册",
            "产出指标/时效指标/结题 2025年10月31日前",
            "效益指标/社会效益指标/白领知晓率 ≥80%",
            "满意度指标/服务对象满意度指标/白领满意度 ≥90%",
        ],
    ),
    "semicolons.csv": (
        written(SEMICOLONS),
        [
            "青少年科学营 2025 125,000.00",
            "产出指标/数量指标/营员人数 ≥120人",
            "产出指标/数量指标/手册 =1500册",
        ],
    ),
    "caption.html": (
        written(CAPTION),
        [
            "新馆布展 2025 105,000,000.00",
            "产出指标/数量指标/展品 ≥300件套",
            "产出指标/数量指标/布展面积 =2.1万平方米",
            "产出指标/成本指标/布展总成本 ≤1.05亿元",
            "满意度指标/服务对象满意度指标/观众满意度 ≥95%",
        ],
    ),
    "other-years.txt": (
        written(OTHER_YEARS),
        [
            "科普短视频 2025 180,000.00",
            "产出指标/数量指标/短视频 ≥48条",
            "产出指标/质量指标/审校率 =100%",
        ],
    ),
    "two-header-rows.xlsx": (two_header_rows("book.xlsx"), MARKET),
    "two-header-rows.docx": (two_header_rows("document.docx"), MARKET),
    "two-header-rows.pdf": (two_header_rows("print.pdf"), MARKET),
    "twice.xlsx": (
        write_twice_on_a_sheet,
        [
            "甲集市 2025 320,000.00",
            "产出指标/数量指标/集市场次 ≥6场",
            "满意度指标/满意度指标/市民满意度 ≥90%",
            "乙集市 2025 50,000.00",
            "产出指标/数量指标/集市场次 ≥9场",
            "满意度指标/满意度指标/市民满意度 ≥90%",
        ],
    ),
    "lines-of-tabs.docx": (
        write_lines_of_tabs,
        [
            "科普夜校 2025 68,000.00",
            "产出指标/数量指标/集市场次 ≥5场",
            "满意度指标/满意度指标/市民满意度 ≥90%",
        ],
    ),
}


def lines(project: DeclaredProject) -> list[str]:
    return [
        f"{project.name} {project.year} {project.budget_fen / 100:,.2f}",
        *(f"{each.level1}/{each.level2}/{each.name} {each.printed_target}" for each in project.indicators),
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_a_careful_person_reads_it(tmp_path: Path, name: str) -> None:
    write, expected = FILES[name]
    write(tmp_path / name)
    declaration = read_declaration(tmp_path / name)
    assert [line for project in declaration.projects for line in lines(project)] == expected


def test_several_files_of_one_year_are_one_declaration(tmp_path: Path) -> None:
    names = ("unit-before-value.txt", "twice.xlsx", "lines-of-tabs.docx")
    for name in names:
        FILES[name][0](tmp_path / name)
    [declaration] = read_declarations([tmp_path / name for name in names])
    read = [line for project in declaration.projects for line in lines(project)]
    assert read == [line for name in names for line in FILES[name][1]]


def problems_of(path: Path, text: str) -> list[tuple[int | None, str]]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        read_declaration(path)
    assert all(problem.expected for problem in refused.value.problems)
    return [(problem.row, problem.message) for problem in refused.value.problems]


def test_ranges_and_two_figures_are_refused_each_with_its_line(tmp_path: Path) -> None:
    cells = (
        "40-60条",
        "40至60条",
        "0.5～0.8万条",
        "90%—95%",
        "48条、图文100篇",
        "5条以上，10条以内",
        "48+条",
    )
    for cell in cells:
        [(line, message)] = problems_of(tmp_path / "a.txt", OTHER_YEARS.replace("≥48条", cell))
        assert (line, "指标值无法识别" in message) == (6, True)


def test_forms_side_by_side_are_refused(tmp_path: Path) -> None:
    text = "\n".join("\t".join(row + row) for row in form("甲", "万元", "3", "≥6场"))
    assert (5, True) in [
        (line, "都像是指标值" in message) for line, message in problems_of(tmp_path / "a.txt", text)
    ]


def test_an_unknown_unit_of_the_amounts_is_asked(tmp_path: Path) -> None:
    text = SEMICOLONS.replace("万元", "百元")
    assert problems_of(tmp_path / "a.csv", text) == [(4, "找不到金额的单位")]


def test_a_rate_without_its_sign_is_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(SEMICOLONS + ";质量指标;结营率;≥0.9\n", encoding="utf-8")
    [message] = remarks(read_declaration(path), RemarkKind.UNLIKELY_TARGET)
    assert "“≥0.9”没有写 %，要是 90% 请连 % 写明" in message
