from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from activitylog.core.progress import no_progress
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.reader import read_ledger
from activitylog.ledger.reading.rows import LedgerTable
from tests.factories.ledger import activity_row, expense_row, save_ledger, tally_row


def read(path: Path) -> tuple[dict[str, LedgerTable], LedgerFindings]:
    findings = LedgerFindings(path.name)
    return read_ledger(path, findings, no_progress), findings


def test_columns_are_found_by_heading_whatever_their_order_and_spacing(tmp_path: Path) -> None:
    row = {" 名 称 ".replace("名", "活 动 名"): "天文课", "项目*": "甲", "举 办日期": "2024-06-03"}
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[{**row, "活动编号": "1"}])
    tables, findings = read(path)
    assert not findings.problems
    assert tables["活动"].rows[0].values["title"] == "天文课"


def test_a_title_above_the_headings_and_columns_to_the_left_do_no_harm(tmp_path: Path) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.title = "支出"
    page["C2"] = "2024 年支出台账"
    for position, heading in enumerate(expense_row()):
        page.cell(4, 3 + position, heading)
        page.cell(6, 3 + position, expense_row()[heading])
    book.save(tmp_path / "台账.xlsx")
    tables, findings = read(tmp_path / "台账.xlsx")
    assert not findings.problems
    assert [(row.number, row.values["paid_fen"]) for row in tables["支出"].rows] == [(6, 185050)]


def test_blank_rows_are_passed_over_and_excels_row_numbers_kept(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 纸质问卷=[{"活动编号": " "}, tally_row(), {}, tally_row()])
    tables, findings = read(path)
    assert not findings.problems
    assert [row.number for row in tables["纸质问卷"].rows] == [3, 5]


def test_a_missing_column_is_a_problem_of_the_headings(tmp_path: Path) -> None:
    row = expense_row()
    del row["支付日期"]
    path = save_ledger(tmp_path / "台账.xlsx", 支出=[row])
    _, findings = read(path)
    assert [(p.row, p.column, p.expected) for p in findings.problems] == [
        (1, "支付日期", "日期，如 2024-06-03")
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [list(activity_row().values())],
        [["2024 年活动台账"]],
        [["序号", "日期"], [1, "2024-06-03"]],
        [[None, 0]],
        [["台账"]] * 10 + [list(activity_row())],
    ],
)
def test_a_sheet_without_headings_is_one_problem(tmp_path: Path, rows: list[list[Any]]) -> None:
    save_ledger(tmp_path / "台账.xlsx", 支出=[expense_row()])
    book = load_workbook(tmp_path / "台账.xlsx")
    page = book.create_sheet("活动")
    for row in rows:
        page.append(row)
    book.save(tmp_path / "台账.xlsx")
    _, findings = read(tmp_path / "台账.xlsx")
    (problem,) = findings.problems
    assert problem.sheet == "活动"
    assert "没有认出表头" in problem.message
    assert "活动编号、项目、活动类型、活动名称" in problem.message
    assert findings.warnings == []


def test_a_heading_that_comes_twice_is_a_problem(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 支出=[expense_row() | {"摘 要": "又一次"}])
    _, findings = read(path)
    assert [(p.column, p.message) for p in findings.problems] == [("摘要", "有两列同名，请只留一列")]


def test_a_row_needs_its_required_cells_and_one_of_its_dates(tmp_path: Path) -> None:
    path = save_ledger(
        tmp_path / "台账.xlsx", 活动=[activity_row(活动名称=None, 计划日期=None, 举办日期="", 状态="计划")]
    )
    _, findings = read(path)
    assert [(p.row, p.column, p.message) for p in findings.problems] == [
        (2, "活动名称", "没有填写"),
        (2, "举办日期", "“举办日期”、“计划日期”至少要填一项"),
    ]


def test_an_error_value_and_an_uncalculated_formula_are_never_taken_for_blank(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    save_ledger(path, 活动=[activity_row(现场人数="#N/A", 线上人数="=B2+1")])
    _, findings = read(path)
    assert [(p.row, p.column, p.value) for p in findings.problems] == [
        (2, "现场人数", "#N/A"),
        (2, "线上人数", "公式"),
    ]
