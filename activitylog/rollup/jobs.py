"""Jobs of the roll-up: months fallen due, and every night the audit, closings and all open years."""

import logging
from collections.abc import Callable
from datetime import date, datetime
from itertools import groupby
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from activitylog.audit.discrepancies.operations import store_discrepancies
from activitylog.core.database import begin_writing
from activitylog.core.dialects import insert_for
from activitylog.core.period import Period, business_day
from activitylog.errors import PeriodClosed
from activitylog.rollup.models import NIGHTLY, ROLL_UP, JobRun
from activitylog.rollup.periods.operations import close_due_months
from activitylog.rollup.roll_up_range import due_months, last_rolled_up, open_months, years_declared_at
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import replace_findings, run_self_audit, uncounted_findings
from activitylog.rollup.self_audit.rules import book_discrepancies

LONGEST_OUTCOME = 2000
_log = logging.getLogger(__name__)


def roll_up_due_months(
    sessions: Callable[[], Session], *, holder: str, clock: Callable[[], datetime]
) -> None:
    """Roll up every month that has ended and was never rolled up by this job, oldest year first."""
    with sessions() as session:
        months = due_months(session, clock())
    for _, of_year in groupby(months, key=lambda month: month.year):
        _run_job(sessions, tuple(of_year), holder=holder, clock=clock)


def _run_job(
    sessions: Callable[[], Session],
    months: tuple[Period, ...],
    *,
    holder: str,
    clock: Callable[[], datetime],
) -> None:
    """Claim the months of one year and roll them up in one transaction: a crash releases the claim."""
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
    """Record why the run failed; the month may be claimed again, and another's finished run stays."""
    with sessions() as session:
        begin_writing(session)
        if _claim(session, month, holder, started_at):
            run = session.get_one(JobRun, (ROLL_UP, month))
            run.ended_at, run.outcome = ended_at, outcome
        session.commit()


def run_nightly(
    sessions: Callable[[], Session], *, holder: str, close_day: int, clock: Callable[[], datetime]
) -> None:
    """Audit, close what is due, roll up every open year; each in a transaction of its own.

    The audit comes first: a roll-up corrects in the open months whatever the audit would find there.
    """
    with sessions() as session:
        begin_writing(session)
        findings = run_self_audit(session, clock())
        replace_findings(session, [*findings, *uncounted_findings(session)], clock())
        store_discrepancies(session, book_discrepancies(findings), now=clock())
        session.commit()
    _log.info("audit: %d findings", len(findings))
    with sessions() as session:
        begin_writing(session)
        closed = close_due_months(session, close_day=close_day, now=clock())
        session.commit()
    _log.info("closed: %s", ", ".join(map(str, closed)) or "nothing due")
    roll_up_open_years(sessions, holder=holder, clock=clock)


def roll_up_open_years(
    sessions: Callable[[], Session], *, holder: str, clock: Callable[[], datetime]
) -> None:
    """Roll up every declared year that has an open month which has ended, or been rolled up before."""
    with sessions() as session:
        years = list(years_declared_at(session))
    for year in years:
        with sessions() as session:
            begin_writing(session)
            started_at = clock()
            month = _last_to_roll_up(session, year, business_day(started_at))
            if month is not None:
                _note_run(session, roll_up(session, month, now=started_at), holder, started_at, clock())
            session.commit()
        _log.info("%d rolled up to %s", year, month or "nothing")


def _last_to_roll_up(session: Session, year: int, today: date) -> Period | None:
    ended = Period.of(today).previous
    last = max(month for month in (ended, last_rolled_up(session, year)) if month is not None)
    months = open_months(session, Period(year, 1), min(last, Period(year, 12)))
    return months[-1] if months else None


def _note_run(
    session: Session, months: tuple[Period, ...], holder: str, started_at: datetime, ended_at: datetime
) -> None:
    """Record for the months' pages that the job rolled them up at that moment."""
    for month in months:
        run = JobRun(job=NIGHTLY, period=month, holder=holder, started_at=started_at, ended_at=ended_at)
        run.is_done, run.outcome = True, "rolled up"
        session.merge(run)
