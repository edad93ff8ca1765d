"""The state of a milestone on a day."""

from datetime import date

import pytest

from activitylog.errors import BadInput
from activitylog.milestones.rules import MilestoneState, check_days, milestone_state

DUE = date(2024, 6, 30)
BEFORE, AFTER = date(2024, 6, 29), date(2024, 7, 1)

TABLE = {
    "open on the due day": (DUE, None, DUE, MilestoneState.OPEN),
    "overdue the day after": (DUE, None, AFTER, MilestoneState.OVERDUE),
    "done before": (DUE, BEFORE, AFTER, MilestoneState.ON_TIME),
    "done on the due day": (DUE, DUE, AFTER, MilestoneState.ON_TIME),
    "done the day after": (DUE, AFTER, AFTER, MilestoneState.LATE),
    "done with no day due": (None, BEFORE, AFTER, MilestoneState.DONE),
}


@pytest.mark.parametrize(("due_on", "done_on", "today", "state"), TABLE.values(), ids=TABLE)
def test_milestone_state(
    due_on: date | None, done_on: date | None, today: date, state: MilestoneState
) -> None:
    assert milestone_state(due_on, done_on, today) is state


GOOD = {
    "planned": (DUE, None),
    "done": (DUE, AFTER),
    "done after the year": (date(2024, 12, 31), date(2025, 3, 1)),
    "only done": (None, DUE),
}
BAD = {
    "no day at all": (None, None, "due_on"),
    "due in another year": (date(2025, 1, 1), None, "due_on"),
    "only done, in another year": (None, date(2025, 1, 1), "done_on"),
    "done before the year": (DUE, date(2023, 12, 31), "done_on"),
    "done tomorrow": (DUE, date(2025, 6, 2), "done_on"),
}


@pytest.mark.parametrize(("due_on", "done_on"), GOOD.values(), ids=GOOD)
def test_these_days_are_taken(due_on: date | None, done_on: date | None) -> None:
    check_days(due_on, done_on, year=2024, today=date(2025, 6, 1))


@pytest.mark.parametrize(("due_on", "done_on", "field"), BAD.values(), ids=BAD)
def test_these_days_are_refused(due_on: date | None, done_on: date | None, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_days(due_on, done_on, year=2024, today=date(2025, 6, 1))
    assert refusal.value.field == field
