from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.capture import write_pending_entries
from activitylog.core.actor import Actor, act_as
from activitylog.errors import LedgerError
from activitylog.ledger.operations import SheetCount
from tests.factories.accounts import make_user
from tests.factories.ledger import PROJECT, activity_row, import_file, save_ledger
from tests.factories.projects import make_project


@pytest.fixture
def file(session: Session, tmp_path: Path) -> Path:
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


def test_a_file_made_before_a_correction_does_not_take_it_back(session: Session, file: Path) -> None:
    report = import_file(session, file)
    assert report.sheets["活动"] == SheetCount(0, 0, 1)
    assert the_activity(session).audience_onsite == 500
    (warning,) = report.warnings
    assert "现场人数 现在是500，文件里是50" in warning.message


def test_a_row_that_changes_more_than_it_takes_back_is_refused(session: Session, file: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(file, 活动=[activity_row(现场人数=50, 备注="新的")]))
    assert ["改过以前的内容" in problem.message for problem in caught.value.problems] == [True]
    assert the_activity(session).audience_onsite == 500


def test_what_nobody_has_corrected_is_changed_as_before(session: Session, file: Path) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row(现场人数=510, 备注="新的")]))
    assert (the_activity(session).audience_onsite, the_activity(session).note) == (510, "新的")


def test_days_and_empty_values_are_known_again_too(session: Session, file: Path) -> None:
    correct(session, audience_onsite=50, note="", held_on=date(2024, 6, 5))
    report = import_file(session, file)
    assert report.sheets["活动"] == SheetCount(0, 0, 1)
    assert (the_activity(session).note, the_activity(session).held_on) == ("", date(2024, 6, 5))
