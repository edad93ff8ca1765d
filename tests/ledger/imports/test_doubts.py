from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories.activities import make_activity
from tests.factories.honest_year import PROJECTS, HonestYear, honest_year, plant_slips
from tests.factories.ledger import (
    PROJECT,
    activity_row,
    expense_row,
    import_file,
    save_ledger,
    tally_row,
)
from tests.factories.projects import make_project


def doubted(session: Session, made: HonestYear, path: Path) -> set[str]:
    """The numbers of the activities an import of the year tells of."""
    save_ledger(path, 活动=made.activities, 纸质问卷=made.tallies)
    rows = {"活动": made.activities, "纸质问卷": made.tallies}
    warnings = import_file(session, path, dry_run=True).warnings
    return {rows[each.sheet][(each.row or 0) - 2]["活动编号"] for each in warnings}


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 7, 2024, 90210])
def test_absurd_rows_are_told_and_honest_ones_left_alone(session: Session, tmp_path: Path, seed: int) -> None:
    for name in PROJECTS:
        make_project(session, name=name, year=2024)
    made = honest_year(seed)
    plant_slips(made)
    told = doubted(session, made, tmp_path / "台账.xlsx")
    assert len(made.planted) == 40
    assert len(told & made.planted.keys()) >= 38
    assert len(told - made.planted.keys()) <= 20


def warnings(session: Session, path: Path) -> list[tuple[str, int | None, str]]:
    return [(each.sheet, each.row, each.message) for each in import_file(session, path).warnings]


def test_a_row_is_judged_by_what_is_stored_and_the_import_is_not_stopped(
    session: Session, tmp_path: Path
) -> None:
    project = make_project(session, name=PROJECT, year=2024)
    for heads in (115, 120, 125, 118, 122):
        make_activity(session, project, kinds=("资源配送", "下乡服务"), audience_onsite=heads)
    row = activity_row("2024-1001", 现场人数=1200)
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[row, activity_row("2024-1002")])
    ((sheet, number, message),) = warnings(session, path)
    assert (sheet, number) == ("活动", 2)
    assert "现场人数填的是 1,200 人，而“下乡服务、资源配送”近两年 5 场一般是 120 人，最多 125 人" in message
    assert warnings(session, path) == []  # the second time it changes nothing


def test_a_capacity_answers_and_amounts_are_told_too(session: Session, tmp_path: Path) -> None:
    project = make_project(session, name=PROJECT, year=2024)
    stored = make_activity(
        session, project, number="2024-0900", venue_name="石门二路社区书院", districts=("310106",)
    )
    assert stored.venue is not None
    stored.venue.capacity = 100
    path = save_ledger(
        tmp_path / "台账.xlsx",
        活动=[activity_row()],
        纸质问卷=[tally_row(非常满意=300)],
        支出=[expense_row(计划金额=0), expense_row(实付金额=185)],
    )
    assert warnings(session, path) == [
        ("活动", 2, "现场人数填的是 120 人，而这个场所最多容纳 100 人，请核对。"),
        ("纸质问卷", 2, "活动 2024-0001 的扫码和纸质问卷共 314 份，比登记的受众 150 人多，请核对。"),
        ("支出", 2, "实付 1,850.50 元，而计划金额是 0 元，请核对。"),
        ("支出", 3, "实付 185.00 元，与计划的 2,000.00 元相差很大，请核对。"),
    ]
