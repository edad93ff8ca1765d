"""Rolling up a year of 20,000 activities from nothing against the same figures written by hand in SQL.

Both leave the same durable output: every posting of the year and twelve actuals an indicator, with a unique
index over the postings. The figures are compared before any time is printed.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing, make_engine, upgrade_schema
from activitylog.core.period import Period
from activitylog.rollup.run import roll_up
from benchmarks.office import NOW, fill
from benchmarks.one_roll_up import empty
from benchmarks.rollup_by_hand import write_year_by_hand
from tests.databases import postgres_server

ACTIVITIES = 20_000
ANSWERS_EACH = 30
ROUNDS = 3
_TABLES = (
    "CREATE TABLE hand_posting (indicator_id INTEGER, period VARCHAR(7), source VARCHAR(20),"
    " source_id BIGINT, key VARCHAR(600), day DATE, amount BIGINT, base BIGINT,"
    " UNIQUE (indicator_id, period, source, source_id, key, day))",
    "CREATE INDEX ix_hand_posting_period ON hand_posting (period)",
    "CREATE TABLE hand_actual (indicator_id INTEGER, period VARCHAR(7), amount BIGINT, base BIGINT,"
    " records BIGINT, PRIMARY KEY (indicator_id, period))",
)


def main() -> None:
    """Print one line a database."""
    print(f"月度汇总：{ACTIVITIES:,} 场活动、{ACTIVITIES * ANSWERS_EACH:,} 份答卷、46 个指标")
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}")
    with postgres_server() as url:
        _measure("PostgreSQL", url.replace("postgresql://", "postgresql+psycopg://"))


def _measure(name: str, url: str) -> None:
    upgrade_schema(url)
    engine = make_engine(url)
    with Session(engine) as session:
        fill(session, activities=ACTIVITIES, answers_each=ANSWERS_EACH)
    make_tables(engine)
    ours, by_hand = [], []
    for _ in range(ROUNDS):
        by_hand.append(timed(lambda: _by_hand(engine)))
        empty(engine)
        ours.append(timed(lambda: _ours(engine)))
    compare(engine)
    ratio = statistics.median(a / b for a, b in zip(ours, by_hand, strict=True))
    print(
        f"  {name}：汇总 {statistics.median(ours):.2f} s，手写 SQL {statistics.median(by_hand):.2f} s，"
        f"比值 {ratio:.2f}"
    )
    engine.dispose()


def make_tables(engine: Engine) -> None:
    """Create the tables of the SQL by hand, and update the planner's statistics."""
    with engine.begin() as connection:
        for statement in _TABLES:
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def timed(run: Callable[[], None]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _ours(engine: Engine) -> None:
    with Session(engine) as session:
        begin_writing(session)
        roll_up(session, Period(2024, 12), now=NOW)
        session.commit()


def _by_hand(engine: Engine) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        write_year_by_hand(connection)


def compare(engine: Engine) -> None:
    """Exit when the two results differ."""
    with engine.connect() as connection:
        differing = connection.execute(
            text(
                "SELECT a.indicator_id, a.period, a.amount, h.amount, a.records, h.records FROM actual a"
                " LEFT JOIN hand_actual h ON h.indicator_id = a.indicator_id AND h.period = a.period"
                " WHERE a.amount IS NOT NULL AND (a.amount <> COALESCE(h.amount, 0)"
                " OR COALESCE(a.base, 0) <> COALESCE(h.base, 0) OR a.records <> COALESCE(h.records, 0))"
            )
        ).all()
        postings = connection.execute(
            text("SELECT (SELECT COUNT(*) FROM posting), (SELECT COUNT(*) FROM hand_posting)")
        ).one()
    if differing or postings[0] != postings[1]:
        sys.exit(f"the two results differ: {postings}, {differing[:5]}")


if __name__ == "__main__":
    main()
