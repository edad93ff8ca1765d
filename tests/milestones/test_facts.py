"""Which milestones count, and on which day."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from activitylog.core.records import withdraw_record
from activitylog.milestones.facts import done_milestone_facts, due_milestone_facts
from tests.factories.milestones import NOW, make_milestone

DUE = date(2024, 6, 30)


@pytest.mark.parametrize(
    ("done_on", "on_time"), [(date(2024, 6, 29), 1), (DUE, 1), (date(2024, 7, 1), 0), (None, 0)]
)
def test_a_milestone_is_on_time_up_to_the_day_it_is_due(
    session: Session, done_on: date | None, on_time: int
) -> None:
    make_milestone(session, due_on=DUE, done_on=done_on)
    row = session.execute(due_milestone_facts()).one()
    assert (row.occurred_on, row.on_time, row.due) == (DUE, on_time, 1)


def test_a_milestone_done_counts_on_the_day_it_was_done_with_or_without_a_due_day(session: Session) -> None:
    make_milestone(session, due_on=None, done_on=date(2024, 7, 2))
    assert session.execute(due_milestone_facts()).all() == []
    assert session.execute(done_milestone_facts()).one().occurred_on == date(2024, 7, 2)


def test_a_withdrawn_milestone_counts_nowhere(session: Session) -> None:
    withdraw_record(session, make_milestone(session, done_on=DUE), reason="重复", now=NOW)
    assert session.execute(due_milestone_facts()).all() == []
    assert session.execute(done_milestone_facts()).all() == []
