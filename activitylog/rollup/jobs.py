"""The roll-up as a job: which months are due, who rolls them up, and what every night does."""

import logging
from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing
from activitylog.core.dialects import insert_for
from activitylog.core.period import Period, business_day, year_periods
from activitylog.errors import PeriodClosed
from activitylog.rollup.models import JobRun
from activitylog.rollup.queries import years_declared
from activitylog.rollup.roll_up_range import due_at
from activitylog.rollup.run import roll_up

ROLL_UP = "roll_up"
LONGEST_OUTCOME = 2000
_log = logging.getLogger(__name__)


def roll_up_due_months(
    sessions: Callable[[], Session], *, holder: str, clock: Callable[[], datetime]
) -> None:
    """Roll up every month that has ended and was never rolled up by this job, oldest year first."""
    with sessions() as session:
        months = due_months(session, clock())
    for _, of_year in groupby(months, key=lambda month: month.year):
        _run(sessions, tuple(of_year), holder=holder, clock=clock)


def due_months(session: Session, now: datetime) -> tuple[Period, ...]:
    """The ended months of declared years without a finished run, in order."""
    done = set(session.scalars(select(JobRun.period).where(JobRun.job == ROLL_UP, JobRun.is_done)))
    last = Period.of(business_day(now)).previous
    months = (month for year in years_declared(session) for month in year_periods(year))
    return tuple(month for month in months if month <= last and month not in done and now >= due_at(month))


def _run(
    sessions: Callable[[], Session],
    months: tuple[Period, ...],
    *,
    holder: str,
    clock: Callable[[], datetime],
) -> None:
    """Claim the months of one year and roll them up at once; a dead holder's claim dies with it."""
    started_at = clock()
    try:
        with sessions() as session:
            begin_writing(session)
            claimed = [month for month in months if _claim(session, month, holder, started_at)]
            if claimed:
                _roll_up(session, claimed, clock)
            session.commit()
    except Exception as error:
        _log.exception("roll-up of %s failed", months[-1])
        outcome = f"{type(error).__name__}: {error}"[:LONGEST_OUTCOME]
        _note_failure(sessions, months[-1], holder, outcome, started_at=started_at, ended_at=clock())


def _roll_up(session: Session, months: list[Period], clock: Callable[[], datetime]) -> None:
    try:
        written = roll_up(session, months[-1], now=clock())
        outcome = f"rolled up {written[0]} to {written[-1]}"
    except PeriodClosed:
        outcome = "already closed"
    for month in months:
        run = session.get_one(JobRun, (ROLL_UP, month))
        run.ended_at, run.is_done, run.outcome = clock(), True, outcome
    _log.info("roll-up of %s: %s", months[-1], outcome)


def _claim(session: Session, month: Period, holder: str, now: datetime) -> bool:
    """Insert the run's row; another scheduler's uncommitted row makes this wait, its finished one refuses."""
    values = {"holder": holder, "started_at": now, "ended_at": None, "is_done": False, "outcome": ""}
    row = insert_for(session, cast(Table, JobRun.__table__)).values(job=ROLL_UP, period=month, **values)
    claim = row.on_conflict_do_update(
        index_elements=["job", "period"], set_=values, where=JobRun.is_done.is_(False)
    )
    return session.execute(claim.returning(JobRun.period)).first() is not None


def _note_failure(
    sessions: Callable[[], Session],
    month: Period,
    holder: str,
    outcome: str,
    *,
    started_at: datetime,
    ended_at: datetime,
) -> None:
    """Leave a row that tells what happened and may be claimed again; a finished run of another stays."""
    with sessions() as session:
        begin_writing(session)
        if _claim(session, month, holder, started_at):
            run = session.get_one(JobRun, (ROLL_UP, month))
            run.ended_at, run.outcome = ended_at, outcome
        session.commit()
