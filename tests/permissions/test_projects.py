"""Managers see, review and change what is of their projects, an umbrella's children included, and no more."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.review.operations import approve_marked, record_mark, why_not_approvable
from activitylog.activities.review.queries import next_to_review, second_person_notice, waiting_counts
from activitylog.activities.rules import Status
from activitylog.errors import LedgerError, Missing
from activitylog.ledger.export import export_ledger
from activitylog.ledger.operations import import_ledger
from activitylog.projects.queries import visible_projects
from tests.factories.accounts import NOW, make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.ledger import activity_row, save_ledger
from tests.factories.projects import make_project
from tests.signed_in import signed_in


def test_a_manager_reviews_what_is_of_their_projects_and_their_children(session: Session) -> None:
    umbrella, other = make_project(session, name="总项目"), make_project(session, name="别的项目")
    child = make_project(session, name="子项目", parent=umbrella)
    manager, organizer = make_user(session, umbrella, role=Role.MANAGER), make_user(session, umbrella)
    everything = make_user(session, role=Role.MANAGER)
    own = make_activity(session, child, status=Status.LOGGED)
    make_activity(session, other, status=Status.LOGGED)
    make_expense(session, other).approved_at = None
    session.flush()
    for person in (manager, organizer):
        assert {project.name for project in visible_projects(session, person)} == {"总项目", "子项目"}
    assert (next_to_review(session, manager), waiting_counts(session, manager)) == (own.number, (1, 0))
    assert waiting_counts(session, everything) == (2, 1)


def test_a_record_of_another_project_is_not_there_for_its_mark(session: Session) -> None:
    manager = make_user(session, make_project(session, name="自己的"), role=Role.MANAGER)
    other = make_expense(session, make_project(session, name="别人的"))
    other.approved_at = None
    session.flush()
    with pytest.raises(Missing):
        approve_marked(session, record_mark(other), by=manager, now=NOW)
    approve_marked(session, record_mark(other), by=make_user(session, role=Role.OFFICER), now=NOW)
    assert other.approved_at == NOW


def test_the_second_person_is_one_who_reviews_in_the_project(session: Session) -> None:
    own, other = make_project(session, name="自己的"), make_project(session, name="别人的")
    manager = make_user(session, own, role=Role.MANAGER, name="王芳")
    make_user(session, other, role=Role.MANAGER, name="李四")
    activity = make_activity(session, own, status=Status.LOGGED, by=manager)
    assert why_not_approvable(session, activity, manager) == ""
    assert "只有“王芳”一人可以审核本项目" in second_person_notice(session, own)
    make_user(session, role=Role.OFFICER, name="专员")
    assert "可以请：专员。" in why_not_approvable(session, activity, manager)
    assert second_person_notice(session, own) == ""


def test_a_ledger_is_exported_and_imported_within_ones_own_projects(session: Session, tmp_path: Path) -> None:
    own, other = make_project(session, name="自己的"), make_project(session, name="别人的")
    manager = make_user(session, own, role=Role.MANAGER)
    make_activity(session, own)
    hidden = make_activity(session, other, title="别人的活动")
    session.flush()
    counts = export_ledger(session, year=2024, project=None, path=tmp_path / "own.xlsx", by=manager)
    assert counts["活动"] == 1
    taken = activity_row(hidden.number, 项目="自己的", 活动名称="改了")
    path = save_ledger(tmp_path / "taken.xlsx", 活动=[taken])
    with pytest.raises(LedgerError) as refusal:
        import_ledger(session, path, by=manager, now=NOW)
    assert "这个编号是别的项目的活动" in str(refusal.value.problems)
    assert "别人的活动" not in str(refusal.value.problems)
    path = save_ledger(tmp_path / "other.xlsx", 活动=[taken | {"活动编号": None, "项目": "别人的"}])
    with pytest.raises(LedgerError) as refusal:
        import_ledger(session, path, by=manager, now=NOW)
    assert "没有这个项目，或您不在这个项目里" in str(refusal.value.problems)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/activities?year=all",
        "/projects",
        "/review",
        "/review/records",
        "/periods/2024-06",
        "/venues",
        "/me",
    ],
)
def test_nothing_of_another_project_is_on_a_managers_pages(
    app: Flask, session: Session, address: str
) -> None:
    own, other = make_project(session, name="自己的"), make_project(session, name="别人的项目")
    manager = make_user(session, own, role=Role.MANAGER)
    make_activity(session, own, status=Status.LOGGED, title="自己的活动")
    make_activity(session, other, status=Status.LOGGED, title="别人的活动", venue_name="别人的场所")
    make_expense(session, other, summary="别人的支出").approved_at = None
    session.commit()
    page = signed_in(app, manager).get(address, follow_redirects=True)
    assert (page.status_code, "别人的" in page.text) == (200, False)
