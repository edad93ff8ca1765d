"""Booking what changed gives what booking everything anew gives, and looks at nothing else."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.core.dialects import TOUCHED
from activitylog.core.period import Period
from activitylog.publicity.models import Push
from activitylog.rollup.models import Actual, KeySum, Posting
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import post, post_anew
from activitylog.surveys.models import SealedCount
from tests.examples import examples
from tests.rollup.storing import NOW, Office
from tests.rollup.test_run import MONTHS, held, small_office
from tests.rollup.worlds import CAFE, UMBRELLA, YEAR, PushRow, RuleRow, World, activity_rows, worlds

FEW = examples(3, thorough=8)
_IDENTITY = ("indicator_id", "period", "source", "source_id", "key", "occurred_on", "amount", "base")


def books(session: Session) -> tuple[list[object], ...]:
    """All the books hold, but for when it was booked and under what numbers."""
    postings = select(*(getattr(Posting, name) for name in _IDENTITY))
    figures = select(*(column for column in Actual.__table__.c if column.name != "posted_at"))
    sums = select(KeySum.__table__).where(KeySum.amount != 0)
    return tuple(sorted(map(tuple, session.execute(rows)), key=repr) for rows in (postings, figures, sums))


def amounts(session: Session, *months: Period) -> list[int | None]:
    return [actuals(session, month)[0].amount for month in months]


def touched(session: Session) -> set[tuple[str, int]]:
    return {(row.source, row.source_id) for row in session.execute(select(TOUCHED))}


@given(world=worlds(), data=st.data())
@FEW
def test_booking_what_changed_equals_booking_anew(
    session: Session, world: World, data: st.DataObject
) -> None:
    session.rollback()
    office = Office(session, world)
    first, last = sorted(data.draw(st.lists(st.sampled_from(MONTHS), min_size=2, max_size=2)))
    post(session, first, now=NOW)
    if data.draw(st.booleans()):
        close_period(session, Period(YEAR, 1), by=None, now=NOW)
    for activity in office.activities:
        if data.draw(st.booleans()):
            office.rewrite(activity, data.draw(activity_rows()))
    for push in session.scalars(select(Push)).all():
        push.activity_id = data.draw(st.sampled_from([None, *(each.id for each in office.activities)]))
    if last == Period(YEAR, 1) and first == last:
        return
    post(session, max(last, Period(YEAR, 2)), now=NOW)
    changed = books(session)
    post_anew(session, max(last, Period(YEAR, 2)), now=NOW)
    assert changed == books(session)


def test_only_what_changed_is_looked_at(session: Session) -> None:
    office = small_office(session, "people_reached")
    unchanged = office.add_activity(held(date(YEAR, 1, 5)))
    edited = office.add_activity(held(date(YEAR, 1, 6)))
    post(session, MONTHS[2], now=NOW)
    office.rewrite(edited, held(date(YEAR, 1, 6), heads=77))
    post(session, MONTHS[2], now=NOW)
    looked_at = touched(session)
    assert ("activity", edited.id) in looked_at
    assert ("activity", unchanged.id) not in looked_at
    assert actuals(session, MONTHS[2])[0].amount == unchanged.audience_onsite + 77


def test_the_activity_an_article_was_moved_from_is_looked_at_again(session: Session) -> None:
    world = World(rules=[RuleRow(UMBRELLA, "releases_on_time")])
    world.activities = [held(date(YEAR, 1, 5)), held(date(YEAR, 1, 5))]
    world.pushes = [PushRow(CAFE, 0, 1, "", date(YEAR, 1, 6))]
    office = Office(session, world)
    post(session, MONTHS[0], now=NOW)
    session.scalars(select(Push)).one().activity_id = office.activities[1].id
    post(session, MONTHS[0], now=NOW)
    assert {("release", activity.id) for activity in office.activities} <= touched(session)


def test_a_month_new_to_the_books_takes_in_what_was_logged_long_before(session: Session) -> None:
    office = small_office(session, "people_reached")
    early = office.add_activity(held(date(YEAR, 6, 9), heads=30))
    post(session, MONTHS[2], now=NOW)
    assert actuals(session, MONTHS[2])[0].amount == 0
    post(session, MONTHS[6], now=NOW)
    assert actuals(session, MONTHS[6])[0].amount == early.audience_onsite == 30


def test_reopened_months_are_booked_anew_each_in_its_own(session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 1, 5), heads=10))
    post(session, MONTHS[0], now=NOW)
    close_period(session, MONTHS[0], by=None, now=NOW)
    office.add_activity(held(date(YEAR, 1, 6), heads=5))
    post(session, MONTHS[1], now=NOW)
    assert [row.amount for row in (actuals(session, MONTHS[0])[0], actuals(session, MONTHS[1])[0])] == [
        10,
        15,
    ]
    until = NOW.replace(day=9)
    reopen_period(session, MONTHS[0], reason="补记", until=until, by=None, now=NOW)
    post(session, MONTHS[1], now=NOW)
    assert [row.amount for row in (actuals(session, MONTHS[0])[0], actuals(session, MONTHS[1])[0])] == [
        15,
        15,
    ]
    assert {row.period for row in session.scalars(select(Posting))} == {MONTHS[0]}


def test_answers_of_a_survey_that_is_over_are_read_from_their_seal(session: Session) -> None:
    office = small_office(session, "satisfaction")
    row = held(date(YEAR, 1, 5))
    row.answers = (5, 4, 2)
    activity = office.add_activity(row)
    post(session, MONTHS[0], now=NOW)
    seal = session.get_one(SealedCount, activity.id)
    assert (seal.satisfied, seal.valid) == (2, 3)
    assert (actuals(session, MONTHS[0])[0].amount, actuals(session, MONTHS[0])[0].base) == (2, 3)


def test_an_activity_moved_to_another_day_breaks_its_seal(session: Session) -> None:
    office = small_office(session, "satisfaction")
    row = held(date(YEAR, 1, 5))
    row.answers = (5,)
    activity = office.add_activity(row)
    post(session, MONTHS[0], now=NOW)
    moved = held(NOW.date())
    office.rewrite(activity, moved)
    session.flush()
    post(session, MONTHS[0], now=NOW)
    assert session.get(SealedCount, activity.id, populate_existing=True) is None


def test_the_trail_is_what_tells_of_changes(session: Session) -> None:
    office = small_office(session, "people_reached")
    activity = office.add_activity(held(date(YEAR, 1, 5), heads=10))
    post(session, MONTHS[0], now=NOW)
    entries = session.scalars(select(AuditEntry.id)).all()
    session.execute(Activity.__table__.update().values(audience_onsite=99))
    post(session, MONTHS[0], now=NOW)
    assert session.scalars(select(AuditEntry.id)).all() == entries
    assert activity.audience_onsite == 10
    assert actuals(session, MONTHS[0])[0].amount == 10
