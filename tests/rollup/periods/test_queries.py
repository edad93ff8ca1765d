"""The full register: who rolled up and closed, what was counted, and what the next roll-up will count."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import true
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.operations import change_status
from activitylog.activities.rules import Status
from activitylog.core.actor import Actor, act_as
from activitylog.core.period import Period, start_of_day
from activitylog.projects.models import Project
from activitylog.rollup.models import ROLL_UP, JobRun
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.periods.queries import RegisteredMonth, full_register, months_of_year
from activitylog.rollup.queries import record_roll_up
from activitylog.rollup.run import roll_up
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.rules import ExclusionStep
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import answer, make_paper_tally
from tests.statements import statements

ROLLED_UP = datetime(2024, 8, 1, 1, tzinfo=UTC)
LATER = ROLLED_UP + timedelta(hours=5)
TODAY = date(2024, 8, 2)
MAY, JUNE, JULY = Period(2024, 5), Period(2024, 6), Period(2024, 7)


@pytest.fixture
def project(session: Session) -> Iterator[Project]:
    """Three months of one activity each, not rolled up."""
    with time_machine.travel(ROLLED_UP - timedelta(days=1), tick=False):
        project = make_project(session)
        make_indicator(session, project)
        make_indicator(session, project, "satisfaction", unit="%")
        for month in (5, 6, 7):
            make_activity(session, project, held_on=date(2024, month, 3), now=ROLLED_UP, title=f"{month}月")
        session.commit()
        yield project


@contextmanager
def writing(session: Session, at: datetime = LATER, who: str = "王芳") -> Iterator[None]:
    act_as(session, Actor(who, "10.1.2.3"))
    with time_machine.travel(at, tick=False):
        yield
        session.commit()


def roll_up_at(session: Session, month: Period, at: datetime = ROLLED_UP) -> None:
    with writing(session, at, "李绩效"):
        record_roll_up(session, roll_up(session, month, now=at), now=at)


def lines(session: Session) -> dict[Period, RegisteredMonth]:
    return {line.month.period: line for line in full_register(session, months_of_year(session, 2024, TODAY))}


def waiting(session: Session) -> list[int]:
    found = lines(session)
    return [found[month].waiting for month in (MAY, JUNE, JULY)]


def test_who_rolled_up_and_closed_each_revision_is_listed(session: Session, project: Project) -> None:
    officer = make_user(session, role=Role.OFFICER, name="赵专员")
    roll_up_at(session, JULY)
    with writing(session, LATER):
        close_period(session, MAY, by=officer, now=LATER)
        close_period(session, JUNE, by=None, now=LATER)
    found = lines(session)
    assert {found[month].rolled_up_by for month in (MAY, JUNE, JULY)} == {"王芳"}, (
        "closing rolls up once more"
    )
    assert [found[month].closed_by for month in (MAY, JUNE, JULY)] == ["赵专员", "王芳", ""]
    with writing(session, LATER):
        reopen_period(session, JUNE, reason="漏记", until=LATER + timedelta(days=2), by=officer, now=LATER)
    found = lines(session)
    assert [(found[month].revision, found[month].is_revised) for month in (MAY, JUNE)] == [
        (1, False),
        (2, True),
    ]
    assert found[JUNE].closed_by == ""


def test_a_roll_up_in_the_middle_of_a_run_is_the_jobs_own(session: Session, project: Project) -> None:
    roll_up(session, JULY, now=ROLLED_UP)
    minute = timedelta(minutes=1)
    session.add(
        JobRun(
            job=ROLL_UP,
            period=JULY,
            holder="这台机器",
            started_at=ROLLED_UP - minute,
            ended_at=ROLLED_UP + minute,
            is_done=True,
        )
    )
    session.commit()
    assert lines(session)[JULY].rolled_up_by == "定时任务"


def test_an_activity_is_one_record_whatever_it_counts_for(session: Session, project: Project) -> None:
    activity = make_activity(session, project, held_on=date(2024, 7, 9), now=ROLLED_UP)
    make_paper_tally(session, activity, satisfied=3)
    session.commit()
    roll_up_at(session, JULY)
    found = lines(session)
    assert [found[month].records for month in (MAY, JUNE, JULY)] == [1, 1, 2]


def test_a_record_changed_since_waits_from_its_own_month_on(session: Session, project: Project) -> None:
    roll_up_at(session, JULY)
    assert waiting(session) == [0, 0, 0]
    with writing(session):
        make_activity(session, project, held_on=date(2024, 6, 20), now=LATER)
    assert waiting(session) == [0, 1, 1]
    roll_up_at(session, JULY, LATER + timedelta(hours=1))
    assert waiting(session) == [0, 0, 0]


def test_a_record_moved_to_another_month_waits_where_it_was(session: Session, project: Project) -> None:
    moved = make_activity(session, project, held_on=date(2024, 5, 20), now=ROLLED_UP)
    session.commit()
    roll_up_at(session, JULY)
    with writing(session):
        moved.held_on = date(2024, 7, 20)
    assert waiting(session) == [1, 1, 1]


def test_every_kind_of_record_waits_on_its_own_day(session: Session, project: Project) -> None:
    activity = make_activity(session, project, held_on=date(2024, 5, 9), now=ROLLED_UP)
    session.commit()
    roll_up_at(session, JULY)
    with writing(session):
        make_push(session, activity=activity, published_on=date(2024, 6, 11))
    assert waiting(session) == [0, 1, 1]
    with writing(session):
        make_paper_tally(session, activity, satisfied=3)
        make_milestone(session, project, due_on=date(2024, 6, 30), done_on=date(2024, 7, 5))
        make_expense(session, activity=activity, paid_on=date(2024, 7, 1))
    assert waiting(session) == [1, 3, 4]
    with writing(session):
        answer(session, activity, now=start_of_day(date(2024, 5, 9)))
        decide_exclusion(session, activity, ExclusionStep.EXCLUDED, true(), reason="试填", by=None, now=LATER)
    assert waiting(session) == [2, 4, 5]


@pytest.mark.parametrize(
    ("status", "planned_on", "waits"),
    [
        (Status.LOGGED, None, 0),
        (Status.RETURNED, None, 0),
        (Status.LOGGED, date(2024, 7, 2), 1),
        (Status.PLANNED, date(2024, 7, 2), 1),
        (Status.APPROVED, None, 1),
    ],
)
def test_an_activity_that_counts_nowhere_does_not_wait(
    session: Session, project: Project, status: Status, planned_on: date | None, waits: int
) -> None:
    roll_up_at(session, JULY)
    with writing(session):
        held_on = None if status is Status.PLANNED else date(2024, 7, 2)
        make_activity(session, project, status=status, held_on=held_on, planned_on=planned_on, now=LATER)
    assert waiting(session)[-1] == waits


def test_what_was_withdrawn_waits_if_it_had_counted(session: Session, project: Project) -> None:
    counted = make_activity(session, project, held_on=date(2024, 7, 9), now=ROLLED_UP)
    session.commit()
    roll_up_at(session, JULY)
    with writing(session):
        change_status(session, counted, Status.WITHDRAWN, by=None, now=LATER, reason="重复")
        push = make_push(session, activity=counted, published_on=date(2024, 7, 9))
        push.withdrawn_at = LATER
    assert waiting(session) == [0, 0, 1]


def test_other_years_records_do_not_wait_here(session: Session, project: Project) -> None:
    roll_up_at(session, JULY)
    with writing(session):
        other = make_project(session, year=2023)
        make_milestone(session, other, due_on=date(2023, 6, 1))
    assert waiting(session) == [0, 0, 0]


def test_the_whole_year_takes_the_same_few_statements(session: Session, project: Project) -> None:
    months = months_of_year(session, 2024, TODAY)
    roll_up_at(session, MAY)
    with writing(session):
        make_push(session, project)
    with statements() as few:
        full_register(session, months_of_year(session, 2024, TODAY))
    roll_up_at(session, JULY)
    with writing(session):
        for day in range(1, 9):
            make_activity(session, project, held_on=date(2024, 7, day), now=LATER)
            make_push(session, project)
    with statements() as many:
        full_register(session, months_of_year(session, 2024, TODAY))
    assert len(months) == 12
    assert len(many) == len(few) <= 14
