from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook
from xlsxwriter import Workbook

from activitylog.core.progress import no_progress
from activitylog.errors import LedgerError
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.reader import read_ledger
from activitylog.ledger.reading.rows import LedgerTable
from tests.factories.ledger import activity_row, push_row, report_row, save_ledger

ADDRESS = "https://mp.weixin.qq.com/s/behind"


def read(path: Path, sheet: str) -> tuple[LedgerTable, LedgerFindings]:
    findings = LedgerFindings(path.name)
    return read_ledger(path, findings, no_progress)[sheet], findings


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(str(number)) for number in range(4)])
    book = load_workbook(path)
    for row in (3, 4, 9):
        book["活动"].row_dimensions[row].hidden = True
    book.save(path)
    table, findings = read(path, "活动")
    assert len(table.rows) == 4
    (warning,) = findings.warnings
    assert (warning.sheet, "隐藏的 2 行（第 3、4 行）" in warning.message) == ("活动", True)


@pytest.mark.parametrize("heading", ["链接", "标题"])
def test_the_address_behind_a_title_is_taken(tmp_path: Path, heading: str) -> None:
    row = push_row(链接=None) | {heading: "天文课开讲"}
    path = save_ledger(tmp_path / "台账.xlsx", 媒体报道=[report_row()], 推送=[push_row(), row])
    book = load_workbook(path)
    page = book["推送"]
    at = next(cell.column for cell in page[1] if cell.value == heading)
    page.cell(3, at).hyperlink = ADDRESS
    book.save(path)
    table, findings = read(path, "推送")
    assert [row.values["link"] for row in table.rows] == ["https://mp.weixin.qq.com/s/abc", ADDRESS]
    assert not findings.problems


def test_a_link_written_out_is_not_replaced_by_the_one_behind_it(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 推送=[push_row()])
    book = load_workbook(path)
    book["推送"]["D2"].hyperlink = ADDRESS
    book["推送"]["D2"].value = "https://mp.weixin.qq.com/s/abc"
    book.save(path)
    assert read(path, "推送")[0].rows[0].values["link"] == "https://mp.weixin.qq.com/s/abc"


def test_a_link_made_by_a_formula_gives_its_address(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    with Workbook(str(path)) as book:
        page = book.add_worksheet("推送")
        for position, (heading, cell) in enumerate(push_row(发布时间="2024-06-04").items()):
            page.write_string(0, position, heading)
            page.write_string(1, position, cell)
        page.write_formula("D2", f'=HYPERLINK("{ADDRESS}","天文课开讲")', value="天文课开讲")
    assert read(path, "推送")[0].rows[0].values["link"] == ADDRESS


@pytest.mark.parametrize(("value", "is_stopped"), [(0, True), (70, False)])
def test_a_formula_that_a_program_left_to_calculate_is_stopped(
    tmp_path: Path, value: int, *, is_stopped: bool
) -> None:
    path = tmp_path / "台账.xlsx"
    with Workbook(str(path)) as book:
        page = book.add_worksheet("活动")
        for position, (heading, cell) in enumerate(activity_row().items()):
            page.write(0, position, heading)
            page.write(1, position, cell)
        page.write_formula("K2", "=30+40", value=value)
    _, findings = read(path, "活动")
    assert [(p.row, p.column) for p in findings.problems] == [(2, "现场人数")] * is_stopped


def test_a_file_that_unpacks_to_more_than_any_ledger_is_refused_unread(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()])
    with (
        ZipFile(path, "a", ZIP_DEFLATED) as book,
        book.open("xl/worksheets/sheet9.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(210):
            part.write(b" " * 1_000_000)
    with pytest.raises(LedgerError, match="展开后超过 200 MB"):
        read_ledger(path, LedgerFindings(path.name), no_progress)
