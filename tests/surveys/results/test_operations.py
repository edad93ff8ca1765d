"""The triggers on monthly sums: a change of anything summed deletes the month's sums."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.surveys.models import PaperTally, Response, SummedMonth
from activitylog.surveys.results.operations import sum_answers
from activitylog.surveys.results.queries import attendee_questionnaires
from activitylog.surveys.results.rules import choice_questions_of
from tests.factories.projects import make_project
from tests.factories.surveys import answer, make_paper_tally, make_surveyed_activity

LATER = datetime(2024, 8, 1, tzinfo=UTC)
DROPS = {
    "withdrawing": update(Activity).values(status=Status.WITHDRAWN),
    "another day": update(Activity).values(held_on=datetime(2024, 7, 2, tzinfo=UTC).date()),
    "heads": update(Activity).values(audience_onsite=7),
    "a pile withdrawn": update(PaperTally).values(withdrawn_at=LATER),
    "a pile gone": delete(PaperTally),
    "an answer changed": update(Response).values(overall=1),
    "an answer gone": delete(Response),
}
KEEPS = {
    "a title": update(Activity).values(title="另一个名字"),
    "a note": update(Activity).values(note="补充"),
}


@pytest.fixture
def summed(session: Session) -> Session:
    """One approved activity with an answer and a pile, in its month's sums."""
    activity = make_surveyed_activity(session, project=make_project(session), status=Status.APPROVED)
    answer(session, activity)
    make_paper_tally(session, activity, satisfied=2)
    assert sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=LATER) == 1
    return session


def months(session: Session) -> int:
    return len(session.scalars(select(SummedMonth.month)).all())


def test_what_changes_a_count_drops_the_sums_and_nothing_else_does(summed: Session) -> None:
    for change in KEEPS.values():
        summed.execute(change)
    assert months(summed) == 1
    for name, change in DROPS.items():
        savepoint = summed.begin_nested()
        summed.execute(change.execution_options(synchronize_session=False))
        assert months(summed) == 0, name
        assert summed.execute(text("SELECT COUNT(*) FROM answer_sum")).scalar_one() == 0
        savepoint.rollback()
        assert months(summed) == 1


def test_an_activity_added_or_approved_later_drops_the_sums_of_its_month_alone(summed: Session) -> None:
    project = summed.scalars(select(Activity)).one().project
    for status, kept in ((Status.LOGGED, 1), (Status.APPROVED, 0)):
        savepoint = summed.begin_nested()
        make_surveyed_activity(summed, project=project, status=status)
        assert months(summed) == kept
        savepoint.rollback()
    make_surveyed_activity(summed, project=project, status=Status.APPROVED, held_on=LATER.date())
    assert months(summed) == 1
    waiting = make_surveyed_activity(summed, project=project)
    waiting.status = Status.APPROVED
    summed.flush()
    assert months(summed) == 0
