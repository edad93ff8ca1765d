"""The pages on the day the sample is loaded."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.surveys.queries import answers_on_screen
from activitylog.surveys.rules import why_closed
from tests.sample.conftest import NOW, TODAY


def on(session: Session, day_offset: int) -> list[Activity]:
    day = TODAY + timedelta(days=day_offset)
    return list(session.scalars(select(Activity).where(Activity.happens_on == day)))


def test_one_activity_is_planned_for_today_and_its_survey_is_open(sample: Session) -> None:
    assert any(each.status is Status.PLANNED and why_closed(each, NOW) is None for each in on(sample, 0))


def test_yesterdays_survey_has_answers_and_takes_more(sample: Session) -> None:
    held = [each for each in on(sample, -1) if each.status is Status.LOGGED]
    assert held
    assert all(why_closed(each, NOW) is None and answers_on_screen(sample, each.id) > 0 for each in held)


def test_some_wait_for_review_and_one_was_not_logged(sample: Session) -> None:
    logged = sample.scalars(select(Activity).where(Activity.status == Status.LOGGED)).all()
    assert len(logged) >= 3
    planned = sample.scalars(select(Activity).where(Activity.status == Status.PLANNED)).all()
    assert any(each.happens_on < TODAY for each in planned)


def test_a_few_are_planned_ahead_and_nothing_has_happened_tomorrow(sample: Session) -> None:
    ahead = sample.scalars(select(Activity).where(Activity.happens_on > TODAY)).all()
    assert len(ahead) >= 3
    assert {each.status for each in ahead} <= {Status.PLANNED, Status.WITHDRAWN}
