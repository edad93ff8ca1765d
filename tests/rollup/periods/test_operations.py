"""Closed months refuse every change; a reopened one leaves its ended revision readable."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.errors import BadInput, PeriodClosed, Refused
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.indicators.figure_text import target_text
from activitylog.indicators.models import Rule
from activitylog.indicators.targets.operations import clear_plan, fill_by_event, set_plan
from activitylog.projects.models import Indicator
from activitylog.rollup.models import PastActual, PastPosting, Posting
from activitylog.rollup.periods.operations import (
    adjustment_notice,
    close_expired,
    close_period,
    is_reopening_open,
    period_digest,
    reopen_period,
)
from activitylog.rollup.queries import actuals, indicator_actual
from activitylog.rollup.run import roll_up
from tests.rollup.stored_office import NOW, Office
from tests.rollup.test_run import held, small_office
from tests.rollup.worlds import YEAR

MAY, JUNE, JULY = (Period(YEAR, month) for month in (5, 6, 7))
WEEK = timedelta(days=7)


def closed_office(session: Session) -> Office:
    """One activity of 80 heads in May, May and June closed."""
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 5, 30), heads=80))
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    session.commit()
    return office


def amounts(session: Session, *months: Period) -> list[int | None]:
    return [actuals(session, month)[0].amount for month in months]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE posting SET amount = amount + 1 WHERE period = '2024-05'",
        "UPDATE posting SET period = '2024-06' WHERE period = '2024-05'",
        "DELETE FROM posting WHERE period = '2024-05'",
        "INSERT INTO posting (indicator_id, period, source, source_id, key, occurred_on, amount, base)"
        " SELECT indicator_id, '2024-06', source, 99, key, occurred_on, amount, base FROM posting",
        "UPDATE actual SET amount = 1 WHERE period = '2024-05'",
        "DELETE FROM actual WHERE period = '2024-06'",
        "UPDATE closed_target SET target = '1' WHERE period = '2024-05'",
        "UPDATE closed_target SET period = '2024-07' WHERE period = '2024-05'",
        "DELETE FROM closed_target WHERE period = '2024-06'",
    ],
)
def test_postings_of_closed_months_refuse_every_change_also_from_outside(
    session: Session, change: str
) -> None:
    closed_office(session)
    with pytest.raises(DBAPIError, match="this month is closed"):
        session.execute(text(change))
    session.rollback()
    assert amounts(session, MAY, JUNE) == [80, 80]


@pytest.mark.parametrize("table", ["posting", "actual", "closed_target"])
def test_postings_of_closed_months_cannot_be_emptied(session: Session, table: str) -> None:
    closed_office(session)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    with pytest.raises(DBAPIError, match="this month is closed"):
        session.execute(text(f"DELETE FROM {table}" if is_sqlite else f"TRUNCATE {table}"))  # noqa: S608


def test_postings_of_open_months_take_changes_beside_closed_ones(session: Session) -> None:
    closed_office(session)
    roll_up(session, JULY, now=NOW)
    session.execute(text("UPDATE actual SET records = 7 WHERE period = '2024-07'"))
    assert actuals(session, JULY)[0].records == 7


def test_a_reopened_month_is_rolled_up_anew_and_its_old_revision_stays(session: Session) -> None:
    office = closed_office(session)
    office.add_activity(held(date(YEAR, 5, 31), heads=20))
    opened = reopen_period(session, MAY, reason="漏记一场", until=NOW + WEEK, by=None, now=NOW)
    assert opened == (MAY, JUNE)
    roll_up(session, MAY, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    assert amounts(session, MAY, JUNE) == [100, 100]
    assert session.get_one(Closing, MAY).revision == 2
    kept = session.scalars(select(PastPosting).where(PastPosting.period == MAY)).all()
    assert [(row.revision, row.amount) for row in kept] == [(1, 80)]
    old = session.scalars(select(PastActual.amount).order_by(PastActual.period)).all()
    assert old == [80, 80]
    why = session.scalars(select(Reopening.reason).where(Reopening.period == MAY)).all()
    assert why == ["漏记一场"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE past_posting SET amount = amount + 1",
        "DELETE FROM past_posting WHERE period = '2024-05'",
        "INSERT INTO past_posting"
        " (indicator_id, period, revision, source, source_id, key, occurred_on, amount, base)"
        " SELECT indicator_id, period, revision, source, 99, key, occurred_on, amount, base"
        " FROM past_posting",
        "UPDATE past_actual SET amount = 1 WHERE period = '2024-05'",
        "DELETE FROM past_actual WHERE period = '2024-06'",
    ],
)
def test_an_ended_revision_refuses_every_change_also_from_outside(session: Session, change: str) -> None:
    closed_office(session)
    reopen_period(session, MAY, reason="漏记一场", until=NOW + WEEK, by=None, now=NOW)
    session.commit()
    with pytest.raises(DBAPIError, match="this revision has ended"):
        session.execute(text(change))
    session.rollback()
    assert session.scalars(select(PastActual.amount)).all() == [80, 80]
    assert session.scalars(select(PastPosting.amount)).all() == [80]


@pytest.mark.parametrize("table", ["past_posting", "past_actual"])
def test_ended_revisions_cannot_be_emptied(session: Session, table: str) -> None:
    closed_office(session)
    reopen_period(session, MAY, reason="漏记一场", until=NOW + WEEK, by=None, now=NOW)
    session.commit()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    with pytest.raises(DBAPIError, match="this revision has ended"):
        session.execute(text(f"DELETE FROM {table}" if is_sqlite else f"TRUNCATE {table}"))  # noqa: S608


@pytest.mark.parametrize(
    ("reopened", "change", "refusal"),
    [
        (
            JUNE,
            "INSERT OR REPLACE INTO posting"
            " (id, indicator_id, period, source, source_id, key, occurred_on, amount, base)"
            " SELECT id, indicator_id, '2024-07', source, 99, key, occurred_on, amount, base FROM posting",
            "this month is closed",
        ),
        (JUNE, "UPDATE posting SET id = id + 1", "a posting keeps its id"),
        (
            MAY,
            "INSERT OR REPLACE INTO past_posting"
            " (id, indicator_id, period, revision, source, source_id, key, occurred_on, amount, base)"
            " SELECT id, indicator_id, period, 7, source, 99, key, occurred_on, amount, base"
            " FROM past_posting",
            "this revision has ended",
        ),
    ],
)
def test_replacing_a_row_is_refused_where_deleting_it_is(
    session: Session, reopened: Period, change: str, refusal: str
) -> None:
    """SQLite's REPLACE deletes without asking a trigger for deletes."""
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    closed_office(session)
    reopen_period(session, reopened, reason="漏记一场", until=NOW + WEEK, by=None, now=NOW)
    session.commit()
    before = session.execute(text("SELECT * FROM posting")).all()
    with pytest.raises(DBAPIError, match=refusal):
        session.execute(text(change))
    session.rollback()
    assert session.execute(text("SELECT * FROM posting")).all() == before


