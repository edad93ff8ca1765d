from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from activitylog.core.spreadsheets import (
    CLOCK,
    DAY,
    MOMENT,
    MONEY,
    WHOLE,
    Cell,
    ListColumn,
    SheetColumn,
    add_table,
    new_workbook,
    write_cell,
    write_list,
)
from activitylog.errors import BadInput, Refused


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


def test_a_list_keeps_numbers_days_and_moments_as_such(tmp_path: Path) -> None:
    columns: tuple[ListColumn[tuple[Cell, ...]], ...] = (
        ListColumn("名称", lambda row: row[0], 30),
        ListColumn("人数", lambda row: row[1]),
        ListColumn("金额", lambda row: row[2], 12, MONEY),
        ListColumn("日期", lambda row: row[3]),
        ListColumn("时刻", lambda row: row[4]),
        ListColumn("开始", lambda row: row[5]),
    )
    at = datetime(2024, 6, 3, 4, 30, tzinfo=UTC)
    filled_row = ("=天文课", 1230, Decimal("4800.5"), date(2024, 6, 3), at, time(14, 30))
    rows = [filled_row, ("空", None, None, None, None, None)]
    write_list(tmp_path / "表.xlsx", "活动/2024", columns, iter(rows))
    [sheet] = load_workbook(tmp_path / "表.xlsx").worksheets
    assert sheet.title == "活动2024"
    _, filled, empty = sheet.iter_rows()
    assert [cell.value for cell in filled] == [
        "=天文课",
        1230,
        4800.5,
        datetime(2024, 6, 3),  # noqa: DTZ001  (a cell knows no zone)
        datetime(2024, 6, 3, 12, 30),  # noqa: DTZ001
        time(14, 30),
    ]
    assert [cell.number_format for cell in filled[1:]] == [WHOLE, MONEY, DAY, MOMENT, CLOCK]
    assert [cell.value for cell in empty] == ["空", *[None] * 5]


def test_a_list_longer_than_a_browser_waits_for_is_refused(tmp_path: Path) -> None:
    columns: tuple[ListColumn[int]] = (ListColumn("数", lambda row: row),)
    with pytest.raises(Refused, match="“支出”超过 2 行"):
        write_list(tmp_path / "表.xlsx", "支出", columns, range(3), most=2)
    assert list(tmp_path.iterdir()) == []
