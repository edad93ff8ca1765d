from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from python_calamine import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.activities.venues.operations import merge_venue
from activitylog.errors import BadInput, Missing
from activitylog.ledger.columns import SHEETS, VERSION
from activitylog.ledger.export import export_ledger
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.ledger import NOW, activity_row, import_file, save_ledger
from tests.factories.projects import make_project
from tests.ledger.worlds import YEARS, declare, store_world, worlds

Sheets = dict[str, list[list[Any]]]


def contents(path: Path) -> Sheets:
    with load_workbook(path) as book:
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def unmarked(path: Path) -> dict[str, list[list[Any]]]:
    """The contents without the marks of the records, which are of one database."""
    return {
        sheet: [[*row[:-1], str(row[-1]).partition("-")[0]] for row in rows]
        for sheet, rows in contents(path).items()
    }


def export(session: Session, folder: Path, name: str) -> list[Path]:
    paths = [folder / f"{name}-{year}.xlsx" for year in YEARS]
    for year, path in zip(YEARS, paths, strict=True):
        export_ledger(session, year=year, project=None, path=path)
    return paths


@examples(8, thorough=25)
@given(world=worlds())
def test_what_is_exported_imports_back_unchanged(
    session: Session, tmp_path: Path, world: dict[str, list[dict[str, Any]]]
) -> None:
    with rolled_back(session):
        store_world(session, world)
        first = export(session, tmp_path, "一")
        for path in first:
            counts = import_file(session, path).sheets.values()
            assert sum(count.new + count.updated for count in counts) == 0
        again = export(session, tmp_path, "二")
        assert [contents(path) for path in again] == [contents(path) for path in first]
    with rolled_back(session):
        declare(session)
        for path in first:
            import_file(session, path)
        copied = export(session, tmp_path, "三")
        assert [unmarked(path) for path in copied] == [unmarked(path) for path in first]


def test_a_start_is_written_behind_the_day_held_else_the_day_planned(
    session: Session, tmp_path: Path
) -> None:
    project, plan = (
        make_project(session, name="甲"),
        {"status": Status.PLANNED, "planned_on": date(2024, 6, 1)},
    )
    make_activity(session, project, number="1", start_time=time(9, 30), **plan)
    make_activity(session, project, number="2", start_time=time(14), planned_on=date(2024, 6, 3))
    make_activity(session, project, number="3", planned_on=date(2024, 6, 3))
    path = tmp_path / "台账.xlsx"
    export_ledger(session, year=2024, project=None, path=path)
    assert [row[8:10] for row in contents(path)["活动"][1:]] == [
        [datetime(2024, 6, 1, 9, 30), ""],  # noqa: DTZ001  (Excel knows no time zones)
        [date(2024, 6, 3), datetime(2024, 6, 10, 14)],  # noqa: DTZ001
        [date(2024, 6, 3), date(2024, 6, 10)],
    ]


def test_a_year_without_records_is_a_workbook_of_headings(session: Session, tmp_path: Path) -> None:
    make_project(session, year=2024)
    path = tmp_path / "台账.xlsx"
    export_ledger(session, year=2024, project=None, path=path)
    assert contents(path) == {
        sheet.name: [[*(c.heading for c in sheet.columns), VERSION.heading]] for sheet in SHEETS
    }
    assert {sum((c.new, c.updated, c.unchanged)) for c in import_file(session, path).sheets.values()} == {0}


def test_an_umbrella_is_exported_with_its_children_alone(session: Session, tmp_path: Path) -> None:
    umbrella = make_project(session, name="基层科普服务")
    child = make_project(session, name="惠民科普直通车", parent=umbrella)
    make_activity(session, child, number="A-1")
    make_activity(session, make_project(session), number="B-1")
    path = tmp_path / "台账.xlsx"
    counts = export_ledger(session, year=2024, project="基层科普服务", path=path)
    assert counts["活动"] == 1
    assert contents(path)["活动"][1][:2] == ["A-1", "惠民科普直通车"]


def test_text_never_becomes_a_formula(session: Session, tmp_path: Path) -> None:
    make_project(session, name="甲")
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(项目="甲")])
    import_file(session, path)
    activity = session.scalars(select(Activity)).one()
    activity.title, activity.note = '=HYPERLINK("http://a")', "https://example.com\n+1\x0b"
    session.flush()
    export_ledger(session, year=2024, project=None, path=path)
    row = contents(path)["活动"][1]
    assert (row[3], row[20]) == ('=HYPERLINK("http://a")', "https://example.com\n+1")
    assert row[9] == date(2024, 6, 3)


def test_a_project_or_year_that_is_not_declared_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="2024 年还没有项目"):
        export_ledger(session, year=2024, project=None, path=tmp_path / "台账.xlsx")
    make_project(session, name="甲")
    with pytest.raises(Missing, match="没有名为“乙”的项目，有的是：甲"):
        export_ledger(session, year=2024, project="乙", path=tmp_path / "台账.xlsx")


@pytest.mark.parametrize("name", ["没有/台账.xlsx", "台账.xls", "文件夹.xlsx"])
def test_a_place_that_cannot_be_written_to_is_refused(session: Session, tmp_path: Path, name: str) -> None:
    (tmp_path / "文件夹.xlsx").mkdir()
    make_project(session)
    with pytest.raises(BadInput):
        export_ledger(session, year=2024, project=None, path=tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["文件夹.xlsx"]


def test_a_text_no_cell_can_hold_stops_the_export_and_leaves_the_old_file(
    session: Session, tmp_path: Path
) -> None:
    make_activity(session, make_project(session)).note = "长" * 40_000
    session.flush()
    path = tmp_path / "台账.xlsx"
    path.write_bytes(b"before")
    with pytest.raises(BadInput, match="32767"):
        export_ledger(session, year=2024, project=None, path=path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_merged_venue_keeps_the_name_that_was_written(session: Session, tmp_path: Path) -> None:
    project = make_project(session, name="甲")
    old = make_activity(session, project, number="A-1", venue_name="曹杨书院").venue
    new = make_activity(session, project, number="A-2", venue_name="曹杨社区书院").venue
    assert old
    assert new
    merge_venue(session, old, new, by=make_user(session), now=NOW)
    path = tmp_path / "台账.xlsx"
    export_ledger(session, year=2024, project=None, path=path)
    assert [row[5] for row in contents(path)["活动"][1:]] == ["曹杨书院", "曹杨社区书院"]
    assert import_file(session, path).sheets["活动"].unchanged == 2
    row = activity_row("A-1", 项目="甲", 场所名称="曹杨书院", 区="普陀", 现场人数=61)
    changed = save_ledger(tmp_path / "改.xlsx", 活动=[row])
    assert [import_file(session, changed).sheets["活动"].unchanged for _ in range(2)] == [0, 1]
