"""An umbrella's members on every page of a child: what the child's own see, a sibling's members do not."""

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.photos import put_photo
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import make_paper_tally, submit_response
from tests.signed_in import signed_in

TEXT = "讲得真好"
FIXED = {"audience": "attendees", "ending": "csv", "year": 2024, "period": "2024-06"}


@pytest.fixture
def umbrella(session: Session) -> Project:
    return make_project(session, name="基层科普服务")


@pytest.fixture
def activity(session: Session, umbrella: Project) -> Activity:
    child = make_project(session, name="科普资源配送", parent=umbrella)
    grandchild = make_project(session, name="下乡服务", parent=child)
    return make_activity(session, grandchild, title="孩子的天文课", status=Status.APPROVED)


def fill(session: Session, activity: Activity, data_dir: Path) -> dict[str, Any]:
    """Something of every sort in the activity's project; the arguments of its addresses."""
    submit_response(
        session,
        activity=activity,
        overall=5,
        answers={"overall": 5, "suggestion": TEXT},
        nonce=str(uuid4()),
        device_hash="d" * 43,
        now=activity.created_at,
    )
    photo = put_photo(session, activity, data_dir)
    project = activity.project
    records = {
        "indicator_id": make_indicator(session, project),
        "photo_id": photo,
        "push_id": make_push(session, activity=activity),
        "report_id": make_media_report(session, activity=activity),
        "milestone_id": make_milestone(session, project),
        "expense_id": make_expense(session, project),
        "tally_id": make_paper_tally(session, activity, satisfied=3),
        "project_id": project,
    }
    session.commit()
    named = {name: record.id for name, record in records.items()}
    return named | FIXED | {"no": activity.number, "venue_id": activity.venue_id, "upload": str(uuid4())}


def test_membership_reaches_down_on_every_page_that_is_opened(
    app: Flask, session: Session, umbrella: Project, activity: Activity, tmp_path: Path
) -> None:
    sibling = make_project(session, parent=umbrella)
    own, above, beside = (make_user(session, each) for each in (activity.project, umbrella, sibling))
    arguments = fill(session, activity, tmp_path)
    clients = [signed_in(app, user) for user in (own, above, beside)]
    of_records = ("project_id", "no", "indicator_id", "push_id", "report_id", "milestone_id", "expense_id")
    addresses = [address for address in addresses_of(app, arguments) if address[1] & set(of_records)]
    assert len(addresses) > 30
    differing, with_answers = [], set()
    for address, _names in addresses:
        ours, umbrellas, siblings = (answer_at(client, address) for client in clients)
        if ours != umbrellas or siblings[0] not in {403, 404}:
            differing.append((address, ours, umbrellas, siblings))
        if ours[1]:
            with_answers.add(address.removeprefix(f"/activities/{activity.number}/"))
    assert differing == []
    assert {"results", "results.csv", f"/projects/{activity.project_id}/results.csv"} <= with_answers


def addresses_of(app: Flask, arguments: dict[str, Any]) -> list[tuple[str, set[str]]]:
    """The addresses to open whose arguments are known, with the arguments' names."""
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        return [
            (urls.build(rule.endpoint, {name: arguments[name] for name in rule.arguments}), rule.arguments)
            for rule in app.url_map.iter_rules()
            if rule.arguments and rule.arguments <= arguments.keys() and "GET" in (rule.methods or ())
        ]


def answer_at(client: FlaskClient, address: str) -> tuple[int, bool]:
    """The status, and whether what an attendee wrote is shown."""
    with client.get(address) as answer:
        return answer.status_code, TEXT.encode() in answer.get_data()


def test_lists_exports_and_texts_hold_what_the_umbrellas_figures_consist_of(
    app: Flask, session: Session, umbrella: Project, activity: Activity, tmp_path: Path
) -> None:
    sibling = make_project(session, parent=umbrella)
    above, beside = make_user(session, umbrella), make_user(session, sibling)
    fill(session, activity, tmp_path)
    client, other = signed_in(app, above), signed_in(app, beside)
    for address in (
        "/activities?year=2024",
        f"/activities/{activity.number}",
        f"/projects/{umbrella.id}/publicity",
    ):
        assert activity.title in client.get(address).text or "科普推送" in client.get(address).text
    texts = "results/texts?question=default-1/suggestion&first=2024-06&last=2024-06"
    for address in (f"/projects/{umbrella.id}/{texts}", f"/activities/{activity.number}/{texts}"):
        assert TEXT in client.get(address).text
        assert other.get(address).status_code == 404
    export = client.get(f"/projects/{umbrella.id}/results.csv?first=2024-06&last=2024-06")
    assert TEXT in export.get_data().decode("utf-8-sig")
    assert activity.title not in other.get("/activities?year=2024").text


def test_an_umbrellas_member_enters_what_the_children_lack(
    app: Flask, session: Session, umbrella: Project, activity: Activity
) -> None:
    above, beside = make_user(session, umbrella), make_user(session, make_project(session))
    session.commit()
    posted = {"photos": (io.BytesIO(b"no photo"), "a.jpg")}
    address = f"/activities/{activity.number}/photos"
    assert signed_in(app, above).post(address, data=posted).status_code == 422
    posted = {"photos": (io.BytesIO(b"no photo"), "a.jpg")}
    assert signed_in(app, beside).post(address, data=posted).status_code == 404
