"""The copy of an imported workbook with the numbers given: nothing else in it changes."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from activitylog.ledger.numbered_copy import write_numbered_copy
from activitylog.ledger.reading.rows import TablePlace

NUMBERS = {3: "2024-0007", 4: None, 5: "甲&乙"}


def saved(path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "活动"
    for row in rows:
        page.append(row)
    page["B3"].font = Font(bold=True)
    book.create_sheet("别的").append(["不动"])
    book.save(path)
    return path


def test_numbers_are_written_into_their_column(tmp_path: Path) -> None:
    source = saved(
        tmp_path / "a.xlsx", [["编号说明"], ["活动编号", "活动名称"], *[["", f"第{n}场"] for n in range(3)]]
    )
    write_numbered_copy(
        source, tmp_path / "b.xlsx", NUMBERS, TablePlace("活动", 1, {"number": 0, "title": 1})
    )
    book = load_workbook(tmp_path / "b.xlsx")
    assert [cell.value for cell in book["活动"]["A"]] == ["编号说明", "活动编号", "2024-0007", None, "甲&乙"]
    assert [cell.value for cell in book["活动"]["B"]] == [None, "活动名称", "第0场", "第1场", "第2场"]
    assert book["活动"]["B3"].font.bold
    assert book["别的"]["A1"].value == "不动"


def test_a_sheet_without_the_column_gets_it_behind_the_last(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.xlsx", [["表"], ["主题", "人数"], *[[f"第{n}场", n] for n in range(3)]])
    write_numbered_copy(source, tmp_path / "b.xlsx", NUMBERS, TablePlace("活动", 1, {"title": 0}))
    page = load_workbook(tmp_path / "b.xlsx")["活动"]
    assert [cell.value for cell in page["C"]] == [None, "活动编号", "2024-0007", None, "甲&乙"]
    assert [cell.value for cell in page["B"]] == [None, "人数", 0, 1, 2]


@pytest.mark.parametrize("position", [0, 25, 26, 51, 52, 701])
def test_columns_have_their_letters(tmp_path: Path, position: int) -> None:
    source = saved(tmp_path / "a.xlsx", [["x"], [*[None] * position, "活动编号"], ["x"]])
    write_numbered_copy(source, tmp_path / "b.xlsx", {3: "n"}, TablePlace("活动", 1, {"number": position}))
    assert load_workbook(tmp_path / "b.xlsx")["活动"].cell(3, position + 1).value == "n"


def test_a_formula_in_the_column_leaves_no_list_of_calculations_behind(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.xlsx", [["表"], ["活动编号"], ['=""']])
    with ZipFile(source, "a") as book:
        book.writestr("xl/calcChain.xml", "<calcChain/>")
    write_numbered_copy(source, tmp_path / "b.xlsx", {3: "n"}, TablePlace("活动", 1, {"number": 0}))
    assert "xl/calcChain.xml" not in ZipFile(tmp_path / "b.xlsx").namelist()
