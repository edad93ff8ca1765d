"""The books agree with an independent reckoning, whatever happens in whatever order."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period, year_periods
from activitylog.errors import PeriodClosed, Refused
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import aggregate
from activitylog.indicators.measures import BY_KEY
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.models import Actual, PastActual, PastPosting, Posting
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.databases import rolled_back
from tests.examples import examples
from tests.rollup.oracle import reckon, value
from tests.rollup.stored_office import NOW, Office
from tests.rollup.worlds import (
    CAFE,
    UMBRELLA,
    YEAR,
    ActivityRow,
    RuleRow,
    World,
    activity_rows,
    rule_rows,
    worlds,
)

MONTHS = year_periods(YEAR)
WEEK = timedelta(days=7)
thorough = examples(5, thorough=12, shrinks=False)


def snapshot(session: Session) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    postings = select(*(column for column in Posting.__table__.c if column.name != "id"))
    rolled_up = select(*(column for column in Actual.__table__.c if column.name != "posted_at"))
    return {tuple(row) for row in session.execute(postings)}, {
        tuple(row) for row in session.execute(rolled_up)
    }


def check_month(session: Session, office: Office, month: Period) -> None:
    """Every actual equals the oracle's, and the aggregation of the postings it is made of."""
    postings = defaultdict(list)
    for posting in session.scalars(select(Posting).where(Posting.period <= month)):
        postings[posting.indicator_id].append(posting)
    for row in actuals(session, month):
        check_actual(office, row, month)
        if row.measure is not None:
            figure = aggregate(row.measure.aggregation.kind, postings[row.indicator_id])
            assert (row.amount, row.base) == (figure.amount, figure.base)


def check_actual(office: Office, row: IndicatorActual, month: Period) -> None:
    number = [indicator.id for indicator in office.indicators].index(row.indicator_id)
    expected = reckon(office.world, number, month.last_day)
    measure = office.world.rules[number].measure
    if expected is None or measure is None:
        assert row.amount is None
        return
    assert (measure, row.amount, row.base) == (measure, *expected)
    if measure == "manual" and not _is_typed_in(office.world, number, month.last_day):
        assert row.figure is None  # nobody has typed anything in, not even 0
        return
    printed = None if row.figure is None else str(row.figure)
    assert (measure, printed) == (measure, value(measure, expected))


def _is_typed_in(world: World, indicator: int, last_day: date) -> bool:
    return any(row.indicator == indicator and row.entered_on <= last_day for row in world.manual)


@given(world=worlds())
@thorough
def test_every_actual_equals_an_independent_reckoning(session: Session, world: World) -> None:
    with rolled_back(session):
        office = Office(session, world)
        roll_up(session, MONTHS[-1], now=NOW)
        for month in MONTHS:
            check_month(session, office, month)
        for row in live_actuals(session, MONTHS[5]):
            check_actual(office, row, MONTHS[5])
        once = snapshot(session)
        roll_up(session, MONTHS[3], now=NOW)
        assert snapshot(session) == once


@st.composite
def years(draw: st.DrawFn) -> list[tuple[str, int, ActivityRow, RuleRow]]:
    """Steps of a year: a change of the records or rules, a closing or a reopening; a roll-up after each."""
    steps = st.sampled_from(["log", "edit", "edit", "withdraw", "rule", "close", "book", "reopen"])
    count = draw(st.integers(6, 12))
    return [
        (draw(steps), draw(st.integers(0, 40)), draw(activity_rows()), draw(rule_rows()))
        for _ in range(count)
    ]


@given(world=worlds(), steps=years())
@thorough
def test_a_closed_month_never_changes_and_the_open_ones_make_up_for_it(
    session: Session, world: World, steps: list[tuple[str, int, ActivityRow, RuleRow]]
) -> None:
    with rolled_back(session):
        office = Office(session, world)
        month, frozen = MONTHS[0], 0
        for step, number, activity, rule in steps:
            before = snapshot(session)
            ended = _ended_revisions(session)
            if step == "reopen" and frozen:
                month = MONTHS[number % frozen]
                frozen = month.month - 1
                reopen_period(session, month, reason="更正", until=NOW + WEEK, by=None, now=NOW)
            _change(office, step, number, activity, rule)
            session.flush()
            assert snapshot(session) == before
            roll_up(session, month, now=NOW)
            check_month(session, office, month)
            closed = {str(each) for each in MONTHS[:frozen]}
            assert _of(before, closed) == _of(snapshot(session), closed)
            assert ended <= _ended_revisions(session)
            if step == "close" and month < MONTHS[-1]:
                close_period(session, month, by=None, now=NOW)
                frozen = month.month
                month = month.next


def _ended_revisions(session: Session) -> set[tuple[object, ...]]:
    """Figures and postings of ended revisions."""
    tables = (PastPosting.__table__, PastActual.__table__)
    return {tuple(row) for table in tables for row in session.execute(select(table))}


def _change(office: Office, step: str, number: int, activity: ActivityRow, rule: RuleRow) -> None:
    if step == "log":
        office.world.activities.append(activity)
        office.activities.append(office.add_activity(activity))
    elif step == "rule":
        place = number % len(office.world.rules)
        rule.project = office.world.rules[place].project
        if rule.measure is not None and office.world.rules[place].measure is not None:
            office.change_rule(place, rule)
    elif office.activities and step in {"edit", "withdraw"}:
        place = number % len(office.activities)
        row = office.world.activities[place]
        if step == "withdraw":
            row.status = "withdrawn"
        else:
            answers, tally, is_approved = row.answers, row.tally, row.is_tally_approved
            vars(row).update(vars(activity))
            row.answers, row.tally, row.is_tally_approved = answers, tally, is_approved
        office.rewrite(office.activities[place], row)


