"""An office with people, sessions of its database, and receivers of its mail and robots."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session, sessionmaker

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.notices.delivery.rules import Office
from activitylog.notices.models import NoticeSettings
from activitylog.projects.models import Project
from tests.databases import Databases
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.notices.receivers import Post, Robots, post, robots

NOW = datetime(2024, 6, 12, 2, tzinfo=UTC)  # ten in the morning in Shanghai


@dataclass
class People:
    """A project with its organizer and manager, and an officer of the whole office."""

    project: Project
    organizer: User
    manager: User
    officer: User


@pytest.fixture
def people(session: Session) -> People:
    project = make_project(session, name="科普资源配送")
    found = People(
        project,
        organizer=make_user(session, project, name="王芳"),
        manager=make_user(session, role=Role.MANAGER, name="李敏"),
        officer=make_user(session, role=Role.OFFICER, name="赵强"),
    )
    session.commit()
    return found


@dataclass(frozen=True)
class Sending:
    """Sessions of the database, what the office sends by, and who receives it."""

    sessions: Callable[[], Session]
    office: Office
    mails: Post
    groups: Robots


@pytest.fixture
def sending(databases: Databases, database_url: str) -> Iterator[Sending]:
    with databases.engine(database_url) as engine, post() as mails, robots() as groups:
        office = Office(
            public_url="https://kepu.example.cn",
            mail_url=mails.url,
            group_urls=("wecombot://group-1",),
            origins=groups.origins,
        )
        yield Sending(sessionmaker(engine), office, mails, groups)


def reachable(session: Session, user: User, *, webhook: str = "", **values: object) -> None:
    """The person has confirmed a mail address."""
    session.add(
        NoticeSettings(
            user_id=user.id,
            mail_address=f"{user.id}@example.cn",
            mail_confirmed_at=NOW,
            webhook=webhook,
            **values,
        )
    )
    session.commit()
