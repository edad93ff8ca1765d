from datetime import time

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.errors import Missing
from activitylog.surveys import queries
from activitylog.surveys.paper import operations as paper_operations
from tests.factories.surveys import NOON, answer, make_paper_tally, make_surveyed_activity
from tests.statements import statements


def test_an_activity_without_answers_sums_to_zero(session: Session) -> None:
    summary = queries.survey_summary(session, make_surveyed_activity(session, heads=60).id)
    assert (summary.counts, summary.valid, summary.satisfied, summary.heads) == ((0, 0, 0, 0, 0), 0, 0, 60)
    assert not summary.exceeds_heads


def test_screen_and_paper_are_summed_by_grade_without_withdrawn_piles(session: Session) -> None:
    activity = make_surveyed_activity(session, heads=10)
    for overall in (5, 5, 4, 1):
        answer(session, activity, overall=overall)
    make_paper_tally(session, activity, very_satisfied=3, neutral=4)
    wrong = make_paper_tally(session, activity, very_dissatisfied=100)
    paper_operations.withdraw_paper_tally(
        session, activity_id=activity.id, tally_id=wrong.id, reason="登记错了活动", now=NOON
    )
    answer(session, make_surveyed_activity(session), overall=1)
    summary = queries.survey_summary(session, activity.id)
    assert (summary.on_screen, summary.on_paper) == (4, 7)
    assert summary.by_grade == [
        ("非常满意", 5),
        ("满意", 1),
        ("一般", 4),
        ("不满意", 0),
        ("非常不满意", 1),
    ]
    assert (summary.satisfied, summary.valid, summary.exceeds_heads) == (6, 11, True)
    assert queries.answers_on_screen(session, activity.id) == 4


def test_summary_of_no_activity_is_refused(session: Session) -> None:
    with pytest.raises(Missing):
        queries.survey_summary(session, 404)


def test_a_survey_is_found_by_its_token_only(session: Session) -> None:
    activity = make_surveyed_activity(session, start_time=time(14))
    with statements() as sent:
        found = queries.activity_by_token(session.connection(), activity.survey_token)
    assert len(sent) == 1
    assert found is not None
    assert found.start_time == time(14)
    assert (found.id, found.happens_on, found.status) == (activity.id, activity.held_on, Status.LOGGED)
    assert queries.activity_by_token(session.connection(), "unknown") is None


def test_a_device_is_known_where_it_answered(session: Session) -> None:
    first, second = make_surveyed_activity(session), make_surveyed_activity(session)
    answer(session, first, device="a")
    assert queries.has_answered(session.connection(), first.id, "a")
    assert not queries.has_answered(session.connection(), second.id, "a")
