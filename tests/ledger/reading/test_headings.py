from pathlib import Path
from typing import Any

import pytest

from activitylog.core.progress import no_progress
from activitylog.core.text.words import is_one_edit_away
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.reader import read_ledger
from tests.factories.ledger import activity_row, save_ledger, tally_row


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
