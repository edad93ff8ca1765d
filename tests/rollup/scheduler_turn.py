"""One turn of a scheduler: `python -m tests.rollup.scheduler_turn URL HOLDER MOMENT [CALL]`.

At the CALL-th look at the clock it prints "waiting" and goes on only when told to by a line of input. The
third look comes between claiming and booking, the fourth after booking and before the commit.
"""

import sys
from datetime import datetime

from sqlalchemy.orm import sessionmaker

from activitylog import audited  # noqa: F401  (the trail records what is written)
from activitylog.core.database import make_engine
from activitylog.rollup.jobs import roll_up_due_months

CLAIMED, ROLLED_UP = 3, 4


class Clock:
    """A clock that stands still, and stops whoever looks at it for the wanted time."""

    def __init__(self, moment: datetime, wanted: int) -> None:
        self._moment, self._wanted, self._looks = moment, wanted, 0

    def __call__(self) -> datetime:
        self._looks += 1
        if self._looks == self._wanted:
            print("waiting", flush=True)  # noqa: T201
            sys.stdin.readline()
        return self._moment


if __name__ == "__main__":
    url, holder, moment, *wanted = sys.argv[1:]
    clock = Clock(datetime.fromisoformat(moment), int(wanted[0]) if wanted else 0)
    roll_up_due_months(sessionmaker(make_engine(url)), holder=holder, clock=clock)
    print("ended", flush=True)  # noqa: T201
