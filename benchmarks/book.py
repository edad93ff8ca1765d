"""`python -m benchmarks.book URL PERIOD [--anew]`: one booking in a process of its own, as the job does it.

Prints the seconds it took and the most memory the process held, in MB.
"""

import resource
import sys
import time
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from activitylog import audited  # noqa: F401  (what is written is told in the trail)
from activitylog.extensions import begin_writing, make_engine
from activitylog.period import Period
from activitylog.rollup.operations import post, post_anew


def main(url: str, period: str, *flags: str) -> None:
    book = post_anew if "--anew" in flags else post
    with Session(make_engine(url)) as session:
        begun = time.perf_counter()
        begin_writing(session)
        book(session, Period.parse(period), now=datetime.now(UTC))
        session.commit()
        seconds = time.perf_counter() - begun
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.3f} {held:.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
