"""Fixtures of the surveys' tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.app import create_app
from activitylog.settings import Settings
from tests.conftest import dispose
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import answer, make_surveyed_activity
from tests.signed_in import signed_in


@pytest.fixture
def limited_app(settings: Settings) -> Iterator[Callable[[int], Flask]]:
    """Applications that take so many answers a minute."""
    apps: list[Flask] = []

    def make(per_minute: int) -> Flask:
        apps.append(create_app(replace(settings, survey_limit=per_minute)))
        return apps[-1]

    yield make
    for app in apps:
        dispose(app)


@dataclass
class Cast:
    """Who may meet one activity of 60 heads: its organizer, one of another project, an auditor."""

    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient
    activity_id: int
    token: str
    address: str = "/activities/2024-0007"


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project, other = make_project(session), make_project(session)
    activity = make_surveyed_activity(session, project=project, number="2024-0007", heads=60)
    people = (
        make_user(session, project),
        make_user(session, other),
        make_user(session, role=Role.AUDITOR),
    )
    for _ in range(3):
        answer(session, activity)
    cast = Cast(*(signed_in(app, person) for person in people), activity.id, activity.survey_token)
    session.commit()
    return cast
