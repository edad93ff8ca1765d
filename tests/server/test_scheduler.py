"""The timetable, and the scheduler's process."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from activitylog.core.database import make_engine
from activitylog.core.period import SHANGHAI
from activitylog.rollup.models import JobRun
from activitylog.server.scheduler import TIMETABLE, Job
from activitylog.settings import Settings
from tests.databases import TRAIL_KEYS
from tests.factories.projects import make_project
from tests.servers import eventually, free_port

JOBS = {job.name: job for job in TIMETABLE}


def next_after(job: Job, *moment: int) -> datetime | None:
    fires: datetime | None = job.trigger.get_next_fire_time(None, datetime(*moment, tzinfo=SHANGHAI))  # type: ignore[misc]
    return fires


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        ((2024, 2, 1, 2, 0, 1), (2024, 3, 1, 2)),
        ((2024, 2, 29, 23, 59), (2024, 3, 1, 2)),
        ((2024, 3, 1, 1, 59), (2024, 3, 1, 2)),
        ((2024, 12, 15), (2025, 1, 1, 2)),
    ],
)
def test_the_roll_up_runs_on_the_first_at_two_in_shanghai(
    moment: tuple[int, ...], first: tuple[int, ...]
) -> None:
    assert next_after(JOBS["roll_up"], *moment) == datetime(*first, tzinfo=SHANGHAI)  # type: ignore[misc]


def test_a_missed_or_failed_month_is_looked_for_every_hour() -> None:
    first = next_after(JOBS["roll_up_missed"], 2024, 6, 30, 23, 30)
    assert first == datetime(2024, 7, 1, 0, 10, tzinfo=SHANGHAI)
    second = JOBS["roll_up_missed"].trigger.get_next_fire_time(first, first + timedelta(minutes=1))
    assert second - first == timedelta(hours=1)


def test_every_job_has_a_name_of_its_own_and_a_reason_for_its_hour() -> None:
    assert len(JOBS) == len(TIMETABLE)
    assert all(job.reason for job in TIMETABLE)


@pytest.mark.parametrize("job", [job for job in TIMETABLE if job.name != "sweep"], ids=lambda job: job.name)
def test_a_database_out_of_reach_is_logged_and_ends_nothing(
    job: Job, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    url = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/x"
    engine = make_engine(url, trail_keys=TRAIL_KEYS)
    with caplog.at_level(logging.ERROR):
        job.run(sessionmaker(engine), Settings(tmp_path, url, "a secret of the tests only"))
    engine.dispose()
    assert "tries again" in caplog.text
    assert "OperationalError" in caplog.text


@contextmanager
def scheduler(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        "ACTIVITYLOG_DATA_DIR": str(settings.data_dir),
        "ACTIVITYLOG_DATABASE_URL": settings.database_url,
        "ACTIVITYLOG_SECRET_KEY": settings.secret_key,
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "activitylog", "scheduler"],
            cwd=Path(__file__).parent.parent,
            env=os.environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def done(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(JobRun).where(JobRun.is_done)) or 0


def test_a_start_catches_up_then_waits_until_told_to_end(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    make_project(session, year=2024)
    session.commit()
    log = tmp_path / "log"
    with scheduler(settings, log) as process:
        assert eventually(lambda: done(session) == 12), log.read_text()
        assert eventually(lambda: "following the timetable" in log.read_text())
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, -signal.SIGTERM}
    assert "Traceback" not in log.read_text()
    run = session.scalars(select(JobRun)).first()
    assert run is not None
    assert run.holder.endswith(f":{process.pid}")
