"""The same form is read the same from every kind of file."""

from datetime import date
from pathlib import Path

import docx
import pytest
import xlsxwriter
from docx.oxml.ns import qn
from fpdf import FPDF
from lxml import etree
from noto_cjk_sans_otc import FONT_PATH

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.document import Declaration, RemarkKind
from activitylog.projects.declaration.reader import read_declaration
from tests.factories.declaration_files import WRITERS, Rows, write_lone_cells, write_workbook
from tests.factories.declarations import remarks

ROWS: Rows = (
    ("项目支出绩效目标表", "", "", "", "", ""),
    ("（2025年度）", "", "", "", "", ""),
    ("项目名称", "", "社区讲座", "", "主管部门", "某某协会"),
    ("项目资金（万元）", "", "年度资金总额", "", "30.00", ""),
    ("年度目标", "", "把科学送到家门口。", "", "", ""),
    ("绩效指标", "一级指标", "二级指标", "三级指标", "", "指标值"),
    ("", "产出指标(50分)", "数量指标", "讲座场次", "", "≥12场"),
    ("", "", "", "受众人数", "", "不少于五百人"),
    ("", "", "时效指标", "完成时间", "", "2025年12月底前"),
    ("", "", "成本指标", "总成本", "", "控制在30万元以内"),
    ("", "满意度指标(10分)", "满意度指标", "居民满意度", "", "90%以上"),
    ("单位负责人：", "", "", "填表人：", "", ""),
)
MERGED = (
    (0, 0, 0, 5),
    (2, 0, 2, 1),
    (5, 0, 10, 0),
    (6, 1, 9, 1),
    (6, 2, 7, 2),
    *((at, 3, at, 4) for at in range(5, 11)),
)
EXPECTED = [
    ("产出指标", "数量指标", "讲座场次", "≥12场"),
    ("产出指标", "数量指标", "受众人数", "≥500人"),
    ("产出指标", "时效指标", "完成时间", "2025年12月底前"),
    ("产出指标", "成本指标", "总成本", "≤30万元"),
    ("满意度指标", "满意度指标", "居民满意度", "≥90%"),
]


def summary(declaration: Declaration) -> list[tuple[str, str, str, str]]:
    [project] = declaration.projects
    assert (project.name, project.year, project.budget_fen) == ("社区讲座", 2025, 30_000_000)
    return [(each.level1, each.level2, each.name, each.printed_target) for each in project.indicators]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("merged", [(), MERGED], ids=["plain", "merged"])
def test_every_kind_of_file_says_the_same(
    tmp_path: Path, kind: str, merged: tuple[tuple[int, int, int, int], ...]
) -> None:
    path = tmp_path / kind
    WRITERS[kind](path, ROWS, merged)
    declaration = read_declaration(path)
    assert summary(declaration) == EXPECTED
    assert [remark.kind for remark in declaration.warnings] == [RemarkKind.SKIPPED_LINE]


def test_cells_copied_a_line_each_are_joined_to_rows(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    write_lone_cells(path, ROWS)
    prose = "某局2025年项目资金投入情况\n(1)项目概述。做好讲座。\n"
    path.write_text(prose + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert summary(read_declaration(path)) == EXPECTED


def test_a_page_saved_as_text_is_read_as_a_page(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    WRITERS["page.html"](path, ROWS, MERGED)
    assert summary(read_declaration(path)) == EXPECTED


def test_a_merged_target_is_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, ROWS, [*MERGED, (6, 5, 7, 5)])
    declaration = read_declaration(path)
    assert summary(declaration)[1] == ("产出指标", "数量指标", "受众人数", "≥12场")
    [message] = remarks(declaration, RemarkKind.READ_OTHERWISE)
    assert "合用一个指标值" in message
    assert "第8行" in message


def test_numbers_of_a_workbook_are_read_as_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, ROWS)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("绩效目标")
        for at, row in enumerate(ROWS):
            sheet.write_row(at, 0, row)
        sheet.write_number(3, 4, 30, book.add_format({"num_format": "0.00"}))
        sheet.write_number(6, 5, 12, book.add_format({"num_format": '"≥"0"场"'}))
        sheet.write_number(10, 5, 0.9, book.add_format({"num_format": "0%"}))
        sheet.write_datetime(
            8, 5, date(2025, 12, 1), book.add_format({"num_format": '[DBNum1]yyyy"年"m"月"'})
        )
        sheet.write_formula(9, 5, "=30(万元)")
        sheet.write_formula(7, 5, "=200+300", None, 500)
    declaration = read_declaration(path)
    assert [target for *_, target in summary(declaration)] == [
        "≥12场",
        "=500",
        "2025年12月",
        "=30万元",
        "=90%",
    ]
    assert "F8 是公式" in remarks(declaration, RemarkKind.SOURCE)[0]


def test_a_format_that_moves_the_point_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(ROWS):
            sheet.write_row(at, 0, row)
        sheet.write_number(6, 5, 12000, book.add_format({"num_format": "0,"}))
    with pytest.raises(DeclarationError) as refused:
        read_declaration(path)
    assert refused.value.problems[0].row == 7


def test_each_sheet_is_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for number, name in enumerate(("甲", "乙", "说明", "备用")):
            sheet = book.add_worksheet(name)
            rows = ROWS if number < 2 else [("填表说明", "一式两份")]
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, [cell.replace("社区讲座", f"讲座{name}") for cell in row])
            if name == "乙":
                sheet.write(3, 0, "项目资金（元）")
            if name == "备用":
                sheet.hide()
    declaration = read_declaration(path)
    assert [(each.name, each.budget_fen) for each in declaration.projects] == [
        ("讲座甲", 30_000_000),
        ("讲座乙", 3_000),
    ]
    skipped = remarks(declaration, RemarkKind.SKIPPED_LINE)
    assert any(message.startswith("工作表“说明”第1行") for message in skipped)
    assert "备用" in remarks(declaration, RemarkKind.SOURCE)[0]


