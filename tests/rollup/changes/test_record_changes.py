"""The differences of all records sum to the figure now less the figure then, whatever was changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.audit.capture import write_pending_entries
from activitylog.core.period import Period
from activitylog.indicators.aggregation import aggregate
from activitylog.projects.models import Indicator
from activitylog.publicity.models import Push
from activitylog.rollup.changes.postings import posted_figure
from activitylog.rollup.changes.queries import ChangesSince, changes_since
from activitylog.rollup.changes.record_changes import record_changes
from activitylog.rollup.models import Posting
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.surveys.models import Response
from tests.databases import rolled_back
from tests.examples import examples
from tests.rollup.stored_office import Office
from tests.rollup.worlds import UMBRELLA, YEAR, RuleRow, World, activity_rows, rule_rows, worlds

NOW, LATER = datetime(YEAR, 9, 1, tzinfo=UTC), datetime(YEAR, 9, 2, tzinfo=UTC)
ENTERED = NOW - timedelta(days=3)  # so long before the roll-up that it has counted all of it
UNTIL = datetime(YEAR, 9, 5, tzinfo=UTC)
MAY, JUNE, AUGUST = Period(YEAR, 5), Period(YEAR, 6), Period(YEAR, 8)
TOTALS = ("activities_held", "people_reached")
DISTINCT = ("districts_covered", "push_batches", "activities_pushed")
RATES = ("quality_rate", "satisfaction", "everything_on_time")
some_edits = examples(5, thorough=12, shrinks=False)


@st.composite
def small_worlds(draw: st.DrawFn) -> World:
    """Random records under an indicator of each kind of aggregation, and one that counts at random."""
    world = draw(worlds())
    kinds = [draw(st.sampled_from(kind)) for kind in (TOTALS, DISTINCT, RATES)]
    world.rules = [*(RuleRow(UMBRELLA, measure) for measure in kinds), draw(rule_rows())]
    for row in world.manual:
        row.indicator %= len(world.rules)
    return world


def edit(office: Office, draw: Any) -> None:
    """Edit records, and count one indicator otherwise."""
    edit_records(office, draw)
    last = len(office.world.rules) - 1
    new = draw(rule_rows())
    new.measure = draw(st.sampled_from((office.world.rules[last].measure, new.measure)))
    office.change_rule(last, new)
    office.session.flush()


def edit_records(office: Office, draw: Any) -> None:
    """Rewrite or withdraw activities, add some, withdraw or restore articles."""
    for activity in office.activities:
        match draw(st.sampled_from(("keep", "keep", "rewrite", "withdraw"))):
            case "rewrite":
                office.rewrite(activity, draw(activity_rows()))
            case "withdraw":
                activity.status = Status.WITHDRAWN
    for row in draw(st.lists(activity_rows(), max_size=2)):
        office.add_activity(row)
    for push in office.session.scalars(select(Push)):
        if draw(st.booleans()):
            push.withdrawn_at = None if push.withdrawn_at else NOW
    office.session.flush()


def check(session: Session, office: Office, *months: Period, revision: int | None = None) -> None:
    for month in months:
        for indicator in office.indicators:
            posted = posted_figure(session, indicator.id, month, revision)
            assert posted is not None
            changes = changes_since(session, indicator, posted)
            if posted.row.measure is not None and changes.is_comparable:
                check_sums(changes, postings(session, indicator, month))


def check_sums(changes: ChangesSince, held: list[Posting]) -> None:
    """Then and now come from the postings and from the facts, what is rolled up by now from Python."""
    then, now = changes.posted.row, changes.now
    assert then.measure is not None
    assert then.amount is not None
    assert now.amount is not None
    assert sum(each.counted for each in changes.changed) == now.amount - then.amount
    rolled_up = aggregate(then.measure.aggregation.kind, held)
    assert changes.rolled_up.counted == rolled_up.amount - then.amount
    if rolled_up.base is not None:
        assert sum(each.base for each in changes.changed) == (now.base or 0) - (then.base or 0)
        assert changes.rolled_up.base == rolled_up.base - (then.base or 0)
    assert changes.is_proven
    assert all((each.counted, each.base) == (0, 0) for each in changes.records if not each.is_changed)


def postings(session: Session, indicator: Indicator, month: Period) -> list[Posting]:
    """All postings by now of days up to the month."""
    wanted = (Posting.indicator_id == indicator.id, Posting.occurred_on <= month.last_day)
    return list(session.scalars(select(Posting).where(*wanted)))


@given(data=st.data(), world=small_worlds())
@some_edits
def test_the_listed_differences_sum_to_now_less_then(
    session: Session, data: st.DataObject, world: World
) -> None:
    with rolled_back(session):
        office = Office(session, world)
        roll_up(session, JUNE, now=NOW)
        is_closed = data.draw(st.booleans())
        if is_closed:
            close_period(session, JUNE, by=None, now=NOW)
        edit(office, data.draw)
        check(session, office, JUNE)
        roll_up(session, AUGUST, now=LATER)
        edit(office, data.draw)
        check(session, office, JUNE, AUGUST)
        if is_closed:
            reopen_period(session, MAY, reason="漏记", until=UNTIL, by=None, now=LATER)
            roll_up(session, JUNE, now=LATER)
            edit(office, data.draw)
            check(session, office, JUNE, revision=1)


def answer_open_surveys(office: Office) -> None:
    """One more answer to every activity of the last days; the trail does not record answers."""
    for activity in office.activities:
        if activity.happens_on >= LATER.date() - timedelta(days=3):
            office.session.add(
                Response(
                    activity_id=activity.id,
                    nonce="later",
                    overall=5,
                    questionnaire="default-1",
                    submitted_at=LATER,
                )
            )
    office.session.flush()


@given(data=st.data(), world=small_worlds())
@some_edits
def test_comparing_what_the_trail_names_finds_every_change(
    session: Session, data: st.DataObject, world: World
) -> None:
    with rolled_back(session):
        with time_machine.travel(ENTERED):
            office = Office(session, world)
            roll_up(session, AUGUST, now=NOW)
        with time_machine.travel(LATER):
            edit_records(office, data.draw)
            answer_open_surveys(office)
            write_pending_entries(session)
        for indicator in office.indicators:
            posted = posted_figure(session, indicator.id, AUGUST)
            assert posted is not None
            changes = changes_since(session, indicator, posted)
            has_entry = changes.entries.has_entry
            all_compared = record_changes(session, posted.rows, posted.row.measure, also=has_entry)
            by_record = {(each.source, each.source_id): each for each in changes.records}
            assert by_record == {(each.source, each.source_id): each for each in all_compared}
