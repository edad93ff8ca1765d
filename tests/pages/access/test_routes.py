from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.pages.access.routes import REFUSALS_A_MINUTE
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import answer, make_surveyed_activity
from tests.factories.trail import actions, entries, last
from tests.signed_in import signed_in


def test_a_download_is_an_entry_with_who_what_and_from_where(app: Flask, session: Session) -> None:
    activity = make_surveyed_activity(session, number="2024-0001")
    answer(session, activity)
    user = make_user(session, role=Role.OFFICER, name="李主任")
    session.commit()
    client = signed_in(app, user)
    for ending in ("csv", "xlsx"):
        assert client.get(f"/activities/2024-0001/results.{ending}").status_code == 200
    session.rollback()
    entry = last(session, "download")
    assert actions(session, "download") == ["download.downloaded"] * 2
    assert (entry.who, entry.user_id, entry.origin) == ("李主任", user.id, "127.0.0.1")
    assert entry.object_name == "2024-0001问卷答卷.xlsx"
    assert entry.changes["path"] == (None, "/activities/2024-0001/results.xlsx")


def test_pages_and_the_empty_template_are_no_entries(app: Flask, session: Session) -> None:
    make_project(session)
    user = make_user(session, role=Role.OFFICER)
    session.commit()
    client = signed_in(app, user)
    session.rollback()
    count = len(entries(session))
    assert client.get("/activities").status_code == 200
    assert client.get("/ledger/template.xlsx").status_code == 200
    session.rollback()
    assert len(entries(session)) == count


def test_a_refusal_is_an_entry_and_a_flood_of_them_is_not(app: Flask, session: Session) -> None:
    user = make_user(session, role=Role.ORGANIZER, name="张老师")
    session.commit()
    client = signed_in(app, user)
    for _ in range(REFUSALS_A_MINUTE + 5):
        assert client.get("/audit?q=x").status_code == 403
    session.rollback()
    entry = last(session, "page")
    assert (entry.action, entry.who, entry.object_name) == ("page.refused", "张老师", "/audit")
    assert len(actions(session, "page")) <= 2 * REFUSALS_A_MINUTE
    assert client.post("/audit/check").status_code == 403


def test_a_stranger_makes_no_entry(app: Flask, session: Session) -> None:
    client = app.test_client()
    assert client.get("/audit").status_code == 302
    assert client.post("/audit/check").status_code in {302, 400, 403}
    assert actions(session, "page") == []
