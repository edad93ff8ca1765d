"""Rolling up writes the rows that differ, whatever changed, and leaves what rolling up from nothing would."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.publicity.models import Push
from activitylog.rollup.models import Actual, Posting
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.rollup.stored_office import NOW, Office
from tests.rollup.test_run import MONTHS, held, small_office
from tests.rollup.worlds import CAFE, UMBRELLA, YEAR, PushRow, RuleRow, World, activity_rows, worlds

FEW = hypothesis_settings(
    phases=(Phase.explicit, Phase.generate),
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_IDENTITY = ("indicator_id", "period", "source", "source_id", "key", "occurred_on", "amount", "base")


def books(session: Session) -> tuple[list[object], ...]:
    """All postings and actuals, but for moments and ids."""
    postings = select(*(getattr(Posting, name) for name in _IDENTITY))
    figures = select(*(column for column in Actual.__table__.c if column.name != "posted_at"))
    return tuple(sorted(map(tuple, session.execute(rows)), key=repr) for rows in (postings, figures))


def amounts(session: Session, *months: Period) -> list[int | None]:
    return [actuals(session, month)[0].amount for month in months]


def postings(session: Session) -> dict[int, int]:
    """The number of the row that each record's posting has."""
    return {row.source_id: row.id for row in session.execute(select(Posting.source_id, Posting.id))}


@given(world=worlds(), data=st.data())
@FEW
def test_rolling_up_again_leaves_what_rolling_up_from_nothing_does(
    session: Session, world: World, data: st.DataObject
) -> None:
    session.rollback()
    office = Office(session, world)
    first, last = sorted(data.draw(st.lists(st.sampled_from(MONTHS), min_size=2, max_size=2)))
    roll_up(session, first, now=NOW)
    if data.draw(st.booleans()):
        close_period(session, Period(YEAR, 1), by=None, now=NOW)
    for activity in office.activities:
        if data.draw(st.booleans()):
            office.rewrite(activity, data.draw(activity_rows()))
    for push in session.scalars(select(Push)).all():
        push.activity_id = data.draw(st.sampled_from([None, *(each.id for each in office.activities)]))
    last = max(last, Period(YEAR, 2))
    roll_up(session, last, now=NOW)
    again = books(session)
    closed = session.scalars(select(Closing.period)).all()
    for table in (Posting, Actual):
        session.execute(delete(table).where(table.period.not_in(closed)))
    roll_up(session, last, now=NOW)
    assert again == books(session)


def test_only_what_differs_is_written(session: Session) -> None:
    office = small_office(session, "people_reached")
    edited = office.add_activity(held(date(YEAR, 1, 6)))
    unchanged = office.add_activity(held(date(YEAR, 1, 5)))
    roll_up(session, MONTHS[2], now=NOW)
    before = postings(session)
    office.rewrite(edited, held(date(YEAR, 1, 6), heads=77))
    roll_up(session, MONTHS[2], now=NOW)
    assert postings(session)[unchanged.id] == before[unchanged.id]
    assert amounts(session, MONTHS[2]) == [unchanged.audience_onsite + 77]


def test_a_run_that_changes_nothing_says_that_the_figures_are_of_its_moment(session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 1, 5)))
    roll_up(session, MONTHS[1], now=NOW)
    close_period(session, MONTHS[0], by=None, now=NOW)
    later = NOW + timedelta(days=1)
    before = books(session), postings(session)
    roll_up(session, MONTHS[1], now=later)
    assert (books(session), postings(session)) == before
    assert [actuals(session, month)[0].posted_at for month in MONTHS[:2]] == [NOW, later]


def test_an_article_moved_to_another_activity_counts_there_and_no_longer_here(session: Session) -> None:
    world = World(rules=[RuleRow(UMBRELLA, "releases_on_time"), RuleRow(UMBRELLA, "activities_pushed")])
    world.activities = [held(date(YEAR, 1, 5)), held(date(YEAR, 1, 5))]
    world.pushes = [PushRow(CAFE, 0, 1, "", date(YEAR, 1, 6))]
    office = Office(session, world)
    roll_up(session, MONTHS[0], now=NOW)
    session.scalars(select(Push)).one().activity_id = office.activities[1].id
    roll_up(session, MONTHS[0], now=NOW)
    on_time = select(Posting.source_id).where(Posting.source == "release", Posting.amount == 1)
    pushed = select(Posting.key).where(Posting.source == "push")
    assert session.scalars(on_time).all() == [office.activities[1].id]
    assert session.scalars(pushed).all() == [str(office.activities[1].id)]


