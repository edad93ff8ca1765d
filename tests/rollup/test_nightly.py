"""Every night: the months whose time has come are closed, and the books are checked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from activitylog.core.database import make_engine
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.rollup.nightly import close_due_months, run_nightly
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import post
from activitylog.rollup.self_audit.audit import findings
from activitylog.surveys.models import AnswerSum
from tests.rollup.test_run import held, small_office
from tests.rollup.worlds import YEAR

APRIL, MAY = Period(YEAR, 4), Period(YEAR, 5)


def night(month: int, day: int) -> datetime:
    """Half past three in Shanghai."""
    return datetime(YEAR, month, day, 19, 30, tzinfo=UTC) - timedelta(days=1)


@pytest.mark.parametrize(
    ("close_day", "day", "closes"), [(5, 4, False), (5, 5, True), (5, 20, True), (0, 20, False), (1, 1, True)]
)
def test_a_booked_month_closes_itself_from_the_day_set(
    session: Session, close_day: int, day: int, closes: bool
) -> None:
    small_office(session, "people_reached")
    post(session, MAY, now=night(6, 1))
    closed = close_due_months(session, close_day=close_day, now=night(6, day))
    assert (MAY in closed) is closes
    assert (session.get(Closing, MAY) is not None) is closes


def test_a_month_never_booked_stays_open_for_people_to_see(session: Session) -> None:
    small_office(session, "people_reached")
    assert close_due_months(session, close_day=5, now=night(6, 9)) == ()


def test_a_reopened_month_is_not_closed_before_its_limit(session: Session) -> None:
    small_office(session, "people_reached")
    post(session, MAY, now=night(6, 1))
    close_period(session, MAY, by=None, now=night(6, 5))
    reopen_period(session, MAY, reason="补", until=night(6, 20), by=None, now=night(6, 10))
    assert close_due_months(session, close_day=5, now=night(6, 15)) == ()
    assert close_due_months(session, close_day=5, now=night(6, 20)) == (MAY,)


def test_a_night_leaves_its_findings_for_the_office(database_url: str, session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 4, 3)))
    post(session, APRIL, now=night(5, 1))
    session.execute(text("UPDATE actual SET records = 5 WHERE period = '2024-02'"))
    session.commit()
    engine = make_engine(database_url)
    run_nightly(sessionmaker(engine), close_day=5, clock=lambda: night(5, 9))
    engine.dispose()
    assert session.scalars(select(Closing.period)).all() == [Period(YEAR, n) for n in (1, 2, 3, 4)]
    assert {finding.period for finding in findings(session)} == {Period(YEAR, 2)}


def test_a_month_that_nobody_booked_in_time_is_a_finding(database_url: str, session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 4, 3)))
    post(session, Period(YEAR, 3), now=night(4, 1))
    session.commit()
    engine = make_engine(database_url)
    run_nightly(sessionmaker(engine), close_day=0, clock=lambda: night(5, 9))
    engine.dispose()
    assert {finding.period for finding in findings(session)} == {APRIL}


def test_a_night_sums_answers_and_finds_sums_that_are_wrong(database_url: str, session: Session) -> None:
    office = small_office(session, "satisfaction")
    office.add_activity(replace(held(date(YEAR, 4, 3)), answers=(5, 5, 2)))
    post(session, APRIL, now=night(5, 1))
    session.commit()
    engine = make_engine(database_url)
    nights = [night(5, day) for day in range(9, 21)]
    run_nightly(sessionmaker(engine), close_day=0, clock=lambda: nights[0])
    assert session.scalar(select(func.sum(AnswerSum.answers))) == 3
    assert findings(session) == []
    session.execute(update(AnswerSum).values(answers=7))
    session.commit()
    for moment in nights:
        run_nightly(sessionmaker(engine), close_day=0, clock=lambda moment=moment: moment)
        session.rollback()
        if messages := [each.message for each in findings(session)]:
            break
    engine.dispose()
    assert "重新清点是" in messages[0]