def test_a_closed_month_keeps_the_plan_it_was_closed_with(session: Session) -> None:
    closed_office(session)
    indicator = session.get_one(Indicator, actuals(session, MAY)[0].indicator_id)
    early, late = (fill_by_event(Decimal(str(indicator.target)), month) for month in (3, 9))

    def due(period: Period) -> bool | None:
        planned = indicator_actual(session, indicator.id, period).planned
        return None if planned is None else planned.reached > 0

    set_plan(session, indicator, early)
    assert [due(month) for month in (MAY, JUNE, JULY)] == [None, None, True]  # closed by an even share
    reopen_period(session, JUNE, reason="改计划", until=NOW + WEEK, by=None, now=NOW)
    assert [due(month) for month in (MAY, JUNE, JULY)] == [None, True, True]
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    set_plan(session, indicator, late)
    assert [due(month) for month in (MAY, JUNE, JULY)] == [None, True, False]
    clear_plan(session, indicator)
    assert [due(month) for month in (MAY, JUNE, JULY)] == [None, True, None]


def test_a_closed_month_keeps_the_target_and_unit_it_was_closed_with(session: Session) -> None:
    closed_office(session)
    indicator = session.get_one(Indicator, actuals(session, MAY)[0].indicator_id)
    before = [target_text(indicator_actual(session, indicator.id, month)) for month in (JUNE, JULY)]
    indicator.target, indicator.unit, indicator.operator = Decimal(3), "万人", ">"
    session.flush()
    after = [target_text(indicator_actual(session, indicator.id, month)) for month in (JUNE, JULY)]
    assert after == [before[0], ">3 万人"]
    reopen_period(session, JUNE, reason="改目标", until=NOW + WEEK, by=None, now=NOW)
    assert target_text(indicator_actual(session, indicator.id, JUNE)) == ">3 万人"


def test_a_closed_month_keeps_the_tolerance_it_was_closed_with(session: Session) -> None:
    closed_office(session)
    indicator_id = actuals(session, MAY)[0].indicator_id
    session.get_one(Rule, indicator_id).tolerance = Decimal(9)
    session.flush()
    assert [indicator_actual(session, indicator_id, month).tolerance for month in (JUNE, JULY)] == [0, 9]


