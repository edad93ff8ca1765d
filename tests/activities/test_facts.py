"""Which activities count, and on which day."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.facts import activity_district_facts, activity_facts, planned_activity_facts
from activitylog.activities.rules import Status
from tests.factories.activities import make_activity

PLANNED = date(2024, 6, 10)


@pytest.mark.parametrize(
    ("held_on", "on_time"), [(date(2024, 6, 9), 1), (PLANNED, 1), (date(2024, 6, 11), 0)]
)
def test_an_activity_is_on_time_up_to_the_day_planned(session: Session, held_on: date, on_time: int) -> None:
    make_activity(session, planned_on=PLANNED, held_on=held_on)
    row = session.execute(planned_activity_facts()).one()
    assert (row.occurred_on, row.on_time, row.due) == (PLANNED, on_time, 1)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.LOGGED])
def test_a_planned_activity_is_due_and_not_on_time_before_it_is_approved(
    session: Session, status: Status
) -> None:
    held_on = None if status is Status.PLANNED else PLANNED
    make_activity(session, status=status, planned_on=PLANNED, held_on=held_on)
    row = session.execute(planned_activity_facts()).one()
    assert (row.on_time, row.due) == (0, 1)
    assert session.execute(activity_facts()).all() == []
    assert session.execute(activity_district_facts()).all() == []


def test_a_withdrawn_activity_counts_nowhere(session: Session) -> None:
    make_activity(session, status=Status.WITHDRAWN, planned_on=PLANNED)
    for facts in (activity_facts, activity_district_facts, planned_activity_facts):
        assert session.execute(facts()).all() == []
