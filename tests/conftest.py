"""Fixtures of all tests; a test with a database runs once on each kind."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

from activitylog.accounts import passwords
from activitylog.app import create_app
from activitylog.core.database import db
from activitylog.settings import Settings
from tests import chromium, compiled_routes, compiled_statements, compiled_templates, examples
from tests.databases import (
    SECRET,
    Databases,
    PostgresDatabases,
    SqliteDatabases,
    folder_in_memory,
    postgres_server,
)

compiled_routes.share()
compiled_statements.share()
compiled_templates.share()
examples.register()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as tests of browsers and servers wait more than they compute."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long tests first, so that the workers end at about the same time."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("long", "browser"))))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser, skip its tests on a developer's machine and fail them in CI."""
    if item.get_closest_marker("browser") and chromium.executable() is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("no browser: install chromium, or run `playwright install chromium`")


@pytest.fixture(scope="session", autouse=True)
def cheap_password_hashes() -> Iterator[None]:
    """Make password hashes of the same kind with the lowest cost."""
    with patch.object(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    with folder_in_memory() as folder:
        yield SqliteDatabases(folder)


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresDatabases]:
    with postgres_server() as url, closing(PostgresDatabases(url)) as databases:
        yield databases


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """The source of databases, for a test that needs a new one, or several."""
    source: Databases = request.getfixturevalue(f"{request.param}_databases")
    return source


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A migrated database with nothing in it."""
    with databases.emptied() as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        secret_key=SECRET,
        survey_limit=0,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, without an open context, as one around a client would keep its user signed in."""
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
def session(databases: Databases, database_url: str) -> Iterator[Session]:
    """A session of the test; commit before a client reads what it wrote."""
    with databases.engine(database_url) as engine, Session(engine) as session:
        yield session
