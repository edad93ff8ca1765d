"""Job of the results: sums the answers of every project's month whose sums are missing or corrected."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing
from activitylog.surveys.results.operations import is_any_month_due, sum_answers
from activitylog.surveys.results.queries import attendee_questionnaires
from activitylog.surveys.results.rules import choice_questions_of

_log = logging.getLogger(__name__)


def sum_due_answers(sessions: Callable[[], Session], *, clock: Callable[[], datetime]) -> None:
    """Sum what is due in one transaction; without anything due no lock is taken."""
    with sessions() as session:
        now = clock()
        if not is_any_month_due(session, now):
            return
        session.rollback()
        begin_writing(session)
        summed = sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=now)
        session.commit()
    _log.info("answers summed: %d months", summed)
