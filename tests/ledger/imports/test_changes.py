from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.capture import write_pending_entries
from activitylog.core.actor import Actor, act_as
from activitylog.errors import LedgerError, Problem
from activitylog.ledger.operations import SheetCount
from tests.factories.accounts import make_user
from tests.factories.ledger import PROJECT, activity_row, import_file, push_row, save_ledger
from tests.factories.projects import make_project


@pytest.fixture
def file(session: Session, tmp_path: Path) -> Path:
    make_project(session, name=PROJECT, year=2024)
    return tmp_path / "台账.xlsx"


def unnumbered(**changes: object) -> dict[str, object]:
    return activity_row() | {"活动编号": None} | changes


def numbers(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Activity.number, Activity.title).order_by(Activity.number))
    return [(number, title) for number, title in rows]


def problem_of(session: Session, file: Path) -> Problem:
    with pytest.raises(LedgerError) as caught:
        import_file(session, file)
    (problem,) = caught.value.problems
    return problem


def test_new_rows_are_given_numbers_that_the_file_and_the_year_leave_free(
    session: Session, file: Path
) -> None:
    rows = [
        unnumbered(活动名称="甲"),
        activity_row("2024-0001", 活动名称="乙"),
        unnumbered(活动名称="丙"),
    ]
    report = import_file(session, save_ledger(file, 活动=rows))
    assert report.sheets["活动"] == SheetCount(3, 0, 0)
    assert report.given_numbers == {2: "2024-0002", 4: "2024-0003"}
    assert numbers(session) == [("2024-0001", "乙"), ("2024-0002", "甲"), ("2024-0003", "丙")]


def test_the_column_may_be_missing_and_a_dry_run_gives_no_number(session: Session, file: Path) -> None:
    row = {heading: cell for heading, cell in activity_row().items() if heading != "活动编号"}
    save_ledger(file, 活动=[row])
    assert import_file(session, file, dry_run=True).given_numbers == {2: None}
    assert import_file(session, file).given_numbers == {2: "2024-0001"}


def test_importing_rows_without_numbers_again_changes_nothing(session: Session, file: Path) -> None:
    save_ledger(file, 活动=[unnumbered(), unnumbered(活动名称="另一场", 备注=None, 状态=None)])
    import_file(session, file)
    again = import_file(session, file)
    assert (again.sheets["活动"], again.given_numbers) == (SheetCount(0, 0, 2), {})
    assert [warning.row for warning in again.warnings] == [2, 3]
    assert session.scalar(select(func.count()).select_from(Activity)) == 2


def test_a_row_without_number_never_guesses_which_activity_it_changes(session: Session, file: Path) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row("A-1")]))
    problem = problem_of(session, save_ledger(file, 活动=[unnumbered(现场人数=130)]))
    assert "写上编号 A-1" in problem.message
    named = [activity_row("A-1"), unnumbered(现场人数=130)]
    assert import_file(session, save_ledger(file, 活动=named)).sheets["活动"] == SheetCount(1, 0, 1)


def test_two_equal_rows_are_asked_about_where_one_has_no_number(session: Session, file: Path) -> None:
    problem = problem_of(session, save_ledger(file, 活动=[unnumbered(), unnumbered()]))
    assert (problem.row, "第 2 行完全一样" in problem.message) == (3, True)


def test_the_same_activity_under_two_numbers_is_told(session: Session, file: Path) -> None:
    report = import_file(session, save_ledger(file, 活动=[activity_row("1"), activity_row("2")]))
    assert [(w.row, "第 2 行（1）" in w.message) for w in report.warnings] == [(3, True)]
    report = import_file(session, save_ledger(file, 活动=[activity_row("3")]))
    assert ["已登记的 1" in w.message for w in report.warnings] == [True]
    other_day = activity_row("4", 举办日期="2024-06-04")
    assert not import_file(session, save_ledger(file, 活动=[other_day])).warnings


def test_what_hangs_on_an_activity_still_needs_its_number(session: Session, file: Path) -> None:
    save_ledger(file, 活动=[unnumbered()], 推送=[push_row(活动编号="2024-0001")])
    assert problem_of(session, file).message == "没有这个编号的活动"


@pytest.fixture
def corrected(session: Session, tmp_path: Path) -> Path:
    """A ledger imported before, of which somebody has corrected the heads on the page since."""
    make_project(session, name=PROJECT, year=2024)
    path = tmp_path / "台账.xlsx"
    import_file(session, save_ledger(path, 活动=[activity_row(现场人数=50)]))
    write_pending_entries(session)
    correct(session, audience_onsite=500)
    return path


def correct(session: Session, **values: Any) -> None:
    user = make_user(session)
    act_as(session, Actor(user.name, "网页", user.id))
    for name, value in values.items():
        setattr(the_activity(session), name, value)
    session.flush()
    write_pending_entries(session)
    act_as(session, Actor("系统", "命令"))


def the_activity(session: Session) -> Activity:
    return session.scalars(select(Activity)).one()


def test_a_file_made_before_a_correction_does_not_take_it_back(session: Session, corrected: Path) -> None:
    report = import_file(session, corrected)
    assert report.sheets["活动"] == SheetCount(0, 0, 1)
    assert the_activity(session).audience_onsite == 500
    (warning,) = report.warnings
    assert "现场人数 现在是500，文件里是50" in warning.message


def test_a_row_that_changes_more_than_it_takes_back_is_refused(session: Session, corrected: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(corrected, 活动=[activity_row(现场人数=50, 备注="新的")]))
    assert ["改过以前的内容" in problem.message for problem in caught.value.problems] == [True]
    assert the_activity(session).audience_onsite == 500


def test_what_nobody_has_corrected_is_changed_as_before(session: Session, corrected: Path) -> None:
    import_file(session, save_ledger(corrected, 活动=[activity_row(现场人数=510, 备注="新的")]))
    assert (the_activity(session).audience_onsite, the_activity(session).note) == (510, "新的")


def test_days_and_empty_values_are_known_again_too(session: Session, corrected: Path) -> None:
    correct(session, audience_onsite=50, note="", held_on=date(2024, 6, 5))
    report = import_file(session, corrected)
    assert report.sheets["活动"] == SheetCount(0, 0, 1)
    assert (the_activity(session).note, the_activity(session).held_on) == ("", date(2024, 6, 5))
