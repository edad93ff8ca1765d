"""`python -m benchmarks.one_roll_up URL PERIOD [--from-nothing]`: one roll-up in a process of its own.

Prints the seconds it took and the most memory the process held, in MB.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from activitylog import audited  # noqa: F401  (the trail records what is written)
from activitylog.core.database import begin_writing, make_engine
from activitylog.core.period import Period
from activitylog.rollup.run import roll_up

WRITTEN = ("posting", "actual", "month_records")


def main(url: str, period: str, *flags: str) -> None:
    engine = make_engine(url)
    if "--from-nothing" in flags:
        empty(engine)
    with Session(engine) as session:
        begun = time.perf_counter()
        begin_writing(session)
        roll_up(session, Period.parse(period), now=datetime.now(UTC))
        session.commit()
        seconds = time.perf_counter() - begun
    print(f"{seconds:.3f} {most_memory():.0f}")


def empty(engine: Engine) -> None:
    """Delete all that roll-ups have written, and free its space."""
    is_postgresql = engine.dialect.name == "postgresql"
    with engine.execution_options(writing=True).begin() as connection:
        for table in WRITTEN:
            connection.execute(text(f"TRUNCATE {table}" if is_postgresql else f"DELETE FROM {table}"))


def most_memory() -> float:
    """MB; getrusage would include the memory of the process that forked this one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(*sys.argv[1:])
