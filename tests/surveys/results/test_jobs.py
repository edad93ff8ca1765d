"""The job that sums answers: what was corrected is summed again without waiting for the night."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from activitylog.activities.rules import Status
from activitylog.core.database import make_engine
from activitylog.surveys.models import AnswerSum, Response
from activitylog.surveys.results.jobs import sum_due_answers
from tests.databases import TRAIL_KEYS
from tests.factories.projects import make_project
from tests.factories.surveys import answer, make_surveyed_activity

LATER = datetime(2024, 8, 1, tzinfo=UTC)


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    yield sessionmaker(engine)
    engine.dispose()


def surveyed(session: Session, *grades: int) -> None:
    activity = make_surveyed_activity(session, project=make_project(session), status=Status.APPROVED)
    for grade in grades:
        answer(session, activity, overall=grade)
    session.commit()


def summed(session: Session) -> int | None:
    session.rollback()
    return session.scalar(select(func.sum(AnswerSum.answers)).where(AnswerSum.choice == "5"))


def test_a_corrected_answer_is_summed_again_at_the_next_run(
    sessions: sessionmaker[Session], session: Session
) -> None:
    surveyed(session, 5, 5, 2)
    sum_due_answers(sessions, clock=lambda: LATER)
    assert summed(session) == 2
    session.execute(update(Response).where(Response.overall == 2).values(overall=5))
    session.commit()
    assert summed(session) is None
    sum_due_answers(sessions, clock=lambda: LATER + timedelta(minutes=10))
    assert summed(session) == 3


def test_a_survey_that_is_not_over_is_not_summed(sessions: sessionmaker[Session], session: Session) -> None:
    surveyed(session, 5)
    sum_due_answers(sessions, clock=lambda: datetime(2024, 1, 1, tzinfo=UTC))
    assert summed(session) is None


def test_with_nothing_due_nothing_is_locked_or_written(
    sessions: sessionmaker[Session], session: Session
) -> None:
    surveyed(session, 5)
    sum_due_answers(sessions, clock=lambda: LATER)
    statements: list[str] = []
    event.listen(sessions.kw["bind"], "before_cursor_execute", lambda *args: statements.append(args[2]))
    sum_due_answers(sessions, clock=lambda: LATER)
    assert {each.strip() for each in statements if not each.startswith("SELECT")} <= {"BEGIN"}