def test_problems_name_the_sheet_and_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("甲", "乙"):
            sheet = book.add_worksheet(name)
            for at, row in enumerate(ROWS):
                sheet.write_row(at, 0, [cell.replace("社区讲座", f"讲座{name}") for cell in row])
        sheet.write_string(6, 5, "5-10场")
    with pytest.raises(DeclarationError) as refused:
        read_declaration(path)
    [problem] = refused.value.problems
    assert (problem.sheet, problem.row, problem.value) == ("乙", 7, "5-10场")
    assert "一个界限" in problem.expected


def test_a_form_in_a_table_within_a_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    document = docx.Document()
    frame = document.add_table(rows=1, cols=1).cell(0, 0)
    inner = frame.add_table(rows=len(ROWS), cols=6)
    for at, row in enumerate(ROWS):
        for column, text in enumerate(row):
            inner.cell(at, column).text = text
    document.save(str(path))
    assert summary(read_declaration(path)) == EXPECTED


def test_inserted_text_of_a_document_counts_and_deleted_text_does_not(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    WRITERS["document.docx"](path, ROWS, ())
    document = docx.Document(str(path))
    run = document.tables[0].cell(6, 5).paragraphs[0].runs[0]._r
    run.getparent().replace(run, _tracked("ins", "≥15场"))
    document.tables[0].cell(6, 5).paragraphs[0]._p.append(_tracked("del", "≥12场"))
    document.save(str(path))
    assert summary(read_declaration(path))[0][3] == "≥15场"


def _tracked(kind: str, text: str) -> etree._Element:
    change = etree.Element(qn(f"w:{kind}"))
    word = etree.SubElement(etree.SubElement(change, qn("w:r")), qn("w:delText" if kind == "del" else "w:t"))
    word.text = text
    return change


def test_a_table_cut_by_the_end_of_a_page_is_read_whole(tmp_path: Path) -> None:
    """Its last row on a page has no line below, and the name in it goes on at the top of the next."""
    path = tmp_path / "cut.pdf"
    pdf = FPDF(unit="pt", format=(900, 600))
    pdf.add_font("cjk", fname=FONT_PATH)
    rows = [[*row] for row in ROWS]
    rows[8][3] = "完成"
    rest = [["", "", "", "时间", "", ""]]
    for page in (rows[:9], [*rest, *rows[9:]]):
        pdf.add_page()
        pdf.set_font("cjk", size=7)
        for at, row in enumerate(page):
            top = 20 + at * 20
            is_cut = page[0] is rows[0] and at == 8
            for column, text in enumerate(row):
                left = 20 + column * 140
                pdf.line(left, top, left, top + 20)
                pdf.line(left + 140, top, left + 140, top + 20)
                if at or page[0] is rows[0]:
                    pdf.line(left, top, left + 140, top)
                if not is_cut:
                    pdf.line(left, top + 20, left + 140, top + 20)
                pdf.text(left + 2, top + 12, text)
    pdf.output(str(path))
    assert summary(read_declaration(path)) == EXPECTED


def test_a_scanned_pdf_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50)
    pdf.output(str(path))
    with pytest.raises(DeclarationError, match=r"扫描件.*文字识别"):
        read_declaration(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * 61 * 1024 * 1024)
    with pytest.raises(DeclarationError, match="展开后太大"):
        read_declaration(path)


def test_a_sheet_used_to_its_last_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(1_048_575, 200, "远")
    with pytest.raises(DeclarationError, match="一直用到第 1048576 行"):
        read_declaration(path)
