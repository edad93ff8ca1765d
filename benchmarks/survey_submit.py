"""Answering the survey against the smallest durable Flask endpoint: same server, same database, one run."""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.extensions import make_engine
from activitylog.migrating import upgrade
from activitylog.period import business_day
from activitylog.projects.models import Project
from activitylog.surveys.models import Response
from benchmarks.load import Load, client_name, send_answers
from tests.databases import postgres_server

WORKERS = 2
THREADS = 5
CONNECTIONS = 64
ROUNDS = 5
SECONDS = 3


def main() -> None:
    print(
        f"\n问卷提交：activitylog 与最小的 Flask 持久写入端点（{client_name()}，{CONNECTIONS} 连接，", end=""
    )
    print(f"granian {WORKERS} 进程 × {THREADS} 线程，{os.cpu_count()} 核，{ROUNDS} 轮 × {SECONDS} 秒交替）")
    with tempfile.TemporaryDirectory() as folder:
        compare("SQLite（WAL，synchronous=FULL）", f"sqlite:///{folder}/bench.db", Path(folder))
        with postgres_server() as url:
            compare(
                "PostgreSQL（fsync）", url.replace("postgresql://", "postgresql+psycopg://"), Path(folder)
            )


def compare(title: str, database_url: str, folder: Path) -> None:
    """Alternate the two servers round by round, so that a slow moment of the machine hits both."""
    upgrade(database_url)
    activity_id, token = prepare(database_url)
    environment = {
        **os.environ,
        "ACTIVITYLOG_DATA_DIR": str(folder),
        "ACTIVITYLOG_DATABASE_URL": database_url,
        "ACTIVITYLOG_SECRET_KEY": secrets.token_urlsafe(32),
        "ACTIVITYLOG_SURVEY_LIMIT": "0",
        "BARE_DATABASE_URL": database_url.replace("bench.db", "bare.db"),
    }
    prepare_bare(environment["BARE_DATABASE_URL"])
    ours: list[Load] = []
    bare: list[Load] = []
    with (
        serving("wsgi:app", environment) as our_port,
        serving("benchmarks.bare_submit:app", environment) as bare_port,
    ):
        for run in range(ROUNDS + 1):  # the first warms up
            seconds = SECONDS if run else 1
            for port, loads in ((our_port, ours), (bare_port, bare)):
                address = f"http://127.0.0.1:{port}/s/{token}"
                loads.append(send_answers(address, seconds=seconds, connections=CONNECTIONS, run=run))
    check_stored(database_url, activity_id, sum(load.requests for load in ours))
    report(title, ours[1:], bare[1:])


def prepare(database_url: str) -> tuple[int, str]:
    """One activity of today; its id and its survey's token."""
    now = datetime.now(UTC)
    engine = make_engine(database_url)
    with Session(engine) as session:
        project = Project(name="测量", year=now.year, position=1, budget_fen=0, created_at=now)
        session.add(project)
        session.flush()
        activity = Activity(
            number="bench-1",
            project_id=project.id,
            title="满座的报告厅",
            held_on=business_day(now),
            status=Status.LOGGED,
            created_at=now,
            updated_at=now,
        )
        session.add(activity)
        session.commit()
        found = activity.id, activity.survey_token
    engine.dispose()
    return found


def prepare_bare(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE bare_answer (nonce TEXT PRIMARY KEY, overall INTEGER NOT NULL)")
        )
    engine.dispose()


@contextmanager
def serving(application: str, environment: dict[str, str]) -> Iterator[int]:
    """The application under granian, as `activitylog serve` runs it, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS)]
    command += ["--blocking-threads", str(THREADS), "--log-level", "error", "--port", str(port), application]
    server = subprocess.Popen(command, env=environment)
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers on port {port}")


def check_stored(database_url: str, activity_id: int, acknowledged: int) -> None:
    """A figure for answers that were not kept would be worth nothing."""
    engine = make_engine(database_url)
    with Session(engine) as session:
        stored = session.scalar(select(func.count()).where(Response.activity_id == activity_id)) or 0
    engine.dispose()
    if stored < acknowledged:
        raise RuntimeError(f"{acknowledged} answers acknowledged, {stored} stored")


def report(title: str, ours: list[Load], bare: list[Load]) -> None:
    print(f"\n  {title}")
    print("                     请求/秒    p50 毫秒    p99 毫秒")
    for name, loads in (("activitylog", ours), ("最小端点", bare)):
        figures = (
            statistics.median(load.per_second for load in loads),
            statistics.median(load.median for load in loads),
            statistics.median(load.p99 for load in loads),
        )
        print(f"  {name:<14}{figures[0]:>12,.0f}{figures[1]:>12.1f}{figures[2]:>12.1f}")
    ratio = statistics.median(
        mine.per_second / theirs.per_second for mine, theirs in zip(ours, bare, strict=True)
    )
    print(f"  比值（各轮之比的中位数） {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
