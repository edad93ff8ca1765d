"""Permissions of every route for every kind of visitor."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from activitylog.accounts.guards import public
from activitylog.accounts.models import SignIn, User
from activitylog.accounts.rules import PERMISSIONS, Permission, Role
from activitylog.activities.models import Activity
from activitylog.projects.models import Project
from tests.factories.accounts import NOW, make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.signed_in import signed_in
from tests.test_architecture import OWN

CHOSEN = {"ending": "csv"}  # where any number will not do
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


def address_of(app: Flask, rule: Rule, **values: object) -> str:
    filled = {name: values.get(name, CHOSEN.get(name, 1)) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, filled)


def guarded(app: Flask, *methods: str) -> Iterator[tuple[Rule, Permission]]:
    """Rules that are not public and take one of the methods, with the permission each needs."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        permission = getattr(view, "permission", None)
        if permission is not None and set(methods) & (rule.methods or set()):
            yield rule, permission


def client_of(app: Flask, session: Session, role: Role, *projects: Project) -> FlaskClient:
    user = make_user(session, *projects, role=role)
    session.commit()
    return signed_in(app, user)


def test_a_stranger_is_sent_to_sign_in_from_every_page_and_back_again(
    app: Flask, client: FlaskClient
) -> None:
    for rule, _ in guarded(app, "GET"):
        address = address_of(app, rule)
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer.location == app.url_map.bind("localhost").build("accounts.sign_in", {"next": address})


def test_a_stranger_writes_nothing_anywhere(app: Flask, client: FlaskClient) -> None:
    for rule, _ in guarded(app, *WRITING):
        answer = client.post(address_of(app, rule))
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login"), rule.rule


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_refused_whatever_it_may_not_do(app: Flask, session: Session, role: Role) -> None:
    client = client_of(app, session, role)
    refused = 0
    for rule, permission in guarded(app, "GET", *WRITING):
        if permission in PERMISSIONS[role]:
            continue
        refused += 1
        address = address_of(app, rule)
        for method in sorted({"GET", *WRITING} & (rule.methods or set())):
            answer = client.open(address, method=method)
            assert answer.status_code == 403, f"{method} {address}"
            assert "您的角色没有此项权限" in answer.text
    assert refused


def test_an_auditor_writes_nothing_but_what_became_of_a_discrepancy(app: Flask, session: Session) -> None:
    client = client_of(app, session, Role.AUDITOR)
    own = OWN | {"discrepancies.close", "discrepancies.check"}
    writing = [rule for rule, _ in guarded(app, *WRITING) if rule.endpoint not in own]
    assert len(writing) > 10
    for rule in writing:
        assert client.post(address_of(app, rule)).status_code == 403, rule.rule


def test_an_unmarked_view_is_refused_to_everybody(app: Flask, session: Session) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    assert app.test_client().get("/forgotten").status_code == 302
    answer = client_of(app, session, Role.OFFICER).get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_a_public_view_is_open_to_everybody(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/open", view_func=public(lambda: "for all"), endpoint="open")
    assert client.get("/open").text == "for all"


def test_an_address_that_is_not_there_says_so_to_strangers_too(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 404


@pytest.fixture
def held(session: Session) -> Activity:
    """An activity of a project with everything an address may name."""
    activity = make_activity(session, make_project(session, name="别人的项目"), title="别人的活动")
    session.commit()
    return activity


def test_an_organizer_without_a_project_sees_nothing(app: Flask, session: Session, held: Activity) -> None:
    client = client_of(app, session, Role.ORGANIZER)
    for rule, _ in guarded(app, "GET"):
        values = {"no": held.number, "number": held.number, "period": "2024-06"}
        answer = client.get(address_of(app, rule, project_id=held.project_id, **values))
        assert answer.status_code in {200, 302, 403, 404}, rule.rule
        assert "别人的" not in answer.text, rule.rule
        if {"no", "number", "project_id"} & rule.arguments:
            assert answer.status_code in {403, 404}, rule.rule


def test_an_organizer_writes_to_no_project_but_their_own(
    app: Flask, session: Session, held: Activity
) -> None:
    client = client_of(app, session, Role.ORGANIZER, make_project(session, name="自己的项目"))
    for rule, _ in guarded(app, *WRITING):
        values = {"no": held.number, "number": held.number, "period": "2024-06"}
        if {"no", "number", "project_id"} & rule.arguments:
            answer = client.post(address_of(app, rule, project_id=held.project_id, **values))
            assert answer.status_code in {403, 404}, rule.rule


def test_a_member_sees_their_project(app: Flask, session: Session, held: Activity) -> None:
    client = client_of(app, session, Role.ORGANIZER, session.get_one(Project, held.project_id))
    assert "别人的活动" in client.get(f"/activities/{held.number}").text


@pytest.mark.parametrize("change", ["disabled", "ended", "gone"])
def test_a_session_ends_with_the_next_request(app: Flask, session: Session, change: str) -> None:
    user = make_user(session, role=Role.OFFICER)
    session.commit()
    client = signed_in(app, user)
    assert client.get("/me").status_code == 200
    if change == "gone":
        session.delete(user)
    else:
        user.is_enabled = change != "disabled"
        session.execute(update(SignIn).values(ended_at=NOW if change == "ended" else None))
    session.commit()
    assert client.get("/me").status_code == 302


def test_a_role_taken_away_counts_at_once(app: Flask, session: Session) -> None:
    user: User = make_user(session, role=Role.OFFICER)
    session.commit()
    client = signed_in(app, user)
    assert client.post("/periods/2024-06/roll-up").status_code != 403
    user.role = Role.AUDITOR
    session.commit()
    assert client.post("/periods/2024-06/roll-up").status_code == 403
