"""Jobs of the notices: collect and send every few minutes; write the month's letters after the roll-up."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.audit.heads.queries import latest_head
from activitylog.core.database import begin_writing
from activitylog.core.period import business_day
from activitylog.notices.collection.operations import mark_collected, new_notices
from activitylog.notices.collection.queries import collected_entry
from activitylog.notices.delivery.jobs import deliver_due
from activitylog.notices.delivery.rules import Office
from activitylog.notices.letters.operations import store_letters
from activitylog.notices.letters.queries import letters_to, month_to_write_of, people_without_letter
from activitylog.notices.operations import add_notices, forget_old_notices

KEPT_HEAD = "审计记录此刻的校验值是 {}。留着这封信，日后可以用它核对记录有没有被人改写。"
_log = logging.getLogger(__name__)


def tell_people(
    sessions: Callable[[], Session], *, office: Office, close_day: int, clock: Callable[[], datetime]
) -> None:
    """Collect what happened, then send what is due; it is looked for before anything is locked."""
    now = clock()
    with sessions() as session:
        before = collected_entry(session)
        notices, last = new_notices(session, close_day=close_day, now=now)
    if notices or last > before:
        with sessions() as session:
            begin_writing(session)
            added = add_notices(session, notices, ways=office.ways, now=now)
            mark_collected(session, last)
            session.commit()
        _log.info("notices: %d new", added)
    sent = deliver_due(sessions, office=office, clock=clock)
    if sent:
        _log.info("notices: %d messages sent", sent)


def write_letters(
    sessions: Callable[[], Session],
    *,
    office: Office,
    close_day: int,
    clock: Callable[[], datetime],
) -> None:
    """Write the letters of last month that are not there yet.

    Each ends with the trail's hash of the moment, so that it is kept where nobody can rewrite it.
    """
    now = clock()
    with sessions() as session:
        month = month_to_write_of(session, now)
        people = people_without_letter(session, month) if month else []
        if month is None or not people:
            return
        head = latest_head(session, now=now)
        kept = () if head is None else (KEPT_HEAD.format(head.paper_text),)
        letters = letters_to(
            session, people, month, close_day=close_day, today=business_day(now), extra_lines=kept
        )
    with sessions() as session:
        begin_writing(session)
        written = store_letters(session, letters, ways=office.ways, now=now)
        session.commit()
    _log.info("letters of %s: %d", month, written)


def forget_old(sessions: Callable[[], Session], *, clock: Callable[[], datetime]) -> None:
    """Delete the notices that were read long ago."""
    with sessions() as session:
        begin_writing(session)
        forgotten = forget_old_notices(session, now=clock())
        session.commit()
    _log.info("old notices forgotten: %d", forgotten)
