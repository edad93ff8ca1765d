"""Fixtures every test may ask for; whoever asks for a database runs once on each kind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as examples
from sqlalchemy.orm import Session

from activitylog.app import create_app
from activitylog.core.database import db, make_engine
from activitylog.settings import Settings
from tests import chromium, compiled_statements
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, postgres_server

compiled_statements.share()

# The same tree gives the same outcome; whoever wants to look further asks for --hypothesis-profile=search.
examples.register_profile("repeatable", deadline=None, derandomize=True)
examples.register_profile("search", deadline=None, print_blob=True)
examples.load_profile("repeatable")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser its tests are skipped at a desk and fail where nobody would notice."""
    if item.get_closest_marker("browser") and chromium.executable() is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("no browser: install chromium, or run `playwright install chromium`")


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresDatabases]:
    with postgres_server() as url:
        yield PostgresDatabases(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Where fresh databases come from: for a test that wants an empty one, or several."""
    source: Databases = request.getfixturevalue(f"{request.param}_databases")
    return source


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A migrated database with nothing in it."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        secret_key="a secret of the tests only",
        survey_limit=0,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application; no context is left open, since one around a client keeps its user signed in."""
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    yield app
    dispose(app)


def dispose(app: Flask) -> None:
    """Close every connection the application holds."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    app.extensions["attendees"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """A session beside the application's: commit before a client is to see what it wrote."""
    engine = make_engine(database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()
