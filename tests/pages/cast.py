"""The users of the pages' tests, each with a signed-in client."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.signed_in import signed_in


@dataclass
class Cast:
    """An organizer of the project, one of another project, a manager and an auditor."""

    project: Project
    owner: User
    organizer: FlaskClient
    stranger: FlaskClient
    manager: FlaskClient
    auditor: FlaskClient


def make_cast(app: Flask, session: Session) -> Cast:
    project = make_project(session, name="科普资源配送")
    owner = make_user(session, project, name="王小青")
    stranger = make_user(session, make_project(session, name="大型科普活动"))
    manager, auditor = make_user(session, role=Role.MANAGER), make_user(session, role=Role.AUDITOR)
    session.commit()
    return Cast(project, owner, *(signed_in(app, user) for user in (owner, stranger, manager, auditor)))


@pytest.fixture
def pages_cast(app: Flask, session: Session) -> Cast:
    return make_cast(app, session)


def typed(project: Project, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a filled-in activity form."""
    values: dict[str, Any] = {
        "nonce": "0a9c2f54-6f0e-4ad0-8a4e-3f1de0f1c001",
        "then": "submit",
        "project_id": str(project.id),
        "kinds": [],
        "new_kind": "",
        "title": "社区科普讲座",
        "held_on": "2024-06-10",
        "venue_name": "曹杨社区书院",
        "venue_kind": "社区书院",
        "district": "310107",
        "more_districts": [],
        "audience_onsite": "60",
        "audience_online": "",
        "form": "讲座",
        "planned_on": "",
        "note": "",
    }
    return values | changes
