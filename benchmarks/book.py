"""`python -m benchmarks.book URL PERIOD [--anew]`: one booking in a process of its own, as the job does it.

Prints the seconds it took and the most memory the process held, in MB.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from activitylog import audited  # noqa: F401  (what is written is told in the trail)
from activitylog.core.database import begin_writing, make_engine
from activitylog.core.period import Period
from activitylog.rollup.run import post, post_anew


def main(url: str, period: str, *flags: str) -> None:
    book = post_anew if "--anew" in flags else post
    with Session(make_engine(url)) as session:
        begun = time.perf_counter()
        begin_writing(session)
        book(session, Period.parse(period), now=datetime.now(UTC))
        session.commit()
        seconds = time.perf_counter() - begun
    print(f"{seconds:.3f} {most_memory():.0f}")


def most_memory() -> float:
    """MB; what getrusage tells counts in what the caller held when it forked us."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(*sys.argv[1:])
