"""A year rolled up: a month falls due, nothing changed, one activity in a hundred changed, from nothing.

City size unless `--activities` says otherwise; SQLite stops at 100,000 activities. The bare limit is the same
year's figures, postings and actuals written by hand in SQL, in the same run, each time beside it.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.database import begin_writing, make_engine, upgrade_schema
from activitylog.publicity.models import Push
from benchmarks.big_office import declare, fill
from benchmarks.rollup_by_hand import write_year_by_hand
from benchmarks.rollup_year import compare, make_tables, timed
from tests.databases import postgres_server

CITY = 20_000
MOST_ON_SQLITE = 100_000
CHANGED_EACH = 100  # one activity in so many
ANSWERS_EACH = 20
_TUNING = {"work_mem": "64MB", "max_wal_size": "16GB", "checkpoint_timeout": "30min"}


@dataclass(frozen=True, slots=True)
class RollUpRun:
    """Seconds, and the process's most memory in MB."""

    seconds: float
    memory: int


def main() -> None:
    """Print a line a stage."""
    options = argparse.ArgumentParser()
    options.add_argument("--activities", type=int, default=CITY)
    activities = options.parse_known_args()[0].activities
    print(f"\n全年汇总：50 个项目、600 个指标，每场活动 {ANSWERS_EACH} 份答卷")
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}", min(activities, MOST_ON_SQLITE))
    with postgres_server() as url:
        _tune(url)
        _measure("PostgreSQL", url.replace("postgresql://", "postgresql+psycopg://"), activities)


def _measure(name: str, url: str, activities: int) -> None:
    engine = _prepared(name, url, activities)
    _stage("1–11月，从零", _roll_up(url, "2024-11"), _by_hand(engine))
    _stage("12月到期", _roll_up(url, "2024-12"), _by_hand(engine))
    compare(engine)
    _stage("没有改动", _roll_up(url, "2024-12"), _by_hand(engine))
    changed = _change(engine)
    _stage(f"改动 {changed:,} 场活动", _roll_up(url, "2024-12"), _by_hand(engine))
    compare(engine)
    _stage("全年，从零", _roll_up(url, "2024-12", "--from-nothing"), _by_hand(engine))
    compare(engine)
    engine.dispose()


def _prepared(name: str, url: str, activities: int) -> Engine:
    begun = time.perf_counter()
    upgrade_schema(url)
    engine = make_engine(url)
    with Session(engine) as session:
        first_child, kind = declare(session)
    with engine.execution_options(writing=True).begin() as connection:
        fill(connection, first_child=first_child, kind=kind, activities=activities, answers_each=ANSWERS_EACH)
    make_tables(engine)
    seconds = time.perf_counter() - begun
    answers = activities * ANSWERS_EACH
    print(f"\n  {name}：{activities:,} 场活动、{answers:,} 份答卷（装入 {seconds:.0f} s）", flush=True)
    return engine


def _tune(url: str) -> None:
    """What an office that has so much would set; both sides run on it."""
    with psycopg.connect(url, autocommit=True) as server:
        for setting, value in _TUNING.items():
            server.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        server.execute("SELECT pg_reload_conf()")


def _by_hand(engine: Engine) -> float:
    """Seconds for the whole year."""

    def run() -> None:
        with engine.execution_options(writing=True).begin() as connection:
            write_year_by_hand(connection)

    return timed(run)


def _roll_up(url: str, *arguments: str) -> RollUpRun:
    command = [sys.executable, "-m", "benchmarks.one_roll_up", url, *arguments]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return RollUpRun(float(printed[0]), int(printed[1]))


def _change(engine: Engine) -> int:
    """Heads corrected, some activities withdrawn, some pushes moved to another day; recorded in the trail."""
    with Session(engine) as session:
        begin_writing(session)
        changed = session.scalars(select(Activity).where(Activity.id % CHANGED_EACH == 4)).all()
        for activity in changed:
            activity.audience_onsite += 1
            activity.updated_at = datetime.now(UTC)
            if activity.id % (CHANGED_EACH * 10) == 4:
                activity.status = Status.WITHDRAWN
        for push in session.scalars(select(Push).where(Push.activity_id % (CHANGED_EACH * 2) == 4)):
            push.article_key += "#again"
        session.commit()
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return len(changed)


def _stage(title: str, run: RollUpRun, by_hand: float) -> None:
    print(
        f"    {title}：汇总 {run.seconds:.2f} s，手写 SQL 全年 {by_hand:.2f} s，"
        f"比值 {run.seconds / by_hand:.2f}；进程内存 {run.memory} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
