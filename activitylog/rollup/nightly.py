"""What the books need every night: what is due closed, what is over sealed, and everything checked."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing
from activitylog.core.period import Period, business_day
from activitylog.indicators.closings.models import Closing
from activitylog.rollup.periods.operations import close_expired, close_period, is_held_open
from activitylog.rollup.run import is_booked
from activitylog.rollup.self_audit.audit import audit_books, keep_findings
from activitylog.surveys.results.counts import asked_in
from activitylog.surveys.results.queries import all_asked
from activitylog.surveys.sealing import seal_surveys
from activitylog.surveys.summing import sum_answers

_log = logging.getLogger(__name__)


def close_due_months(session: Session, *, close_day: int, now: datetime) -> tuple[Period, ...]:
    """Close reopened months whose limit has passed and, from `close_day` of a month on, the month before.

    `close_day` 0 leaves closing to people. A month never booked is left open for them to see.
    """
    closed = close_expired(session, now=now)
    today = business_day(now)
    last = Period.of(today).previous
    is_due = close_day and today.day >= close_day and session.get(Closing, last) is None
    if is_due and is_booked(session, last) and not is_held_open(session, last, now):
        closed += close_period(session, last, by=None, now=now)
    return closed


def run_nightly(sessions: Callable[[], Session], *, close_day: int, clock: Callable[[], datetime]) -> None:
    """Close what is due, seal and sum surveys that are over, then audit; each in a transaction of its own."""
    with sessions() as session:
        begin_writing(session)
        closed = close_due_months(session, close_day=close_day, now=clock())
        session.commit()
    _log.info("closed: %s", ", ".join(map(str, closed)) or "nothing due")
    with sessions() as session:
        begin_writing(session)
        seal_surveys(session, now=clock())
        session.commit()
    with sessions() as session:
        begin_writing(session)
        summed = sum_answers(session, asked_in(all_asked(session)), now=clock())
        session.commit()
    _log.info("answers summed: %d months", summed)
    with sessions() as session:
        begin_writing(session)
        differences = audit_books(session, clock())
        keep_findings(session, differences, clock())
        session.commit()
    _log.info("audit: %d findings", len(differences))
