"""Every night: the months whose time has come are closed, and the books are checked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from activitylog.core.actor import JOB
from activitylog.core.database import make_engine
from activitylog.core.period import Period, start_of_day
from activitylog.indicators.closings.models import Closing
from activitylog.projects.models import Project
from activitylog.rollup.jobs import run_nightly
from activitylog.rollup.models import Posting
from activitylog.rollup.periods.operations import close_due_months, close_period, reopen_period
from activitylog.rollup.queries import actors_of_year, actuals
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import findings
from activitylog.surveys.models import AnswerSum
from activitylog.surveys.results.jobs import sum_due_answers
from tests.databases import TRAIL_KEYS
from tests.rollup.test_run import held, small_office
from tests.rollup.worlds import YEAR

APRIL, MAY, DECEMBER = Period(YEAR, 4), Period(YEAR, 5), Period(YEAR, 12)
NEW_YEAR = datetime(YEAR, 12, 31, 18, 0, tzinfo=UTC)  # two in the morning in Shanghai


def night(month: int, day: int) -> datetime:
    """Half past three in Shanghai."""
    return datetime(YEAR, month, day, 19, 30, tzinfo=UTC) - timedelta(days=1)


@pytest.mark.parametrize(
    ("close_day", "day", "closes"), [(5, 4, False), (5, 5, True), (5, 20, True), (0, 20, False), (1, 1, True)]
)
def test_a_rolled_up_month_closes_itself_from_the_day_set(
    session: Session, close_day: int, day: int, closes: bool
) -> None:
    small_office(session, "people_reached")
    roll_up(session, MAY, now=night(6, 1))
    closed = close_due_months(session, close_day=close_day, now=night(6, day))
    assert (MAY in closed) is closes
    assert (session.get(Closing, MAY) is not None) is closes


def test_a_month_never_rolled_up_stays_open_for_people_to_see(session: Session) -> None:
    small_office(session, "people_reached")
    assert close_due_months(session, close_day=5, now=night(6, 9)) == ()


def test_a_reopened_month_is_not_closed_before_its_limit(session: Session) -> None:
    small_office(session, "people_reached")
    roll_up(session, MAY, now=night(6, 1))
    close_period(session, MAY, by=None, now=night(6, 5))
    reopen_period(session, MAY, reason="补", until=night(6, 20), by=None, now=night(6, 10))
    assert close_due_months(session, close_day=5, now=night(6, 15)) == ()
    assert close_due_months(session, close_day=5, now=night(6, 20)) == (MAY,)


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    yield sessionmaker(engine)
    engine.dispose()


def spend(sessions: sessionmaker[Session], *nights: datetime, close_day: int = 0) -> None:
    for moment in nights:
        run_nightly(sessions, holder="test", close_day=close_day, clock=lambda moment=moment: moment)


def amount(session: Session, month: Period) -> int | None:
    session.rollback()
    return actuals(session, month)[0].amount


def test_a_night_leaves_its_findings_for_the_office(
    sessions: sessionmaker[Session], session: Session
) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 4, 3)))
    roll_up(session, APRIL, now=night(5, 1))
    session.execute(text("UPDATE actual SET records = 5 WHERE period = '2024-02'"))
    session.commit()
    spend(sessions, night(5, 9), close_day=5)
    assert session.scalars(select(Closing.period)).all() == [Period(YEAR, n) for n in (1, 2, 3, 4)]
    assert {finding.period for finding in findings(session)} == {Period(YEAR, 2)}
    assert actuals(session, Period(YEAR, 2))[0].records == 0, "mended before it was closed"


def test_a_month_that_nobody_rolled_up_in_time_is_a_finding(
    sessions: sessionmaker[Session], session: Session
) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 4, 3)))
    roll_up(session, Period(YEAR, 3), now=night(4, 1))
    session.commit()
    spend(sessions, night(5, 9))
    assert {finding.period for finding in findings(session)} == {APRIL}


def test_what_was_entered_in_the_days_of_grace_is_in_the_month_that_closes_itself(
    sessions: sessionmaker[Session], session: Session
) -> None:
    office = small_office(session, "people_reached")
    roll_up(session, DECEMBER, now=NEW_YEAR)
    office.add_activity(held(date(YEAR, 12, 30), heads=80))
    session.commit()
    spend(sessions, NEW_YEAR + timedelta(days=4), close_day=5)
    assert session.get(Closing, DECEMBER) is not None
    assert amount(session, DECEMBER) == 80


def test_what_was_entered_before_a_person_closes_a_month_is_in_it(session: Session) -> None:
    office = small_office(session, "people_reached")
    roll_up(session, DECEMBER, now=NEW_YEAR)
    office.add_activity(held(date(YEAR, 12, 30), heads=80))
    close_period(session, DECEMBER, by=None, now=NEW_YEAR + timedelta(days=1))
    assert actuals(session, DECEMBER)[0].amount == 80


def test_a_past_year_filled_after_it_was_rolled_up_empty_gets_its_figures(
    sessions: sessionmaker[Session], session: Session
) -> None:
    office = small_office(session, "people_reached")
    later = NEW_YEAR.replace(year=YEAR + 1)
    roll_up(session, DECEMBER, now=later)
    assert actuals(session, DECEMBER)[0].amount == 0
    office.add_activity(held(date(YEAR, 3, 2), heads=30))
    session.commit()
    spend(sessions, later + timedelta(days=1))
    assert [amount(session, month) for month in (Period(YEAR, 2), Period(YEAR, 3), DECEMBER)] == [0, 30, 30]
    assert findings(session) == []


def test_rows_of_open_months_that_were_deleted_are_back_after_the_night(
    sessions: sessionmaker[Session], session: Session
) -> None:
    office = small_office(session, "people_reached")
    for month in (1, 2, 4):
        office.add_activity(held(date(YEAR, month, 3), heads=10))
    roll_up(session, APRIL, now=night(5, 1))
    session.execute(text("DELETE FROM posting WHERE period <> '2024-02'"))
    session.commit()
    spend(sessions, night(5, 9))
    assert session.scalar(select(func.count()).select_from(Posting)) == 3
    assert {finding.period for finding in findings(session)} >= {Period(YEAR, 1), APRIL}
    spend(sessions, night(5, 10))
    session.rollback()
    assert findings(session) == []


@pytest.mark.parametrize(
    ("declared_on", "closed"), [(date(YEAR, 1, 3), 12), (date(YEAR, 12, 30), 12), (date(YEAR + 1, 1, 20), 0)]
)
def test_closing_days_missed_while_the_machine_was_off_are_made_up_for(
    session: Session, declared_on: date, closed: int
) -> None:
    """Off from November to February, while December fell due; but a year declared after that stays open."""
    small_office(session, "people_reached")
    session.execute(update(Project).values(created_at=start_of_day(declared_on)))
    february = datetime(YEAR + 1, 2, 3, 19, 30, tzinfo=UTC)
    roll_up(session, DECEMBER, now=february)
    assert len(close_due_months(session, close_day=5, now=february)) == closed


def test_a_night_tells_the_months_pages_who_rolled_them_up(
    sessions: sessionmaker[Session], session: Session
) -> None:
    small_office(session, "people_reached")
    roll_up(session, APRIL, now=night(5, 1))
    session.commit()
    spend(sessions, night(5, 9))
    assert actors_of_year(session, YEAR).rolled_up_by(night(5, 9)) == JOB


def test_a_night_finds_sums_of_answers_that_are_wrong(
    sessions: sessionmaker[Session], session: Session
) -> None:
    office = small_office(session, "satisfaction")
    office.add_activity(replace(held(date(YEAR, 4, 3)), answers=(5, 5, 2)))
    roll_up(session, APRIL, now=night(5, 1))
    session.commit()
    nights = [night(5, day) for day in range(9, 21)]
    sum_due_answers(sessions, clock=lambda: nights[0])
    assert session.scalar(select(func.sum(AnswerSum.answers))) == 3
    assert findings(session) == []
    session.rollback()
    spend(sessions, nights[0])
    session.execute(update(AnswerSum).values(answers=7))
    session.commit()
    for moment in nights:
        spend(sessions, moment)
        session.rollback()
        if messages := [each.message for each in findings(session)]:
            break
    assert "重新清点是" in messages[0]
