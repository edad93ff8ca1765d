"""One turn of a scheduler: `python -m tests.rollup.scheduler_turn URL HOLDER MOMENT [CALL]`.

At the CALL-th look at the clock it prints "waiting" and goes on when it reads a line of input. The
third look comes between claiming and rolling up, the fourth after that and before the commit.
"""

import sys
from datetime import datetime

from sqlalchemy.orm import sessionmaker

from activitylog import audited  # noqa: F401  (the trail records what is written)
from activitylog.core.database import make_engine
from activitylog.rollup.jobs import roll_up_due_months
from tests.databases import TRAIL_KEYS

CLAIMED, ROLLED_UP = 3, 4


class Clock:
    """A fixed clock that blocks its `stop_at`-th reading until a line is read."""

    def __init__(self, moment: datetime, stop_at: int) -> None:
        self._moment, self._stop_at, self._looks = moment, stop_at, 0

    def __call__(self) -> datetime:
        self._looks += 1
        if self._looks == self._stop_at:
            print("waiting", flush=True)  # noqa: T201
            sys.stdin.readline()
        return self._moment


if __name__ == "__main__":
    url, holder, moment, *stop_at = sys.argv[1:]
    clock = Clock(datetime.fromisoformat(moment), int(stop_at[0]) if stop_at else 0)
    roll_up_due_months(sessionmaker(make_engine(url, trail_keys=TRAIL_KEYS)), holder=holder, clock=clock)
    print("ended", flush=True)  # noqa: T201
