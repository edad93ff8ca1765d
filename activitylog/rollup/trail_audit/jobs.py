"""The nightly audit of the trail, and the head that is kept outside the database every hour."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from activitylog.audit.capture import store_changes
from activitylog.audit.heads.operations import keep_head
from activitylog.audit.heads.syslog import send_head
from activitylog.audit.records.operations import needs_baseline, take_over_records
from activitylog.core.database import begin_snapshot, begin_writing
from activitylog.rollup.trail_audit.operations import TrailAudit, audit_trail, store_audit
from activitylog.surveys.answer_seals.operations import unsealed_answers

SEALS_AT_ONCE = 20  # entries of one transaction
_log = logging.getLogger(__name__)


def run_trail_audit(
    sessions: Callable[[], Session], data_dir: Path, *, clock: Callable[[], datetime]
) -> TrailAudit:
    """Compare everything with the trail and store what differs, then seal the answers of the day.

    Reading takes long and no lock; writing takes the lock and not long.
    """
    take_over_first(sessions)
    with sessions() as session:
        begin_snapshot(session)
        audit = audit_trail(session, data_dir, now=clock())
    with sessions() as session:
        begin_writing(session)
        new = store_audit(session, audit, now=clock())
        session.commit()
    _log.info("audit of the trail: %d discrepancies, %d of them new", len(audit.found), len(new))
    seal_answers(sessions, clock=clock)
    return audit


def take_over_first(sessions: Callable[[], Session]) -> None:
    """Take over the records of an office that is older than the seal, once."""
    with sessions() as session:
        if not needs_baseline(session):
            return
        session.rollback()
        begin_writing(session)
        count = take_over_records(session)
        session.commit()
    _log.info("records taken over as they are: %d", count)


def seal_answers(sessions: Callable[[], Session], *, clock: Callable[[], datetime]) -> None:
    """Seal the answers that have come since the last time."""
    with sessions() as session:
        begin_snapshot(session)
        seals = list(unsealed_answers(session, now=clock()))
    for start in range(0, len(seals), SEALS_AT_ONCE):
        with sessions() as session:
            begin_writing(session)
            store_changes(session, seals[start : start + SEALS_AT_ONCE])
            session.commit()
    _log.info("answers sealed: %d entries", len(seals))


def keep_trail_head(
    sessions: Callable[[], Session], data_dir: Path, *, syslog: str = "", clock: Callable[[], datetime]
) -> None:
    """Keep the head of the trail, where it has grown, and send it, also where it has not.

    So a log server learns that the hour was quiet, and gets the next hour what it missed while it was away.
    """
    with sessions() as session:
        head = keep_head(session, data_dir, now=clock())
    if head is not None and syslog:
        send_head(syslog, head)