def _of(snap: tuple[set[tuple[object, ...]], ...], periods: set[str]) -> list[set[tuple[object, ...]]]:
    return [{row for row in rows if str(row[1]) in periods or str(row[2]) in periods} for rows in snap]


def small_office(session: Session, *measures: str) -> Office:
    return Office(session, World(rules=[RuleRow(CAFE, measure) for measure in measures]))


def held(day: date, *, heads: int = 100) -> ActivityRow:
    return ActivityRow(
        project=CAFE,
        status="approved",
        kinds=(),
        form="讲座",
        venue_kind="",
        districts=("310101",),
        planned_on=None,
        held_on=day,
        onsite=heads,
        online=0,
        quality=True,
        answers=(),
        tally=None,
    )


def test_a_record_logged_after_closing_is_an_adjustment_of_the_next_open_month(session: Session) -> None:
    office = small_office(session, "people_reached")
    office.add_activity(held(date(YEAR, 5, 30), heads=80))
    roll_up(session, Period(YEAR, 5), now=NOW)
    close_period(session, Period(YEAR, 5), by=None, now=NOW)
    office.add_activity(held(date(YEAR, 5, 31), heads=20))
    roll_up(session, Period(YEAR, 6), now=NOW)
    may, june = actuals(session, Period(YEAR, 5))[0], actuals(session, Period(YEAR, 6))[0]
    assert (may.amount, may.records, may.adjustments) == (80, 1, 0)
    assert (june.amount, june.records, june.adjustments) == (100, 2, 1)


def test_a_record_withdrawn_after_closing_is_taken_back_in_the_next_open_month(session: Session) -> None:
    office = small_office(session, "activities_held", "districts_covered")
    activity = office.add_activity(held(date(YEAR, 1, 31)))
    roll_up(session, Period(YEAR, 1), now=NOW)
    close_period(session, Period(YEAR, 1), by=None, now=NOW)
    row = held(date(YEAR, 1, 31))
    row.status = "withdrawn"
    office.rewrite(activity, row)
    roll_up(session, Period(YEAR, 2), now=NOW)
    assert [row.amount for row in actuals(session, Period(YEAR, 1))] == [1, 1]
    assert [(row.amount, row.records) for row in actuals(session, Period(YEAR, 2))] == [(0, 0), (0, 0)]


def test_rolling_up_a_month_brings_the_open_months_before_it_up_to_date(session: Session) -> None:
    office = small_office(session, "activities_held")
    roll_up(session, Period(YEAR, 3), now=NOW)
    office.add_activity(held(date(YEAR, 2, 29)))
    assert roll_up(session, Period(YEAR, 4), now=NOW) == MONTHS[:4]
    amounts = [actuals(session, month)[0].amount for month in MONTHS[:4]]
    assert amounts == [0, 1, 1, 1]


def test_an_umbrella_counts_an_article_pushed_by_two_children_once(session: Session) -> None:
    world = World(rules=[RuleRow(UMBRELLA, "pushes"), RuleRow(CAFE, "pushes")])
    from tests.rollup.worlds import DELIVERY, PushRow

    world.pushes = [
        PushRow(project, None, 1, "", date(YEAR, 3, 3) + timedelta(days=late))
        for late, project in enumerate((CAFE, DELIVERY))
    ]
    Office(session, world)
    roll_up(session, Period(YEAR, 3), now=NOW)
    assert sorted((row.amount, row.records) for row in actuals(session, Period(YEAR, 3))) == [(1, 1), (1, 2)]


def test_a_closed_month_refuses_to_be_rolled_up_or_closed_again(session: Session) -> None:
    small_office(session, "activities_held")
    roll_up(session, Period(YEAR, 2), now=NOW)
    assert close_period(session, Period(YEAR, 2), by=None, now=NOW) == MONTHS[:2]
    with pytest.raises(PeriodClosed, match="2024年2月已经结账"):
        roll_up(session, Period(YEAR, 2), now=NOW)
    with pytest.raises(PeriodClosed, match="2024年1月已经结账，不必再结"):
        close_period(session, Period(YEAR, 1), by=None, now=NOW)


def test_a_month_never_rolled_up_cannot_be_closed(session: Session) -> None:
    small_office(session, "activities_held")
    with pytest.raises(Refused, match="还没有汇总"):
        close_period(session, Period(YEAR, 2), by=None, now=NOW)


def test_a_rate_with_nothing_to_divide_by_is_no_figure(session: Session) -> None:
    small_office(session, "satisfaction")
    roll_up(session, Period(YEAR, 1), now=datetime(YEAR, 2, 1, tzinfo=UTC))
    row = actuals(session, Period(YEAR, 1))[0]
    assert (row.amount, row.base, row.value, row.is_reached, row.status) == (0, 0, None, None, None)


def test_every_measure_has_a_reckoning_of_its_own() -> None:
    from tests.rollup.oracle import RECKONINGS

    assert set(BY_KEY) == set(RECKONINGS) | {"manual"}


def test_a_year_with_nothing_declared_cannot_be_rolled_up(session: Session) -> None:
    with pytest.raises(Refused, match="2024年还没有申报表"):
        roll_up(session, Period(YEAR, 6), now=NOW)
