from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.catalogue import find_or_add_kinds
from activitylog.activities.models import Activity, ActivityKind
from activitylog.errors import LedgerError
from activitylog.ledger.operations import SheetCount
from activitylog.milestones.models import Milestone
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.ledger import (
    PROJECT,
    activity_row,
    expense_row,
    import_file,
    milestone_row,
    push_row,
    report_row,
    save_ledger,
    tally_row,
)
from tests.factories.projects import make_project

SEPARATORS = ["、", "，", ",", "；", ";", "/", "／", "+", "|", "｜", "·", " ", "  ", "和", "与", " / "]
KNOWN = ("资源配送", "下乡服务", "配送和志愿服务", "VR体验")


@pytest.fixture
def file(session: Session, tmp_path: Path) -> Path:
    make_project(session, name=PROJECT, year=2024)
    find_or_add_kinds(session, KNOWN)
    return tmp_path / "台账.xlsx"


def warnings(session: Session, path: Path) -> list[tuple[int | None, str]]:
    return [(warning.row, warning.message) for warning in import_file(session, path).warnings]


@examples(20, thorough=80)
@given(
    words=st.permutations(KNOWN),
    between=st.lists(st.sampled_from(SEPARATORS), max_size=len(KNOWN) - 1),
)
def test_known_kinds_are_separated_whatever_stands_between(
    session: Session, tmp_path: Path, words: list[str], between: list[str]
) -> None:
    written = words[: len(between) + 1]
    cell = written[0] + "".join(
        separator + word for separator, word in zip(between, written[1:], strict=True)
    )
    with rolled_back(session):
        make_project(session, name=PROJECT, year=2024)
        find_or_add_kinds(session, KNOWN)
        import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(活动类型=cell)]))
        kinds = session.scalars(select(Activity)).one().kinds
        assert {kind.name for kind in kinds} == set(written)


@pytest.mark.parametrize("cell", ["资源配送/送书", "配送和志愿", "亲子/手工"])
def test_a_word_with_an_unknown_part_stays_one_word(session: Session, file: Path, cell: str) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row(活动类型=cell)]))
    assert [kind.name for kind in session.scalars(select(Activity)).one().kinds] == [cell]
    assert session.scalar(select(func.count()).select_from(ActivityKind)) == len(KNOWN) + 1


def test_a_milestone_on_two_equal_rows_is_one(session: Session, file: Path) -> None:
    save_ledger(file, 里程碑=[milestone_row(), milestone_row(), milestone_row(计划日期="2024-10-30")])
    report = import_file(session, file)
    assert report.sheets["里程碑"] == SheetCount(2, 0, 1)
    assert [(w.row, "第 2 行是同一项" in w.message) for w in report.warnings] == [(3, True)]
    assert import_file(session, file).sheets["里程碑"] == SheetCount(0, 0, 3)
    assert session.scalar(select(func.count()).select_from(Milestone)) == 2


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_milestone_on_two_rows_that_differ_is_refused(
    session: Session, file: Path, *, is_stored: bool
) -> None:
    done = milestone_row(完成日期="2024-09-20")
    if is_stored:
        import_file(session, save_ledger(file, 里程碑=[done]))
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(file, 里程碑=[milestone_row(), done]))
    assert ["请只留一行" in problem.message for problem in caught.value.problems] == [True]


@pytest.mark.parametrize(
    ("sheet", "row", "words"),
    [
        ("支出", expense_row(), "会算两次"),
        ("纸质问卷", tally_row(), "会算两次"),
        ("推送", push_row(), "只算一篇"),
        ("媒体报道", report_row(), "只算一篇"),
    ],
)
def test_equal_rows_of_other_records_are_told_once(
    session: Session, file: Path, sheet: str, row: dict[str, Any], words: str
) -> None:
    save_ledger(file, 活动=[activity_row()], **{sheet: [row, row]})
    ((at, message),) = warnings(session, file)
    assert (at, words in message) == (3, True)
    assert not import_file(session, file).warnings


def test_a_batch_label_on_several_days_is_told_with_what_it_counts(session: Session, file: Path) -> None:
    days = ["2024-06-04", "2024-06-05", "2024-07-01", "2024-07-01"]
    rows = [
        push_row(标题=f"第{n}期", 链接=f"https://a.cn/{n}", 批次="第1次", 发布时间=day)
        for n, day in enumerate(days)
    ]
    save_ledger(file, 活动=[activity_row()], 推送=rows)
    ((row, message),) = warnings(session, file)
    assert (row, "用在 3 天" in message, "在 2 个月里" in message) == (2, True, True)
    assert not warnings(session, save_ledger(file, 活动=[activity_row()], 推送=rows[2:]))


def test_a_title_without_link_that_comes_again_is_told(session: Session, file: Path) -> None:
    days = ["2024-06-04", "2024-07-04"]
    save_ledger(
        file,
        活动=[activity_row()],
        推送=[push_row(链接=None, 批次=None, 发布时间=day) for day in days],
        媒体报道=[report_row(链接=None, 发布日期=day) for day in days],
    )
    told = warnings(session, file)
    assert [row for row, _ in told] == [3, 3]
    assert ["会算两篇" in told[0][1], "只算一篇" in told[1][1]] == [True, True]
