from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from activitylog.core.spreadsheets import DAY, Cell, SheetColumn, add_table, new_workbook, write_cell
from activitylog.errors import BadInput


def write(path: Path, *values: Cell) -> None:
    with new_workbook(path, in_one_pass=True) as book:
        sheet = add_table(book, "表", [SheetColumn("列", 12)], book.add_format({"bold": True}))
        day = book.add_format({"num_format": DAY})
        for row, value in enumerate(values, start=1):
            write_cell(sheet, row, 0, value, day if isinstance(value, date) else None)


def test_every_value_is_read_back_as_it_was_and_a_blank_stays_blank(tmp_path: Path) -> None:
    write(tmp_path / "表.xlsx", "=1+1", 0, 2.5, date(2024, 6, 3), "", None, "末行")
    [sheet] = load_workbook(tmp_path / "表.xlsx").worksheets
    cells = [cell for (cell,) in sheet.iter_rows()]
    day = datetime(2024, 6, 3)  # noqa: DTZ001  (a cell knows no zone)
    assert [cell.value for cell in cells] == ["列", "=1+1", 0, 2.5, day, None, None, "末行"]
    assert cells[1].data_type == "s"
    assert sheet.freeze_panes == "A2"


def test_a_workbook_that_fails_midway_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(b"before")
    with pytest.raises(LookupError), new_workbook(path):
        raise LookupError
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("表.xlsx", b"before")]


def test_a_name_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"应以 \.xlsx 结尾"):
        write(tmp_path / "表.xls")
