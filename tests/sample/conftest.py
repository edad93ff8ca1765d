"""The sample loaded once on each kind of database, beside a year of an office; tests roll back their work."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityCounter
from activitylog.cli import activitylog
from activitylog.core.database import all_tables, make_engine
from activitylog.core.period import Period
from activitylog.expenses.operations import add_expense
from activitylog.indicators.closings.models import Closing
from activitylog.milestones.operations import plan_milestone
from activitylog.publicity.operations import add_push
from activitylog.rollup.models import JobRun
from tests.databases import TRAIL_KEYS, Databases
from tests.factories import surveys
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 11)
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Loaded:
    """A database with the sample, every table as it was before, and what the command said."""

    url: str
    folder: Path
    before: Rows
    result: Result

    def run(self, *arguments: str) -> Result:
        return run(self.url, self.folder, *arguments)


def run(url: str, folder: Path, *arguments: str) -> Result:
    """A command on a database and a folder of files, at NOW."""
    places = {"ACTIVITYLOG_DATABASE_URL": url, "ACTIVITYLOG_DATA_DIR": str(folder)}
    with time_machine.travel(NOW, tick=False):
        return CliRunner().invoke(activitylog, arguments, env={**places, **SECRET})


SECRET = {"ACTIVITYLOG_SECRET_KEY": "a secret of the tests only"}


def every_row(session: Session) -> Rows:
    """All tables of the product, row by row, but the trail and what is summed from other rows."""
    return {
        table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
        for table in all_tables().sorted_tables
        if table.name
        not in {
            "audit_entry",
            "stored_file",
            "summed_month",
            "answer_sum",
            "unsummed_activity",
            "unsummed_answer",
        }
    }


def make_office(session: Session) -> None:
    """A year of the office's own, touching every sort of record that the sample brings, too."""
    project = make_project(session, name="科普资源配送", year=2025)
    project.position = 1
    person = make_user(session, project, name="张三")
    on = date(2025, 5, 20)
    activity = make_activity(session, project, by=person, held_on=on, quality_met=None, now=NOW)
    surveys.answer(session, activity, nonce="n", device="d", now=datetime(2025, 5, 20, 4, tzinfo=UTC))
    surveys.make_paper_tally(session, activity, satisfied=3)
    common: dict[str, Any] = {"project_id": project.id, "by": person, "now": NOW}
    add_push(session, activity_id=activity.id, title="回顾", link="", batch="", published_on=on, **common)
    plan_milestone(session, kind="制度", name="管理办法", due_on=on, **common)
    add_expense(session, activity_id=None, summary="场租", planned_fen=100, paid_fen=90, paid_on=on, **common)
    session.add(Closing(period=Period(2025, 1), closed_at=NOW))
    session.add(JobRun(job="roll_up", period=Period(2025, 1), holder="x", started_at=NOW, is_done=True))
    session.flush()
    assert session.get(ActivityCounter, 2025) is not None


@contextmanager
def loaded_database(databases: Databases, folder: Path) -> Iterator[Loaded]:
    with databases.fresh() as url:
        engine = make_engine(url, trail_keys=TRAIL_KEYS)
        with Session(engine) as session:
            make_office(session)
            session.commit()
            before = every_row(session)
        engine.dispose()
        yield Loaded(url, folder, before, run(url, folder, "sample", "load", "--with-users"))


@pytest.fixture(scope="session")
def loaded_sqlite(sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded_database(sqlite_databases, tmp_path_factory.mktemp("files")) as loaded:
        yield loaded


@pytest.fixture(scope="session")
def loaded_postgresql(
    postgresql_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    with loaded_database(postgresql_databases, tmp_path_factory.mktemp("files")) as loaded:
        yield loaded


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def loaded(request: pytest.FixtureRequest) -> Loaded:
    found: Loaded = request.getfixturevalue(f"loaded_{request.param}")
    return found


@pytest.fixture
def sample(loaded: Loaded) -> Iterator[Session]:
    """A session on the loaded sample whose changes are dropped."""
    with session_on(loaded) as session:
        yield session


@contextmanager
def session_on(loaded: Loaded) -> Iterator[Session]:
    engine = make_engine(loaded.url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        yield session
    engine.dispose()
