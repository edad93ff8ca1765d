"""What the books need every night: checked, closed where that is due, and every open year rolled up again."""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing
from activitylog.core.period import Period, business_day, start_of_day, year_periods
from activitylog.rollup.models import JobRun
from activitylog.rollup.periods.operations import close_expired, close_period, is_held_open
from activitylog.rollup.roll_up_range import last_rolled_up, open_months, years_declared_at
from activitylog.rollup.run import is_rolled_up, roll_up
from activitylog.rollup.self_audit.audit import audit_books, keep_findings
from activitylog.surveys.results.counts import choice_questions_of
from activitylog.surveys.results.monthly_sums import sum_answers
from activitylog.surveys.results.queries import attendee_questionnaires

NIGHT = "night"
_log = logging.getLogger(__name__)


def run_nightly(
    sessions: Callable[[], Session], *, holder: str, close_day: int, clock: Callable[[], datetime]
) -> None:
    """Audit, close what is due, roll up every open year, sum answers; each in a transaction of its own.

    The audit comes first, since a roll-up mends in the open months whatever it would find there.
    """
    with sessions() as session:
        begin_writing(session)
        differences = audit_books(session, clock())
        keep_findings(session, differences, clock())
        session.commit()
    _log.info("audit: %d findings", len(differences))
    with sessions() as session:
        begin_writing(session)
        closed = close_due_months(session, close_day=close_day, now=clock())
        session.commit()
    _log.info("closed: %s", ", ".join(map(str, closed)) or "nothing due")
    roll_up_open_years(sessions, holder=holder, clock=clock)
    with sessions() as session:
        begin_writing(session)
        summed = sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=clock())
        session.commit()
    _log.info("answers summed: %d months", summed)


def close_due_months(session: Session, *, close_day: int, now: datetime) -> tuple[Period, ...]:
    """Close reopened months whose limit has passed and, from `close_day` of a month on, the months before.

    A closing day that nothing ran on is made up for, but not one before its year was declared. `close_day` 0
    leaves closing to people. A month never rolled up is left open for them to see.
    """
    closed = close_expired(session, now=now)
    for year, declared_at in years_declared_at(session).items() if close_day else ():
        month = _last_due(session, year, declared_at, close_day, business_day(now))
        if month is not None and not is_held_open(session, month, now):
            closed += close_period(session, month, by=None, now=now)
    return closed


def _last_due(
    session: Session, year: int, declared_at: datetime, close_day: int, today: date
) -> Period | None:
    months = year_periods(year)
    for month in reversed(open_months(session, months[0], months[-1])):
        closes_on = month.end + timedelta(days=close_day - 1)
        was_missed = month < Period.of(today).previous
        if closes_on > today or (was_missed and declared_at > start_of_day(closes_on)):
            continue
        if is_rolled_up(session, month):
            return month
    return None


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
    """Let the months' pages say that a job rolled them up at that moment."""
    for month in months:
        run = JobRun(job=NIGHT, period=month, holder=holder, started_at=started_at, ended_at=ended_at)
        run.is_done, run.outcome = True, "rolled up"
        session.merge(run)