def test_a_month_new_to_the_postings_takes_in_what_was_logged_long_before(session: Session) -> None:
    office = small_office(session, "people_reached")
    early = office.add_activity(held(date(YEAR, 6, 9), heads=30))
    roll_up(session, MONTHS[2], now=NOW)
    assert amounts(session, MONTHS[2]) == [0]
    roll_up(session, MONTHS[6], now=NOW)
    assert amounts(session, MONTHS[6]) == [early.audience_onsite] == [30]


def test_a_rule_changed_where_nothing_is_counted_changes_the_figures_measure(session: Session) -> None:
    office = small_office(session, "people_reached")
    roll_up(session, MONTHS[0], now=NOW)
    office.change_rule(0, RuleRow(CAFE, "quality_rate"))
    roll_up(session, MONTHS[0], now=NOW)
    actual = session.scalars(select(Actual)).one()
    assert (actual.measure, actual.amount, actual.base) == ("quality_rate", 0, 0)


def test_reopened_months_hold_each_its_own_again(session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 1, 5), heads=10))
    roll_up(session, MONTHS[0], now=NOW)
    close_period(session, MONTHS[0], by=None, now=NOW)
    office.add_activity(held(date(YEAR, 1, 6), heads=5))
    roll_up(session, MONTHS[1], now=NOW)
    assert amounts(session, MONTHS[0], MONTHS[1]) == [10, 15]
    until = NOW.replace(day=9)
    reopen_period(session, MONTHS[0], reason="补记", until=until, by=None, now=NOW)
    roll_up(session, MONTHS[1], now=NOW)
    assert amounts(session, MONTHS[0], MONTHS[1]) == [15, 15]
    assert {row.period for row in session.scalars(select(Posting))} == {MONTHS[0]}


def test_answers_and_their_exclusion_count_at_the_next_roll_up(session: Session) -> None:
    office = small_office(session, "satisfaction")
    office.add_activity(replace(held(date(YEAR, 1, 5)), answers=(5, 4, 2)))
    roll_up(session, MONTHS[0], now=NOW)
    actual = actuals(session, MONTHS[0])[0]
    assert (actual.amount, actual.base) == (2, 3)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM posting WHERE period = '2024-02'",
        "DELETE FROM posting WHERE period = '2024-03'",
        "UPDATE posting SET amount = amount + 1 WHERE period = '2024-03'",
        "UPDATE posting SET source_id = source_id + 1000 WHERE period = '2024-03'",
        "UPDATE posting SET period = '2024-02' WHERE period = '2024-03'",
        "UPDATE posting SET period = '2024-09' WHERE period = '2024-03'",
        "INSERT INTO posting (indicator_id, period, source, source_id, key, occurred_on, amount, base)"
        " SELECT indicator_id, period, source, source_id, 'twice', occurred_on, amount, base FROM posting"
        " WHERE period <> '2024-01'",
        "INSERT INTO posting (indicator_id, period, source, source_id, key, occurred_on, amount, base)"
        " SELECT indicator_id, '2024-09', source, source_id, key, occurred_on, amount, base FROM posting",
        "DELETE FROM actual WHERE period = '2024-02'",
        "DELETE FROM actual WHERE period <> '2024-01'",
    ],
)
def test_damage_in_open_months_is_mended(session: Session, damage: str) -> None:
    office = small_office(session, "people_reached", "districts_covered", "quality_rate")
    for month in (1, 2, 3):
        office.add_activity(held(date(YEAR, month, 5), heads=10 * month))
    roll_up(session, MONTHS[0], now=NOW)
    close_period(session, MONTHS[0], by=None, now=NOW)
    roll_up(session, MONTHS[2], now=NOW)
    sound = books(session)
    session.execute(text(damage))
    assert books(session) != sound
    roll_up(session, MONTHS[2], now=NOW)
    assert books(session) == sound


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM posting WHERE period = '2024-01'",
        "UPDATE posting SET amount = amount + 1 WHERE period = '2024-01'",
        "UPDATE actual SET amount = 7 WHERE period = '2024-01'",
    ],
)
def test_damage_in_closed_months_is_refused(session: Session, damage: str) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 1, 5)))
    roll_up(session, MONTHS[0], now=NOW)
    close_period(session, MONTHS[0], by=None, now=NOW)
    with pytest.raises(DBAPIError, match="this month is closed"), session.begin_nested():
        session.execute(text(damage))


def test_what_changed_behind_the_audit_trail_counts_as_well(session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 1, 5), heads=10))
    roll_up(session, MONTHS[0], now=NOW)
    session.execute(Activity.__table__.update().values(audience_onsite=99))
    roll_up(session, MONTHS[0], now=NOW)
    assert amounts(session, MONTHS[0]) == [99]
