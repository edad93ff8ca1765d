"""Measures exports of a year's answers (CSV, Excel) against a hand-written dump, and their results pages.

Every export runs in its own process, with its peak memory. The two files are compared before any time is
printed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing, make_engine, upgrade_schema
from activitylog.core.period import year_periods
from activitylog.projects.models import Project
from activitylog.surveys.results.operations import sum_answers
from activitylog.surveys.results.page import headline
from activitylog.surveys.results.queries import attendee_questionnaires, of_project
from activitylog.surveys.results.rules import choice_questions_of
from benchmarks.big_office import YEAR, declare, fill
from tests.databases import postgres_server

ANSWERS_EACH = 10
ROUNDS = 9
AFTER_THE_YEAR = datetime(YEAR + 1, 2, 1, tzinfo=UTC)
_FILLED_IN = {
    "sqlite": "json_object({pairs})",
    "postgresql": "json_build_object({pairs})",
}
_PAIRS = (
    "'content', 1 + id * 7 % 5, 'speaker', 1 + id * 11 % 5, 'interaction', 3 + id % 3,"
    " 'organisation', 2 + id % 4, 'learned', CASE id % 3 WHEN 0 THEN 'much' ELSE 'some' END,"
    " 'again', CASE id % 4 WHEN 0 THEN 'maybe' ELSE 'yes' END,"
    " 'age', CASE id % 5 WHEN 0 THEN '60_up' WHEN 1 THEN 'under_14' ELSE '18_59' END"
)
_TEXT = ", 'suggestion', '讲得很清楚，希望多来几次社区'"


@dataclass(frozen=True, slots=True)
class Exported:
    """Seconds, and the process's most memory in MB."""

    seconds: float
    memory: int


def main() -> None:
    """Print a block a database."""
    options = argparse.ArgumentParser()
    options.add_argument("--answers", type=int, default=1_000_000)
    answers = options.parse_known_args()[0].answers
    print(f"\n问卷结果与导出：{answers // ANSWERS_EACH:,} 场活动、{answers:,} 份答卷，每份都填了选答题")
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}", Path(folder), answers)
    with postgres_server() as url, tempfile.TemporaryDirectory() as folder:
        _measure("PostgreSQL", url.replace("postgresql://", "postgresql+psycopg://"), Path(folder), answers)


def _measure(name: str, url: str, folder: Path, answers: int) -> None:
    engine = _prepared(url, answers)
    print(f"\n  {name}", flush=True)
    _results(engine)
    for ending in ("csv", "xlsx"):
        bare = _export(url, folder / f"bare.{ending}", "--bare")
        ours = _export(url, folder / f"ours.{ending}")
        if ending == "csv" and (folder / "bare.csv").read_bytes() != (folder / "ours.csv").read_bytes():
            sys.exit("the two exports differ")
        print(
            f"    {ending}：导出 {ours.seconds:.1f} s，手写 {bare.seconds:.1f} s，"
            f"比值 {ours.seconds / bare.seconds:.2f}；进程内存 {ours.memory} MB（手写 {bare.memory} MB）",
            flush=True,
        )
    engine.dispose()


def _prepared(url: str, answers: int) -> Engine:
    """One umbrella above all projects, so that its page pools every answer there is."""
    upgrade_schema(url)
    engine = make_engine(url)
    with Session(engine) as session:
        first_child, kind = declare(session)
    with engine.execution_options(writing=True).begin() as connection:
        activities = answers // ANSWERS_EACH
        fill(connection, first_child=first_child, kind=kind, activities=activities, answers_each=ANSWERS_EACH)
        fill_in(connection)
        connection.execute(
            text(
                "UPDATE project SET parent_id = (SELECT MIN(parent_id) FROM project)"
                " WHERE parent_id IS NOT NULL"
            )
        )
    vacuum = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(vacuum))
    return engine


def fill_in(connection: Connection) -> None:
    """The optional questions of every answer, a text in one of four."""
    build = _FILLED_IN[connection.dialect.name]
    for pairs, condition in ((_PAIRS, "id % 4 <> 0"), (_PAIRS + _TEXT, "id % 4 = 0")):
        values = build.format(pairs=pairs).replace(":", "\\:")
        connection.execute(text(f"UPDATE response SET answers = {values} WHERE {condition}"))


def _results(engine: Engine) -> None:
    """The umbrella's year before it is summed, the summing, and after."""
    with Session(engine) as session:
        before, counted = _timed_results(session, rounds=1)
    begun = time.perf_counter()
    with Session(engine) as session:
        begin_writing(session)
        sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=AFTER_THE_YEAR)
        session.commit()
    summing = time.perf_counter() - begun
    with Session(engine) as session:
        after, summed = _timed_results(session, rounds=ROUNDS)
    if counted != summed:
        sys.exit("summed and counted results differ")
    print(
        f"    汇总项目的全年结果：汇总后 {after * 1000:.0f} ms，汇总前逐份清点 {before:.1f} s；"
        f"夜间汇总 {summing:.0f} s",
        flush=True,
    )


def _timed_results(session: Session, *, rounds: int) -> tuple[float, object]:
    umbrella = session.scalars(select(Project).where(Project.children.any())).one()
    months = year_periods(YEAR)
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        counted = of_project(session, umbrella, months[0], months[-1])
        told = headline(counted, is_project=True)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds), told


def _export(url: str, path: Path, *flags: str) -> Exported:
    command = [sys.executable, "-m", "benchmarks.export", url, str(path), *flags]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return Exported(float(printed[0]), int(printed[1]))


if __name__ == "__main__":
    main()
