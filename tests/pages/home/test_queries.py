"""What a new office still has to set up."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.indicators.models import Rule
from activitylog.pages.home.queries import setup_steps
from activitylog.settings import Settings
from tests.factories.accounts import NOW, make_admin, make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.signed_in import signed_in

OWN = Settings(Path("/none"), "sqlite:///none.db", "a secret of the tests only")
NAMED = replace(OWN, office_name="浦东新区科普中心", public_url="https://kepu.example")


def done(session: Session, settings: Settings = OWN) -> list[bool]:
    return [step.is_done for step in setup_steps(session, settings=settings)]


def test_the_steps_of_a_new_office_are_done_one_by_one(session: Session) -> None:
    assert done(session) == [False] * 5
    project = make_project(session)
    indicator = make_indicator(session, project)
    rule = session.get(Rule, indicator.id)
    assert rule is not None
    rule.confirmed_at = None
    session.flush()
    assert done(session) == [False, True, False, False, False]
    rule.confirmed_at = NOW
    make_admin(session)
    assert done(session) == [False, True, True, False, False]
    make_user(session, project)
    make_activity(session, project)
    assert done(session) == [False, True, True, True, True]
    assert not done(session, replace(NAMED, public_url="http://localhost:8000"))[0]
    assert done(session, NAMED) == []


def test_the_sample_is_no_step_of_the_office(session: Session) -> None:
    project = make_project(session)
    project.is_sample = True
    make_activity(session, project).is_sample = True
    make_user(session).is_sample = True
    session.flush()
    assert done(session) == [False] * 5


@pytest.mark.parametrize("role", [Role.OFFICER, Role.MANAGER])
@pytest.mark.parametrize("sees", [True, False])
def test_who_manages_people_sees_what_is_left(
    app: Flask, session: Session, role: Role, *, sees: bool
) -> None:
    user = make_user(session, role=role, administers_accounts=sees)
    session.commit()
    page = signed_in(app, user).get("/").text
    assert ("已完成 0 步，共 5 步" in page) is sees
