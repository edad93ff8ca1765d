"""The nightly job of retention: what has expired is deleted day by day, what was stored earlier is masked."""

import logging
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing
from activitylog.core.period import business_day, months_before
from activitylog.surveys.questionnaires.queries import all_questionnaires
from activitylog.surveys.retention import operations
from activitylog.surveys.retention.rules import DEVICES_KEPT, Task

Sessions = Callable[[], Session]
_log = logging.getLogger(__name__)


def expire_answers(sessions: Sessions, *, clock: Callable[[], datetime], text_months: int) -> dict[str, int]:
    """Delete and mask what is due, each day and each batch in a transaction of its own; returns how many.

    No figure and no flag changes: a deleted text still counts as one, and devices are in no figure.
    """
    today = business_day(clock())
    counts = {
        "devices": _each_day(sessions, Task.DEVICES, today - DEVICES_KEPT, operations.delete_devices),
        "texts": _delete_texts(sessions, today, text_months),
        "masked": sum(_mask(sessions, task) for task in (Task.MASK, Task.MASK_HOSTS)),
    }
    with sessions() as session:
        begin_writing(session)
        operations.record_retention(session, counts)
        session.commit()
    _log.info("answers expired: %(devices)d devices, %(texts)d texts; %(masked)d masked", counts)
    return counts


def _delete_texts(sessions: Sessions, today: date, months: int) -> int:
    if not months:
        return 0
    with sessions() as session:
        questionnaires = all_questionnaires(session)
    return _each_day(
        sessions,
        Task.TEXTS,
        months_before(today, months),
        lambda session, day: operations.delete_texts(session, day, questionnaires),
    )


def _each_day(sessions: Sessions, task: Task, before: date, work: Callable[[Session, date], int]) -> int:
    changed = 0
    with sessions() as session:
        day = operations.first_day_due(session, task, before)
    while day is not None:
        with sessions() as session:
            begin_writing(session)
            changed += work(session, day)
            day = operations.next_day_due(session, day, before)
            session.commit()
    return changed


def _mask(sessions: Sessions, task: Task) -> int:
    changed, is_more = 0, True
    while is_more:
        with sessions() as session:
            begin_writing(session)
            masked, is_more = operations.mask_stored(session, task)
            changed += masked
            session.commit()
    return changed
