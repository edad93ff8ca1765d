"""The posted totals corrected by the records that may have changed are those of all records."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status
from activitylog.activities.rules import Status
from activitylog.audit.capture import write_pending_entries
from activitylog.core.period import Period
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.models import Indicator
from activitylog.rollup.changes.live_totals import LiveTotalsById, differing_totals
from activitylog.rollup.live_figure import live_totals
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import answer
from tests.rollup.changes.test_record_changes import (
    ENTERED,
    LATER,
    NOW,
    answer_open_surveys,
    edit,
    edit_records,
    small_worlds,
)
from tests.rollup.stored_office import Office
from tests.rollup.worlds import YEAR, World
from tests.statements import statements

MAY, JUNE, AUGUST = Period(YEAR, 5), Period(YEAR, 6), Period(YEAR, 8)
some_edits = examples(5, thorough=15, shrinks=False)


def differing(session: Session, month: Period) -> LiveTotalsById:
    """The totals found to differ, all of them as they are from all records."""
    found, live = differing_totals(session, month, true()), live_totals(session, month)
    for row in actuals(session, month):
        expected = live.get(row.indicator_id)
        if row.indicator_id in found:
            assert found[row.indicator_id] == expected
        elif expected is not None:
            assert (row.amount, row.base, row.records) == (expected.amount, expected.base, expected.records)
    return found


@given(data=st.data(), world=small_worlds())
@some_edits
def test_corrected_totals_are_those_of_all_records(
    session: Session, data: st.DataObject, world: World
) -> None:
    with rolled_back(session):
        with time_machine.travel(ENTERED):
            office = Office(session, world)
            roll_up(session, AUGUST, now=NOW)
            if data.draw(st.booleans()):
                close_period(session, JUNE, by=None, now=NOW)
        with time_machine.travel(LATER):
            data.draw(st.sampled_from((edit, edit_records)))(office, data.draw)
            answer_open_surveys(office)
            write_pending_entries(session)
        check_months(session)
        with time_machine.travel(LATER):
            roll_up(session, AUGUST, now=LATER)
            check_months(session)
            edit_records(office, data.draw)
            write_pending_entries(session)
        check_months(session)


def check_months(session: Session) -> None:
    for month in (MAY, JUNE, AUGUST):
        differing(session, month)


ROLLED_UP = datetime(YEAR, 7, 1, 1, tzinfo=UTC)
ENTERED_JUNE = ROLLED_UP - timedelta(hours=26)  # so long before that the roll-up counted it for sure
NEXT_DAY = ROLLED_UP + timedelta(days=1)


@pytest.fixture
def indicators(session: Session) -> Iterator[dict[str, Indicator]]:
    """June rolled up: two activities, in one district, one article about both, and an answer."""
    with time_machine.travel(ENTERED_JUNE, tick=False):
        project = make_project(session, year=YEAR)
        measures = ("activities_held", "people_reached", "districts_covered", "pushes", "satisfaction")
        found = {measure: make_indicator(session, project, measure) for measure in measures}
        for day in (29, 30):
            activity = make_activity(
                session, project, held_on=date(YEAR, 6, day), districts=("310101",), now=ENTERED_JUNE
            )
            make_push(session, activity=activity, link="https://mp.weixin.qq.com/s/one")
        session.commit()
    with time_machine.travel(ROLLED_UP, tick=False):
        roll_up(session, JUNE, now=ROLLED_UP)
        session.commit()
    with time_machine.travel(NEXT_DAY, tick=False):
        yield found


def found_by_measure(session: Session, indicators: dict[str, Indicator]) -> dict[str, tuple[int, int]]:
    """Amount and records of each indicator found to differ."""
    found = differing(session, JUNE)
    return {
        measure: (totals.amount, totals.records)
        for measure, indicator in indicators.items()
        if (totals := found.get(indicator.id)) is not None
    }


def activities(session: Session) -> list[Activity]:
    return list(session.scalars(select(Activity).order_by(Activity.id)))


def test_nothing_but_answers_is_counted_where_nothing_changed(
    session: Session, indicators: dict[str, Indicator]
) -> None:
    with statements() as sent:
        assert differing_totals(session, JUNE, true()) == {}
    assert not any("JOIN activity_district" in each for each in sent)


def test_only_the_indicators_a_change_concerns_differ(
    session: Session, indicators: dict[str, Indicator]
) -> None:
    activities(session)[0].audience_onsite += 5
    session.commit()
    assert found_by_measure(session, indicators) == {"people_reached": (125, 2)}


def test_a_key_another_record_holds_is_not_taken_away(
    session: Session, indicators: dict[str, Indicator]
) -> None:
    first, second = activities(session)
    change_status(session, first, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复登记")
    session.commit()
    assert found_by_measure(session, indicators) == {
        "activities_held": (1, 1),
        "people_reached": (60, 1),
        "districts_covered": (1, 1),
    }
    change_status(session, second, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复登记")
    session.commit()
    assert found_by_measure(session, indicators)["districts_covered"] == (0, 0)


def test_answers_since_change_the_satisfaction(session: Session, indicators: dict[str, Indicator]) -> None:
    answer(session, activities(session)[1], overall=5, now=NEXT_DAY)
    session.commit()
    assert found_by_measure(session, indicators) == {"satisfaction": (1, 1)}


def test_a_changed_rule_counts_all_records_anew(session: Session, indicators: dict[str, Indicator]) -> None:
    set_rule(session, indicators["activities_held"], RuleDetails("pushes"), by=None, now=NEXT_DAY)
    session.commit()
    assert found_by_measure(session, indicators) == {"activities_held": (1, 2)}


def test_a_change_under_a_clock_that_was_set_back_is_found(
    session: Session, indicators: dict[str, Indicator]
) -> None:
    with time_machine.travel(ROLLED_UP - timedelta(hours=5), tick=False):
        activities(session)[0].audience_onsite += 5
        session.commit()
    assert found_by_measure(session, indicators) == {"people_reached": (125, 2)}


def test_a_closed_month_differs_by_what_a_later_one_adjusts(
    session: Session, indicators: dict[str, Indicator]
) -> None:
    close_period(session, JUNE, by=None, now=NEXT_DAY)
    activities(session)[0].audience_onsite += 5
    roll_up(session, Period(YEAR, 7), now=NEXT_DAY + timedelta(days=30))
    session.commit()
    with time_machine.travel(NEXT_DAY + timedelta(days=60), tick=False):
        assert found_by_measure(session, indicators) == {"people_reached": (125, 2)}
