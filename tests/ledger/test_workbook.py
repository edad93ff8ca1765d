from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from sqlalchemy.orm import Session

from activitylog.ledger.columns import ACTIVITIES, GUIDE_SHEET, SHEETS
from activitylog.ledger.workbook import write_template
from tests.factories.ledger import NOW, PROJECT, activity_row, import_file
from tests.factories.projects import make_project


def test_the_template_has_every_sheet_and_no_rows(tmp_path: Path) -> None:
    write_template(tmp_path / "模板.xlsx")
    book = load_workbook(tmp_path / "模板.xlsx")
    assert book.sheetnames == [GUIDE_SHEET, *(sheet.name for sheet in SHEETS)]
    for sheet in SHEETS:
        page = book[sheet.name]
        assert [[cell.value for cell in row] for row in page.rows] == [[c.heading for c in sheet.columns]]
        assert page.freeze_panes == "A2"


def test_lists_are_offered_for_status_yes_no_and_district(tmp_path: Path) -> None:
    write_template(tmp_path / "模板.xlsx")
    page = load_workbook(tmp_path / "模板.xlsx")["活动"]
    offered = {str(rule.sqref).split(":")[0]: rule for rule in page.data_validations.dataValidation}
    letters = {column.heading: get_column_letter(at) for at, column in enumerate(ACTIVITIES.columns, start=1)}
    assert offered[f"{letters['状态']}2"].formula1 == '"计划,待审核,已审核,退回,取消"'
    assert offered[f"{letters['质量达标']}2"].formula1 == '"是,否,清空"'
    assert "浦东新区" in (offered["H2"].formula1 or "")
    assert not offered["H2"].showErrorMessage


def test_the_guide_explains_every_column(tmp_path: Path) -> None:
    write_template(tmp_path / "模板.xlsx")
    guide = load_workbook(tmp_path / "模板.xlsx")[GUIDE_SHEET]
    told = {(row[0].value, row[1].value) for row in guide.rows}
    assert {(sheet.name, column.heading) for sheet in SHEETS for column in sheet.columns} <= told


def test_a_filled_template_imports_without_a_warning(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT, year=2024)
    path = tmp_path / "模板.xlsx"
    write_template(path)
    book = load_workbook(path)
    row = activity_row()
    book["活动"].append([row.get(cell.value) for cell in book["活动"][1]])
    book.save(path)
    report = import_file(session, path)
    assert (report.sheets["活动"].new, report.warnings) == (1, ())


def test_the_guides_examples_are_themselves_a_good_ledger(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT, year=2024)
    path = tmp_path / "模板.xlsx"
    write_template(path)
    book = load_workbook(path)
    for sheet in SHEETS:
        book[sheet.name].append([column.example or None for column in sheet.columns])
    book.save(path)
    report = import_file(session, path)
    assert {count.new for count in report.sheets.values()} == {1}
    assert NOW.year > 2024
