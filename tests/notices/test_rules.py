from datetime import UTC, datetime, time, timedelta

import pytest

from activitylog.accounts.rules import Role
from activitylog.core.period import SHANGHAI
from activitylog.notices.rules import (
    BACK_OFF,
    QUIET_HOURS,
    Kind,
    QuietHours,
    kinds_of,
    next_attempt,
    roles_of,
)

NOW = datetime(2024, 6, 12, 2, tzinfo=UTC)


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=SHANGHAI)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ((2024, 6, 12, 21, 59), None),
        ((2024, 6, 12, 22, 0), (2024, 6, 13, 7, 30)),
        ((2024, 6, 30, 23, 59), (2024, 7, 1, 7, 30)),
        ((2024, 7, 1, 0, 0), (2024, 7, 1, 7, 30)),
        ((2024, 12, 31, 22, 30), (2025, 1, 1, 7, 30)),
        ((2024, 7, 1, 7, 29), (2024, 7, 1, 7, 30)),
        ((2024, 7, 1, 7, 30), None),
    ],
)
def test_the_night_is_quiet_over_midnight_and_the_ends_of_months(
    moment: tuple[int, ...], end: tuple[int, ...] | None
) -> None:
    assert QUIET_HOURS.end_after(at(*moment)) == (at(*end) if end else None)


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = QuietHours(time(12), time(13, 30))
    assert noon.end_after(at(2024, 6, 12, 12, 30)) == at(2024, 6, 12, 13, 30)
    assert noon.end_after(at(2024, 6, 12, 11, 59)) is None
    assert QuietHours(time(8), time(8)).end_after(at(2024, 6, 12, 8)) is None


def test_a_role_gets_what_it_can_act_on() -> None:
    assert set(kinds_of(Role.ORGANIZER)) == {Kind.RETURNED, Kind.APPROVED, Kind.PLAN}
    assert set(kinds_of(Role.MANAGER)) == set(kinds_of(Role.ORGANIZER)) | {Kind.CLOSING, Kind.LETTER}
    assert set(kinds_of(Role.OFFICER)) == set(Kind)
    assert kinds_of(Role.AUDITOR) == ()
    assert roles_of(Kind.LETTER) == (Role.MANAGER, Role.OFFICER)


def test_failures_wait_longer_each_time_and_end() -> None:
    waits = [next_attempt(attempts, NOW) for attempts in range(1, len(BACK_OFF) + 2)]
    assert waits == [*(NOW + wait for wait in BACK_OFF), None]
    assert next_attempt(1, NOW, asked_for=timedelta(minutes=30)) == NOW + timedelta(minutes=30)
    assert next_attempt(1, NOW, asked_for=timedelta(days=30)) == NOW + timedelta(hours=12)
