"""A year that rounds before it compares, and until when that may be said."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.core.period import Period
from activitylog.errors import Refused
from activitylog.indicators.years.operations import set_rounding
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from tests.factories.accounts import NOW, make_user
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.factories.trail import last

DECEMBER = Period(2024, 12)


@pytest.mark.parametrize(
    ("part", "promised", "exactly", "rounded_first"),
    [
        ((22_499, 25_000), "≥90", ("89.99", False), ("90.00", True)),  # 89.996
        ((22_498, 25_000), "≥90", ("89.99", False), ("89.99", False)),  # 89.992
        ((20_000, 20_001), "=100", ("99.99", False), ("100.00", True)),
        ((22_501, 25_000), "≤90", ("90.01", False), ("90.00", True)),  # 90.004
        ((22_501, 25_000), ">90", ("90.01", True), ("90.00", False)),
        ((1, 30_000), ">0", ("0.01", True), ("0.00", False)),
    ],
)
def test_a_year_that_rounds_first_compares_what_it_prints(
    session: Session,
    part: tuple[int, int],
    promised: str,
    exactly: tuple[str, bool],
    rounded_first: tuple[str, bool],
) -> None:
    project = make_project(session)
    make_indicator(session, project, "satisfaction", target=promised[1:], unit="%", operator=promised[0])
    for first, expected in ((False, exactly), (True, rounded_first)):
        set_rounding(session, 2024, rounds_first=first, by=make_user(session, role=Role.OFFICER), now=NOW)
        row = replace(live_actuals(session, DECEMBER)[0], amount=part[0], base=part[1])
        assert (row.plain_value, row.is_reached) == expected


def test_a_booked_figure_follows_and_another_year_does_not(session: Session) -> None:
    officer = make_user(session, role=Role.OFFICER)
    indicators = [
        make_indicator(session, make_project(session, year=year), "satisfaction", target="90", unit="%")
        for year in (2023, 2024)
    ]
    for year in (2023, 2024):
        roll_up(session, Period(year, 6), now=NOW)
    set_rounding(session, 2024, rounds_first=True, by=officer, now=NOW)
    rows = [
        indicator_actual(session, indicator.id, Period(year, 6))
        for indicator, year in zip(indicators, (2023, 2024), strict=True)
    ]
    assert [row.rounds_first for row in rows] == [False, True]
    session.commit()
    assert last(session, "year_rounding").changes == {"rounds_first": (None, True)}


def test_a_year_with_a_closed_month_keeps_its_method(session: Session) -> None:
    make_indicator(session, make_project(session), "satisfaction", target="90", unit="%")
    roll_up(session, Period(2024, 1), now=NOW)
    close_period(session, Period(2024, 1), by=None, now=NOW)
    with pytest.raises(Refused, match="2024年已有月份结账"):
        set_rounding(session, 2024, rounds_first=True, by=make_user(session), now=NOW)
    set_rounding(session, 2024, rounds_first=False, by=make_user(session), now=NOW)  # as it is
