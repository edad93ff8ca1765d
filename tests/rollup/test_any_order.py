"""Anything people do to a year's records and months, in any order: what stays true after every step."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from activitylog.audit.capture import write_pending_entries
from activitylog.core.period import Period
from activitylog.errors import IllegalChange
from activitylog.indicators.aggregation import aggregate
from activitylog.indicators.closings.queries import closed_months
from activitylog.indicators.measures import BY_KEY
from activitylog.publicity.models import Push
from activitylog.rollup.drilldown import contributions_to
from activitylog.rollup.models import ROLL_UP, Actual, JobRun, Posting
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import run_self_audit
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.models import Response
from activitylog.surveys.rules import ExclusionStep
from tests.examples import examples
from tests.rollup.oracle import Figure, reckon
from tests.rollup.stored_office import NOW, Office
from tests.rollup.worlds import (
    CAFE,
    DELIVERY,
    UMBRELLA,
    YEAR,
    ActivityRow,
    PushRow,
    RuleRow,
    World,
    activity_rows,
    approvals,
    children,
    days,
)

pytestmark = pytest.mark.long

MONTHS = list(Period(YEAR, 1).through(Period(YEAR, 12)))
RULES = (
    RuleRow(UMBRELLA, "people_reached", includes_online=True),
    RuleRow(UMBRELLA, "districts_covered"),
    RuleRow(DELIVERY, "activities_on_time", kinds=("下乡服务",)),
    RuleRow(UMBRELLA, "satisfaction"),
    RuleRow(CAFE, "pushes"),
    RuleRow(UMBRELLA, "everything_on_time"),
)
OTHER_RULES = (
    RuleRow(CAFE, "activities_held"),
    RuleRow(CAFE, "push_batches"),
    RuleRow(CAFE, None),
    RULES[4],
)
months = st.sampled_from([MONTHS[0], MONTHS[1], MONTHS[2], MONTHS[6], MONTHS[11]])


class Year(RuleBasedStateMachine):
    """One office's year, never committed; `rolled_up` are expected figures by month."""

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.session.rollback()
        self.office = Office(self.session, World(rules=list(RULES)))
        self.world = self.office.world
        self.session.add_all(
            JobRun(job=ROLL_UP, period=month, holder="test", started_at=NOW, is_done=True) for month in MONTHS
        )
        self.session.flush()
        self.rolled_up: dict[Period, list[Figure | None]] = {}
        self.frozen: dict[Period, list[object]] = {}

    def teardown(self) -> None:
        self.session.rollback()

    # what people do to records

    @rule(row=activity_rows())
    def log(self, row: ActivityRow) -> None:
        self.world.activities.append(row)
        self.office.activities.append(self.office.add_activity(row))
        self.session.flush()

    @precondition(lambda self: self.world.activities)
    @rule(data=st.data(), row=activity_rows())
    def edit(self, data: st.DataObject, row: ActivityRow) -> None:
        number = self._some_activity(data)
        old = self.world.activities[number]
        self._write(number, replace(row, answers=old.answers, tally=old.tally, excluded=old.excluded))

    @precondition(lambda self: self.world.activities)
    @rule(data=st.data(), status=st.sampled_from(["approved", "withdrawn"]))
    def approve_or_withdraw(self, data: st.DataObject, status: str) -> None:
        number = self._some_activity(data)
        row = self.world.activities[number]
        self._write(number, replace(row, status=status, held_on=row.held_on or row.planned_on))

    @precondition(lambda self: self.world.activities)
    @rule(data=st.data(), overall=st.integers(1, 5))
    def answer(self, data: st.DataObject, overall: int) -> None:
        number = self._some_activity(data)
        row = self.world.activities[number]
        response = Response(
            activity_id=self.office.activities[number].id,
            nonce=f"late {len(row.answers)}",
            overall=overall,
            questionnaire="default-1",
            submitted_at=NOW,
        )
        self.world.activities[number] = replace(row, answers=(*row.answers, overall))
        self.session.add(response)
        self.session.flush()

    @precondition(lambda self: any(row.answers for row in self.world.activities))
    @rule(data=st.data(), step=st.sampled_from([ExclusionStep.EXCLUDED, ExclusionStep.INCLUDED]))
    def decide_exclusion(self, data: st.DataObject, step: ExclusionStep) -> None:
        answered = [number for number, row in enumerate(self.world.activities) if row.answers]
        number = data.draw(st.sampled_from(answered))
        row, activity = self.world.activities[number], self.office.activities[number]
        places = data.draw(st.sets(st.integers(0, len(row.answers) - 1), min_size=1))
        is_excluding = step is ExclusionStep.EXCLUDED
        moved = places - row.excluded if is_excluding else places & row.excluded
        mine = select(Response.id).where(Response.activity_id == activity.id).order_by(Response.id)
        ids = self.session.scalars(mine).all()
        chosen = Response.id.in_([ids[place] for place in places])
        if not moved:
            with pytest.raises(IllegalChange):
                decide_exclusion(self.session, activity, step, chosen, reason="核对", by=None, now=NOW)
            return
        ruling = decide_exclusion(self.session, activity, step, chosen, reason="核对", by=None, now=NOW)
        assert ruling.answers == len(moved)
        excluded = row.excluded | places if is_excluding else row.excluded - places
        self.world.activities[number] = replace(row, excluded=excluded)

    @rule(
        data=st.data(),
        project=children,
        article=st.integers(0, 3),
        published_on=days,
        is_approved=approvals,
    )
    def push(
        self, data: st.DataObject, project: str, article: int, published_on: date, is_approved: bool
    ) -> None:
        about = self._some_activity(data) if self.world.activities and data.draw(st.booleans()) else None
        self.world.pushes.append(PushRow(project, about, article, "", published_on, is_approved))
        push = Push(
            project_id=self.office.projects[project].id,
            activity_id=None if about is None else self.office.activities[about].id,
            article_key=f"article {article}",
            published_on=published_on,
            created_at=NOW,
            approved_at=NOW if is_approved else None,
        )
        self.session.add(push)
        self.session.flush()

    @rule(changed=st.sampled_from(OTHER_RULES))
    def count_otherwise(self, changed: RuleRow) -> None:
        self.office.change_rule(4, changed)
        self.session.flush()

    # rolling up, closing and reopening

    @precondition(lambda self: len(self._closed()) < len(MONTHS))
    @rule(month=months)
    def roll_up(self, month: Period) -> None:
        if month in self._closed():
            return
        self._expect(roll_up(self.session, month, now=NOW))

    def _expect(self, months: Iterable[Period]) -> None:
        """The figures of these months are those of the records as they are now."""
        for month in months:
            self.rolled_up[month] = [
                reckon(self.world, number, month.last_day) for number in range(len(self.world.rules))
            ]

    @precondition(lambda self: set(self.rolled_up) - set(self._closed()))
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        still_open = set(self.rolled_up) - set(self._closed())
        month = data.draw(st.sampled_from(sorted(still_open)))
        self._expect(still_open)  # closing rolls up once more
        for closed in close_period(self.session, month, by=None, now=NOW):
            self.frozen[closed] = self._held(closed)

    @precondition(lambda self: self._closed())
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        month = data.draw(st.sampled_from(self._closed()))
        until = NOW + timedelta(days=5)
        for opened in reopen_period(self.session, month, reason="更正", until=until, by=None, now=NOW):
            del self.frozen[opened]

    # what somebody may change outside the application

    @precondition(lambda self: self.rolled_up)
    @rule(
        data=st.data(),
        change=st.sampled_from(
            ["amount = amount + 1", "base = base - 1", "source_id = source_id + 1000", "key = key || 'x'"]
        ),
    )
    def tamper(self, data: st.DataObject, change: str) -> None:
        postings = self.session.scalars(select(Posting.id).order_by(Posting.id)).all()
        if not postings:
            return
        posting = self.session.get_one(Posting, data.draw(st.sampled_from(postings)))
        is_closed, number = posting.period in self._closed(), posting.id
        write_pending_entries(self.session)
        savepoint = self.session.begin_nested()
        statement = text(f"UPDATE posting SET {change} WHERE id = {number}")  # noqa: S608
        if is_closed:
            with pytest.raises(DBAPIError, match="this month is closed"):
                self.session.execute(statement)
        else:
            self.session.execute(statement)
            assert run_self_audit(self.session, NOW) != []
        savepoint.rollback()

    @precondition(lambda self: self.rolled_up)
    @rule(data=st.data(), change=st.sampled_from(["gone", "other", "elsewhere", "no actual"]))
    def damage_open_months(self, data: st.DataObject, change: str) -> None:
        """What a roll-up finds otherwise than it left it is put right."""
        month = max(self.rolled_up)
        if month in self._closed():
            return
        self.roll_up(month)
        sound = {each: self._said(each) for each in MONTHS}
        posting, actual = Posting.__table__, Actual.__table__
        latest = str(max(self._closed(), default=""))
        odd = Posting.id % 2 == data.draw(st.integers(0, 1))
        damage = {
            "gone": posting.delete().where(Posting.period > latest, odd),
            "other": posting.update().where(Posting.period > latest).values(amount=Posting.amount + 1),
            "elsewhere": posting.update().where(Posting.period > latest).values(period=month),
            "no actual": actual.delete().where(Actual.period > latest),
        }
        self.session.execute(damage[change])
        self.roll_up(month)
        assert {each: self._said(each) for each in MONTHS} == sound

    # what is always true

    @invariant()
    def closed_months_do_not_change(self) -> None:
        assert {month: self._held(month) for month in self.frozen} == self.frozen

    @invariant()
    def every_actual_is_the_figure_of_its_last_roll_up(self) -> None:
        rows = self.session.execute(select(Actual.period, Actual.indicator_id, Actual.amount, Actual.base))
        numbers = {indicator.id: number for number, indicator in enumerate(self.office.indicators)}
        found = {(row.period, numbers[row.indicator_id]): (row.amount, row.base) for row in rows}
        expected = {
            (month, number): figure or (None, None)
            for month, figures in self.rolled_up.items()
            for number, figure in enumerate(figures)
        }
        assert found == expected

    @invariant()
    def every_list_of_records_adds_up_to_its_figure(self) -> None:
        last = max(self.rolled_up, default=None)
        for indicator in self.office.indicators if last else ():
            actual = self.session.get_one(Actual, (indicator.id, last), populate_existing=True)
            measure = BY_KEY.get(actual.measure or "")
            if measure is not None and last is not None:
                listed = contributions_to(self.session, indicator.id, last)
                figure = aggregate(measure.aggregation.kind, listed)
                assert (figure.amount, figure.base) == (actual.amount, actual.base)

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        assert run_self_audit(self.session, NOW) == []

    def _closed(self) -> tuple[Period, ...]:
        return closed_months(self.session, MONTHS[0], MONTHS[-1])

    def _some_activity(self, data: st.DataObject) -> int:
        return data.draw(st.integers(0, len(self.world.activities) - 1))

    def _write(self, number: int, row: ActivityRow) -> None:
        self.world.activities[number] = row
        self.office.rewrite(self.office.activities[number], row)
        self.session.flush()

    def _said(self, month: Period) -> list[object]:
        """What a month holds, whatever the numbers of its postings."""
        columns = [column for column in Posting.__table__.c if column.name != "id"]
        postings = select(*columns).where(Posting.period == month).order_by(*columns)
        figures = select(Actual.__table__).where(Actual.period == month).order_by(Actual.indicator_id)
        return [tuple(row) for rows in (postings, figures) for row in self.session.execute(rows)]

    def _held(self, month: Period) -> list[object]:
        postings = select(Posting.__table__).where(Posting.period == month).order_by(Posting.id)
        figures = select(Actual.__table__).where(Actual.period == month).order_by(Actual.indicator_id)
        return [tuple(row) for rows in (postings, figures) for row in self.session.execute(rows)]


def test_a_year_of_anything_keeps_its_books(session: Session) -> None:
    machine = type("YearInThisDatabase", (Year,), {"session": session})
    run_state_machine_as_test(
        machine,
        settings=examples(4, thorough=8, steps=(15, 20)),
    )
