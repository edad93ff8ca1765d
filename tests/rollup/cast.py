"""An office whose June is rolled up, and the people who use its pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.core.period import Period
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.run import roll_up
from tests.databases import StoredRows, insert_rows, stored_rows
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator
from tests.signed_in import signed_in

NOW = datetime(2024, 7, 10, 4, tzinfo=UTC)
JUNE, JULY = Period(2024, 6), Period(2024, 7)
VILLAGE = "下乡服务"


@dataclass
class Cast:
    """An organizer of the project, one of another, a manager, an officer and an auditor."""

    umbrella: Project
    project: Project
    held: Indicator
    people: Indicator
    punctual: Indicator
    organizer: FlaskClient
    stranger: FlaskClient
    manager: FlaskClient
    officer: FlaskClient
    auditor: FlaskClient

    @property
    def page(self) -> str:
        return f"/indicators/{self.held.id}"


@dataclass(frozen=True)
class _Office:
    """The rows of an office, and the ids of its records and people in the order of `Cast`."""

    rows: StoredRows
    records: tuple[int, ...]
    people: tuple[int, ...]


_offices: dict[str, _Office] = {}  # by kind of database: made once, then its rows are inserted


def make_cast(app: Flask, session: Session) -> Cast:
    database = session.get_bind().dialect.name
    if database in _offices:
        insert_rows(session, _offices[database].rows)
    else:
        _offices[database] = _make_office(session)
    office = _offices[database]
    umbrella, project, held, people, punctual = office.records
    return Cast(
        session.get_one(Project, umbrella),
        session.get_one(Project, project),
        *(session.get_one(Indicator, each) for each in (held, people, punctual)),
        *(signed_in(app, session.get_one(User, each)) for each in office.people),
    )


def _make_office(session: Session) -> _Office:
    umbrella = make_project(session, name="基层科普服务")
    project = make_project(session, name="科普资源配送", parent=umbrella)
    make_indicator(session, umbrella, "districts_covered", name="覆盖面", target="16", unit="个")
    held = make_indicator(session, project, name="下乡服务完成次数", kinds=(VILLAGE,))
    people = make_indicator(
        session, project, "people_reached", name="受众人数", target="5000", unit="人", is_confirmed=False
    )
    punctual = make_indicator(
        session, project, "activities_on_time", name="服务及时性", target_word="及时", is_confirmed=False
    )
    make_indicator(session, project, None, name="能力提升情况", target_word="有效提升", is_confirmed=False)
    for measure in (
        "quality_rate",
        "pushes",
        "media_reports",
        "milestones_on_time",
        "cost_saving",
        "forms_used",
    ):
        make_indicator(session, project, measure, name=measure, unit="%" if "rate" in measure else "篇")
    _log(session, project)
    roll_up(session, JUNE, now=NOW)
    owner = make_user(session, project)
    stranger = make_user(session, make_project(session, name="大型科普活动"))
    others = [make_user(session, role=role) for role in (Role.MANAGER, Role.OFFICER, Role.AUDITOR)]
    session.commit()
    records = (umbrella, project, held, people, punctual)
    return _Office(
        stored_rows(session),
        tuple(each.id for each in records),
        tuple(each.id for each in (owner, stranger, *others)),
    )


@pytest.fixture
def july_cast(app: Flask, session: Session) -> Iterator[Cast]:
    """The cast on a day of July, June being rolled up."""
    with time_machine.travel(NOW, tick=True):
        yield make_cast(app, session)


def _log(session: Session, project: Project) -> None:
    for month in (4, 5, 6):
        for day in (3, 4, 5):
            held_on = date(2024, month, day)
            activity = make_activity(
                session, project, kinds=(VILLAGE,), held_on=held_on, planned_on=held_on, now=NOW
            )
    make_push(session, activity=activity)
    make_push(session, project, title="不属于某场活动的推送")
    make_media_report(session, activity=activity)
    make_media_report(session, project)
    make_milestone(session, project)
    make_expense(session, activity=activity)
    make_expense(session, project)
