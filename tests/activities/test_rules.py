from datetime import date

import pytest

from activitylog.activities import rules
from activitylog.activities.rules import Status
from activitylog.errors import BadInput, IllegalChange, Refused

TODAY = date(2024, 6, 12)
ORGANIZERS_STEPS = {
    (Status.PLANNED, Status.LOGGED),
    (Status.PLANNED, Status.WITHDRAWN),
    (Status.LOGGED, Status.WITHDRAWN),
    (Status.RETURNED, Status.LOGGED),
    (Status.RETURNED, Status.WITHDRAWN),
    (Status.WITHDRAWN, Status.PLANNED),
    (Status.WITHDRAWN, Status.LOGGED),
}
REVIEWERS_STEPS = {
    (Status.LOGGED, Status.APPROVED),
    (Status.LOGGED, Status.RETURNED),
    (Status.APPROVED, Status.RETURNED),
    (Status.APPROVED, Status.WITHDRAWN),
}


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("new_status", Status)
def test_every_step_is_legal_for_somebody_or_refused(current: Status, new_status: Status) -> None:
    if (current, new_status) in ORGANIZERS_STEPS | REVIEWERS_STEPS:
        rules.check_change(current, new_status)
        assert rules.is_review(current, new_status) is ((current, new_status) in REVIEWERS_STEPS)
    else:
        with pytest.raises(IllegalChange, match=rules.STATUS_LABELS[new_status]):
            rules.check_change(current, new_status)


@pytest.mark.parametrize(
    ("planned_on", "held_on", "field"),
    [
        (None, TODAY, None),
        (date(2024, 12, 31), None, None),
        (date(2023, 12, 30), date(2024, 1, 2), None),
        (None, date(2024, 6, 13), "held_on"),
        (None, None, "held_on"),
        (date(2024, 6, 1), date(2023, 12, 31), "held_on"),
        (date(2025, 1, 1), None, "planned_on"),
    ],
)
def test_dates_lie_in_the_projects_year_and_not_ahead(
    planned_on: date | None, held_on: date | None, field: str | None
) -> None:
    dates = {"planned_on": planned_on, "held_on": held_on}
    if field is None:
        rules.check_dates(**dates, project_year=2024, today=TODAY)
        return
    with pytest.raises(BadInput) as refusal:
        rules.check_dates(**dates, project_year=2024, today=TODAY)
    assert refusal.value.field == field


def test_an_activity_without_the_day_it_was_held_cannot_be_submitted() -> None:
    rules.check_held(Status.PLANNED, None)
    with pytest.raises(BadInput, match="举办日期"):
        rules.check_held(Status.LOGGED, None)


def test_heads_are_counted_from_zero() -> None:
    rules.check_heads(onsite=0, online=0)
    with pytest.raises(BadInput, match="现场人数"):
        rules.check_heads(onsite=-1, online=0)
    with pytest.raises(BadInput, match="线上人数"):
        rules.check_heads(onsite=0, online=rules.MAX_HEADS + 1)


def test_returning_and_cancelling_need_a_reason() -> None:
    rules.check_reason(Status.APPROVED, "")
    for new_status in (Status.RETURNED, Status.WITHDRAWN):
        rules.check_reason(new_status, "照片不全")
        with pytest.raises(BadInput, match="原因"):
            rules.check_reason(new_status, "  ")


@pytest.mark.parametrize("number", ["2024-0001", "KP2024.07", "直通车-12", "A", "书院（3）"])
def test_a_number_that_fits_an_address_is_taken_over(number: str) -> None:
    rules.check_number(number)


@pytest.mark.parametrize("number", ["", "new", "2024/1", "a b", "-1", "?", "x" * 41, "2024-1\n", "..", "％"])
def test_a_number_that_would_break_an_address_is_refused(number: str) -> None:
    with pytest.raises(Refused, match="活动编号"):
        rules.check_number(number)