def test_a_month_opened_twice_keeps_both_revisions(session: Session) -> None:
    office = closed_office(session)
    for heads in (5, 7):
        reopen_period(session, JUNE, reason="补", until=NOW + WEEK, by=None, now=NOW)
        office.add_activity(held(date(YEAR, 6, 1), heads=heads))
        roll_up(session, JUNE, now=NOW)
        close_period(session, JUNE, by=None, now=NOW)
    kept = select(PastActual.revision, PastActual.amount).where(PastActual.period == JUNE)
    assert session.execute(kept.order_by(PastActual.revision)).all() == [(1, 80), (2, 85)]
    assert (amounts(session, JUNE), session.get_one(Closing, JUNE).revision) == ([92], 3)


def test_reopening_needs_a_reason_a_limit_and_a_closed_month(session: Session) -> None:
    closed_office(session)
    with pytest.raises(BadInput, match="理由"):
        reopen_period(session, MAY, reason=" ", until=NOW + WEEK, by=None, now=NOW)
    for until in (NOW, NOW + timedelta(days=32)):
        with pytest.raises(BadInput, match="31 天以内"):
            reopen_period(session, MAY, reason="补", until=until, by=None, now=NOW)
    with pytest.raises(Refused, match="没有结账"):
        reopen_period(session, JULY, reason="补", until=NOW + WEEK, by=None, now=NOW)
    assert session.get(Closing, MAY) is not None


def test_a_reopened_month_closes_itself_when_its_time_is_over(session: Session) -> None:
    office = closed_office(session)
    reopen_period(session, MAY, reason="补", until=NOW + WEEK, by=None, now=NOW)
    office.add_activity(held(date(YEAR, 6, 2), heads=3))
    assert close_expired(session, now=NOW + WEEK - timedelta(seconds=1)) == ()
    assert close_expired(session, now=NOW + WEEK) == (MAY, JUNE)
    assert amounts(session, MAY, JUNE) == [80, 83]
    assert close_expired(session, now=NOW + 2 * WEEK) == ()


def test_a_month_opened_again_closes_itself_at_its_new_limit(session: Session) -> None:
    closed_office(session)
    for until in (NOW + 4 * WEEK, NOW + WEEK):
        reopen_period(session, JUNE, reason="补", until=until, by=None, now=NOW)
        assert is_reopening_open(session, JUNE, until - timedelta(seconds=1))
        assert not is_reopening_open(session, JUNE, until)
        roll_up(session, JUNE, now=NOW)
        if until != NOW + WEEK:
            close_period(session, JUNE, by=None, now=NOW)
    assert close_expired(session, now=NOW + WEEK) == (JUNE,)


def test_a_closed_month_refuses_rolling_up_until_it_is_opened(session: Session) -> None:
    closed_office(session)
    with pytest.raises(PeriodClosed):
        roll_up(session, JUNE, now=NOW)
    reopen_period(session, JUNE, reason="补", until=NOW + WEEK, by=None, now=NOW)
    assert roll_up(session, JUNE, now=NOW) == (JUNE,)


def test_the_digest_shows_any_change_of_a_closed_month(session: Session) -> None:
    closed_office(session)
    digest = session.get_one(Closing, MAY).digest
    assert period_digest(session, MAY) == digest
    session.execute(text("DELETE FROM closing WHERE period = '2024-05'"))
    posting = session.scalars(select(Posting).where(Posting.period == MAY)).one()
    posting.amount += 1
    session.flush()
    assert period_digest(session, MAY) != digest


def test_a_month_that_is_not_over_cannot_be_closed(session: Session) -> None:
    small_office(session, "people_reached")
    last_evening = datetime(YEAR, 5, 31, 15, 59, tzinfo=UTC)
    roll_up(session, MAY, now=last_evening)
    with pytest.raises(Refused, match="还没有过完"):
        close_period(session, MAY, by=None, now=last_evening)
    assert close_period(session, MAY, by=None, now=last_evening + timedelta(minutes=1))


def test_whoever_edits_a_closed_month_reads_where_the_change_will_go(session: Session) -> None:
    closed_office(session)
    assert "作为调整记入2024年7月" in adjustment_notice(session, [date(YEAR, 5, 3), None])
    assert adjustment_notice(session, [date(YEAR, 7, 1)]) == ""
    roll_up(session, Period(YEAR, 12), now=NOW)
    close_period(session, Period(YEAR, 12), by=None, now=NOW)
    assert "先反结账" in adjustment_notice(session, [date(YEAR, 5, 3)])
