"""The triggers on monthly sums: a correction is noted, what cannot be subtracted deletes the month's sums."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Delete, Update, delete, func, select, update
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.surveys.models import (
    AnswerSum,
    ExclusionDecision,
    PaperTally,
    Response,
    SummedMonth,
    UnsummedActivity,
    UnsummedAnswer,
)
from activitylog.surveys.results.operations import is_any_month_due, sum_answers
from activitylog.surveys.results.queries import attendee_questionnaires
from activitylog.surveys.results.rules import choice_questions_of
from activitylog.surveys.rules import ExclusionStep
from tests.factories.projects import make_project
from tests.factories.surveys import answer, make_paper_tally, make_surveyed_activity

LATER = datetime(2024, 8, 1, tzinfo=UTC)
CORRECTIONS = {
    "withdrawing": update(Activity).values(status=Status.WITHDRAWN),
    "another day": update(Activity).values(held_on=datetime(2024, 7, 2, tzinfo=UTC).date()),
    "an exclusion": update(Response).values(exclusion_id=select(ExclusionDecision.id).scalar_subquery()),
}
DROPS = {
    "an answer changed": update(Response).values(overall=1),
    "an answer gone": delete(Response),
}
KEEPS = {
    "a title": update(Activity).values(title="另一个名字"),
    "a note": update(Activity).values(note="补充"),
    "heads": update(Activity).values(audience_onsite=7),
    "doubts accepted": update(Response).values(flags=1),
    "a pile withdrawn": update(PaperTally).values(withdrawn_at=LATER),
    "a pile gone": delete(PaperTally),
}


@pytest.fixture
def summed(session: Session) -> Session:
    """One approved activity with an answer and a pile, in its month's sums."""
    activity = make_surveyed_activity(session, project=make_project(session), status=Status.APPROVED)
    answer(session, activity)
    session.add(
        ExclusionDecision(
            activity_id=activity.id,
            step=ExclusionStep.EXCLUDED,
            reason="",
            answers=0,
            numbers="",
            decided_at=LATER,
        )
    )
    make_paper_tally(session, activity, satisfied=2)
    assert sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=LATER) == 1
    return session


def state(session: Session) -> tuple[int, int, int]:
    """How many months are summed, activities are not as summed, and answers are to be subtracted."""
    tables = (SummedMonth, UnsummedActivity, UnsummedAnswer)
    found = (session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
    return next(found), next(found), next(found)


def change(session: Session, statement: Update | Delete) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def test_what_changes_no_sum_is_not_noted(summed: Session) -> None:
    for name, statement in KEEPS.items():
        change(summed, statement)
        assert state(summed) == (1, 0, 0), name


def test_a_correction_takes_its_activity_out_of_the_sums_once(summed: Session) -> None:
    for name, statement in CORRECTIONS.items():
        savepoint = summed.begin_nested()
        change(summed, statement)
        assert state(summed) == (1, 1, 1), name
        for following in CORRECTIONS.values():
            change(summed, following)
        assert state(summed) == (1, 1, 1), name
        savepoint.rollback()


def test_an_answer_that_is_another_or_gone_drops_the_sums_it_was_in(summed: Session) -> None:
    for before in (None, *CORRECTIONS.values()):
        for name, statement in DROPS.items():
            savepoint = summed.begin_nested()
            if before is not None:
                change(summed, before)
            change(summed, statement)
            assert state(summed) == (0, int(before is not None), 0), name
            assert summed.scalar(select(func.count()).select_from(AnswerSum)) == 0
            savepoint.rollback()


def test_an_activity_added_or_approved_later_is_counted_by_itself(summed: Session) -> None:
    project = summed.scalars(select(Activity)).one().project
    waiting = make_surveyed_activity(summed, project=project)
    make_surveyed_activity(summed, project=project, status=Status.APPROVED, held_on=LATER.date())
    answer(summed, waiting)
    assert state(summed) == (1, 0, 0)
    waiting.status = Status.APPROVED
    summed.flush()
    assert state(summed) == (1, 1, 0)
    make_surveyed_activity(summed, project=project, status=Status.APPROVED)
    assert state(summed) == (1, 2, 0)


def test_the_next_run_sums_corrected_months_again(summed: Session) -> None:
    change(summed, CORRECTIONS["another day"])
    questions = choice_questions_of(attendee_questionnaires(summed))
    assert is_any_month_due(summed, LATER)
    assert sum_answers(summed, questions, now=LATER) == 1
    assert state(summed) == (1, 0, 0)
    assert summed.scalars(select(AnswerSum.month).distinct()).all() == [Period(2024, 7)]
    assert not is_any_month_due(summed, LATER)
