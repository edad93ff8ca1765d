from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from activitylog.core.progress import no_progress
from activitylog.core.text.words import is_one_edit_away
from activitylog.ledger.columns import SHEETS
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.reader import read_ledger
from activitylog.ledger.reading.rows import LedgerRow
from tests.examples import examples
from tests.factories.ledger import activity_row, expense_row, push_row, save_ledger, tally_row


def renamed(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if heading == old else heading: cell for heading, cell in row.items()}


def read(path: Path) -> LedgerFindings:
    findings = LedgerFindings(path.name)
    read_ledger(path, findings, no_progress)
    return findings


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("现场人数", "现场人数（人）"),
        ("现场人数", "现场人数[人]"),
        ("现场人数", "参加人数"),
        ("现场人数", "现场人次数"),
        ("区", "区县"),
        ("区", "区（县）"),
        ("活动类型", "类型"),
        ("活动类型", "类别"),
        ("活动名称", "题目"),
        ("科普形式", "活动形式"),
        ("场所类型", "场所类形"),
        ("质量达标", "质量是否达标"),
        ("举办日期", "活动时间"),
        ("活动编号", "编号"),
        ("线上人数", "线上人数(人次)"),
    ],
)
def test_a_heading_that_looks_like_a_missing_column_stops_the_import(
    tmp_path: Path, ours: str, theirs: str
) -> None:
    findings = read(save_ledger(tmp_path / "台账.xlsx", 活动=[renamed(activity_row(), ours, theirs)]))
    named = [problem for problem in findings.problems if theirs in problem.message]
    assert [(p.row, p.column, f"改成“{ours}”" in p.message) for p in named] == [(1, ours, True)]


def test_a_tally_with_a_unit_is_named_too(tmp_path: Path) -> None:
    findings = read(
        save_ledger(tmp_path / "台账.xlsx", 纸质问卷=[renamed(tally_row(), "满意", "满意（份）")])
    )
    assert [problem.column for problem in findings.problems] == ["满意"]


@pytest.mark.parametrize("extra", ["联系人", "现场人数（人）", "序号", "备注说明"])
def test_a_column_beside_the_right_one_is_only_told(tmp_path: Path, extra: str) -> None:
    findings = read(save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row() | {extra: "某"}]))
    assert not findings.problems
    assert [warning.column for warning in findings.warnings] == [extra]


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("讲座", "讲坐", True),
        ("讲座", "讲", True),
        ("讲座", "大讲座", True),
        ("资源配送", "资配送", True),
        ("讲座", "讲座", False),
        ("讲座", "座讲", False),
        ("讲座", "大讲坐", False),
        ("", "讲", True),
    ],
)
def test_words_one_edit_apart(one: str, other: str, *, is_one: bool) -> None:
    assert is_one_edit_away(one, other) is is_one


FILLED = ["项目", "活动类型", "活动名称", "科普形式", "场所名称", "场所类型", "区"]
FILLED += ["计划日期", "举办日期", "质量达标", "状态", "备注"]


def merge(path: Path, sheet: str, heading: str, first: int, last: int, *, columns: int = 1) -> Path:
    """Merge some rows of a column, or of several, as Excel does: only the first cell keeps its content."""
    book = load_workbook(path)
    page = book[sheet]
    at = next(cell.column for cell in page[1] if cell.value == heading)
    page.merge_cells(start_row=first, end_row=last, start_column=at, end_column=at + columns - 1)
    book.save(path)
    return path


def rows_of(path: Path, sheet: str) -> tuple[list[LedgerRow], LedgerFindings]:
    findings = LedgerFindings(path.name)
    return read_ledger(path, findings, no_progress)[sheet].rows, findings


@pytest.mark.parametrize("heading", FILLED)
def test_a_merged_word_or_day_holds_for_every_row(tmp_path: Path, heading: str) -> None:
    rows = [activity_row(str(number)) for number in range(5)]
    path = save_ledger(tmp_path / "台账.xlsx", 活动=rows)
    whole, _ = rows_of(path, "活动")
    merged, findings = rows_of(merge(path, "活动", heading, 3, 5), "活动")
    assert merged == whole
    assert not findings.problems


@pytest.mark.parametrize(
    ("sheet", "heading", "row"),
    [("活动", "现场人数", activity_row()), ("支出", "实付金额", expense_row())],
)
def test_a_merged_figure_is_refused_with_its_place(
    tmp_path: Path, sheet: str, heading: str, row: dict[str, Any]
) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", **{sheet: [row | {"活动编号": str(n)} for n in range(3)]})
    _, findings = rows_of(merge(path, sheet, heading, 2, 3), sheet)
    problem = findings.problems[0]
    assert (problem.row, problem.column) == (2, heading)
    assert "合并了第 2–3 行" in problem.message


def test_a_cell_merged_over_several_columns_is_refused(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()])
    _, findings = rows_of(merge(path, "活动", "活动类型", 2, 2, columns=2), "活动")
    assert "横着合并了几列" in findings.problems[0].message


def test_merges_outside_the_rows_do_no_harm(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 推送=[push_row()])
    book = load_workbook(path)
    book["推送"].merged_cells.add("E4:E1000000")  # without a million cells of its own
    book.save(path)
    rows, findings = rows_of(path, "推送")
    assert (len(rows), findings.problems, findings.warnings) == (1, [], [])


@examples(10, thorough=40)
@given(data=st.data())
def test_however_words_are_merged_the_rows_read_the_same(tmp_path: Path, data: st.DataObject) -> None:
    """Runs of equal cells, each merged or not."""
    sheet = next(sheet for sheet in SHEETS if sheet.name == "活动")
    texts = data.draw(st.lists(st.sampled_from(["讲座", "展览", "VR体验"]), min_size=1, max_size=8))
    path = save_ledger(
        tmp_path / "台账.xlsx", 活动=[activity_row(str(n), 科普形式=text) for n, text in enumerate(texts)]
    )
    whole, _ = rows_of(path, sheet.name)
    first = 0
    while first < len(texts):
        last = first
        while last + 1 < len(texts) and texts[last + 1] == texts[first]:
            last += 1
        if last > first and data.draw(st.booleans()):
            merge(path, sheet.name, "科普形式", first + 2, last + 2)
        first = last + 1
    assert rows_of(path, sheet.name)[0] == whole
