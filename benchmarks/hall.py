"""A surveyed activity, and the servers under load."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.database import make_engine, upgrade_schema
from activitylog.core.period import business_day
from activitylog.projects.models import Project
from activitylog.server.serve import DEFAULT_WORKERS, THREADS

HEADS = 500  # of the full hall


def prepare(database_url: str, number: str = "bench-1") -> tuple[int, str]:
    """A migrated database with an activity of today; its id and its survey's token."""
    upgrade_schema(database_url)
    now = datetime.now(UTC)
    engine = make_engine(database_url)
    with Session(engine) as session:
        project = Project(name=f"测量 {number}", year=now.year, position=1, budget_fen=0, created_at=now)
        session.add(project)
        session.flush()
        activity = Activity(
            number=number,
            project_id=project.id,
            title="满座的报告厅",
            held_on=business_day(now),
            audience_onsite=HEADS,
            status=Status.LOGGED,
            created_at=now,
            updated_at=now,
        )
        session.add(activity)
        session.commit()
        found = activity.id, activity.survey_token
    engine.dispose()
    return found


def environment(database_url: str, folder: Path) -> dict[str, str]:
    """For a server that takes answers from one address as fast as they come."""
    return {
        **os.environ,
        "ACTIVITYLOG_DATA_DIR": str(folder),
        "ACTIVITYLOG_DATABASE_URL": database_url,
        "ACTIVITYLOG_SECRET_KEY": secrets.token_urlsafe(32),
        "ACTIVITYLOG_SURVEY_LIMIT": "10000000",
    }


@contextmanager
def our_server(settings: dict[str, str]) -> Iterator[str]:
    """The product as it is served; its address."""
    port = _free_port()
    command = [sys.executable, "-m", "activitylog", "serve", "--no-scheduler", "--port", str(port)]
    with serving(command, settings, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def bare_server(settings: dict[str, str], static: Path) -> Iterator[str]:
    """The smallest endpoints under the same server, with as many workers and threads."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--log-level", "error"]
    command += ["--workers", str(DEFAULT_WORKERS), "--blocking-threads", str(THREADS), "--port", str(port)]
    command += ["--static-path-route", "/static", "--static-path-mount", str(static)]
    with serving([*command, "benchmarks.bare_survey:app"], settings, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(command: list[str], settings: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server as a process of its own, once it answers."""
    server = subprocess.Popen(command, env=settings)
    try:
        wait_for(port)
        yield server
    finally:
        server.terminate()
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(3000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing answers on port {port}")


def page_bytes(address: str) -> int:
    """The size of a page as it goes over the wire."""
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:
        return len(answer.read())
