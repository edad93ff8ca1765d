"""Which answers count as satisfied, and which do not count."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.records import withdraw_record
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.facts import response_facts
from activitylog.surveys.models import Response
from activitylog.surveys.rules import ExclusionStep
from tests.factories.accounts import make_user
from tests.factories.surveys import DAY, NOON, answer, make_paper_tally, make_surveyed_activity


def satisfied_of_valid(session: Session) -> list[tuple[int, int]]:
    return [(row.satisfied, row.valid) for row in session.execute(response_facts())]


def test_four_and_five_are_satisfied_on_screen_and_on_paper(session: Session) -> None:
    activity = make_surveyed_activity(session, status=Status.APPROVED)
    for overall in (5, 4, 3, 2, 1):
        answer(session, activity, overall=overall)
    make_paper_tally(
        session, activity, very_satisfied=10, satisfied=7, neutral=5, dissatisfied=3, very_dissatisfied=2
    )
    row = session.execute(response_facts()).one()
    assert (row.occurred_on, row.satisfied, row.valid) == (DAY, 2 + 17, 5 + 27)


def test_withdrawn_paper_does_not_count(session: Session) -> None:
    activity = make_surveyed_activity(session, status=Status.APPROVED)
    answer(session, activity, overall=1)
    tally = make_paper_tally(session, activity, very_satisfied=10)
    withdraw_record(session, tally, reason="重复", now=NOON)
    assert satisfied_of_valid(session) == [(0, 1)]


def test_excluded_answers_do_not_count(session: Session) -> None:
    activity = make_surveyed_activity(session, status=Status.APPROVED)
    for overall in (5, 1, 1):
        answer(session, activity, overall=overall)
    decide_exclusion(
        session, activity, ExclusionStep.EXCLUDED, Response.overall == 1, reason="刷票",
        by=make_user(session), now=NOON,
    )  # fmt: skip
    assert satisfied_of_valid(session) == [(1, 1)]
    assert len(session.scalars(select(Response)).all()) == 3


@pytest.mark.parametrize("status", [Status.LOGGED, Status.WITHDRAWN])
def test_answers_to_an_activity_that_is_not_approved_do_not_count(session: Session, status: Status) -> None:
    activity = make_surveyed_activity(session)
    answer(session, activity)
    activity.status = status
    session.flush()
    assert satisfied_of_valid(session) == []
