"""The monthly roll-up: which months are due, who books them, and what becomes of a run that fails."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from activitylog.core.database import make_engine
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.jobs import roll_up_due_months
from activitylog.rollup.models import ROLL_UP, Actual, JobRun, Posting
from activitylog.rollup.operations import take_declaration
from activitylog.rollup.roll_up_range import due_at, due_months
from activitylog.rollup.run import roll_up
from tests.databases import TRAIL_KEYS
from tests.factories.activities import make_activity
from tests.factories.declarations import form, read
from tests.factories.projects import make_project
from tests.rollup.scheduler_turn import CLAIMED, ROLLED_UP

ROWS = ("\t产出指标\t数量指标\t讲座场次\t≥10.00(场)", "\t产出指标\t数量指标\t受众人数\t≥500.00(人)")
APRIL = datetime(2025, 3, 31, 18, 0, tzinfo=UTC)  # 1 April, 02:00 in Shanghai
QUARTER = [Period(2025, month) for month in (1, 2, 3)]
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def office(session: Session, tmp_path: Path) -> Session:
    """A declared 2025 with one talk in each month of the first quarter, none of them rolled up."""
    take_declaration(session, read(tmp_path, form(*ROWS)), now=APRIL)
    project = projects_of_year(session, 2025)[0]
    for month in (1, 2, 3):
        make_activity(session, project, held_on=date(2025, month, 10), audience_onsite=10 * month, now=APRIL)
    session.commit()
    return session


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    yield sessionmaker(engine)
    engine.dispose()


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def runs(session: Session) -> dict[Period, tuple[str, bool]]:
    session.rollback()
    return {run.period: (run.holder, run.is_done) for run in session.scalars(select(JobRun))}


def books(session: Session) -> list[tuple[object, ...]]:
    session.rollback()
    columns = (Posting.period, Posting.indicator_id, Posting.source_id, Posting.occurred_on, Posting.amount)
    return [tuple(row) for row in session.execute(select(*columns).order_by(*columns[:3]))]


def is_rolled_up_once(session: Session) -> bool:
    """Whether the postings are those of a single run: one more changes nothing."""
    before = books(session)
    roll_up(session, QUARTER[-1], now=APRIL)
    session.commit()
    return len(before) == 6 and books(session) == before


# which months are due


@pytest.mark.parametrize(
    ("month", "moment"),
    [
        (Period(2024, 2), datetime(2024, 2, 29, 18, 0, tzinfo=UTC)),
        (Period(2023, 2), datetime(2023, 2, 28, 18, 0, tzinfo=UTC)),
        (Period(2024, 6), datetime(2024, 6, 30, 18, 0, tzinfo=UTC)),
        (Period(2024, 12), datetime(2024, 12, 31, 18, 0, tzinfo=UTC)),
    ],
)
def test_a_month_is_due_at_two_on_the_first_of_the_next_in_shanghai(month: Period, moment: datetime) -> None:
    assert due_at(month) == moment


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2024, 2, 29, 17, 59, 59, tzinfo=UTC), "2024-01"),  # 1 March, 01:59:59
        (datetime(2024, 2, 29, 18, 0, tzinfo=UTC), "2024-02"),  # 1 March, 02:00
        (datetime(2024, 3, 1, 2, 0, tzinfo=UTC), "2024-02"),
        (datetime(2024, 12, 31, 15, 59, tzinfo=UTC), "2024-11"),  # still the old year
        (datetime(2024, 12, 31, 17, 59, tzinfo=UTC), "2024-11"),  # New Year, 01:59
        (datetime(2024, 12, 31, 18, 0, tzinfo=UTC), "2024-12"),
        (datetime(2024, 6, 30, 14, 0, tzinfo=NEW_YORK), "2024-06"),  # 1 July, 02:00
        (datetime(2024, 6, 30, 13, 59, tzinfo=NEW_YORK), "2024-05"),
        (datetime(2031, 5, 5, tzinfo=UTC), "2024-12"),
    ],
)
def test_ended_months_of_the_declared_year_are_due_up_to_now(
    session: Session, now: datetime, last: str
) -> None:
    make_project(session, year=2024)
    due = due_months(session, now)
    assert due == tuple(Period(2024, 1).through(Period.parse(last)))


def test_no_month_is_due_on_new_years_day_itself(session: Session) -> None:
    make_project(session, year=2024)
    assert due_months(session, datetime(2024, 1, 1, 12, tzinfo=UTC)) == ()


def test_the_server_may_stand_in_any_time_zone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(session, year=2024)
    now = datetime(2024, 6, 30, 18, 0, tzinfo=UTC)
    for zone in ("America/Los_Angeles", "Pacific/Kiritimati", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert due_months(session, now)[-1] == Period(2024, 6)
        assert due_months(session, now - timedelta(seconds=1))[-1] == Period(2024, 5)
    monkeypatch.undo()
    time.tzset()


def test_only_declared_years_are_due_the_oldest_first(session: Session) -> None:
    assert due_months(session, APRIL) == ()
    for year in (2025, 2023, 2027):
        make_project(session, year=year)
    assert due_months(session, APRIL) == (*Period(2023, 1).through(Period(2023, 12)), *QUARTER)


def test_a_finished_run_is_not_due_again_and_an_unfinished_one_is(session: Session) -> None:
    make_project(session, year=2025)
    for month, is_done in zip(QUARTER, (True, False, True), strict=True):
        run = JobRun(job=ROLL_UP, period=month, holder="desk", started_at=APRIL, is_done=is_done)
        session.add(run)
    session.add(JobRun(job="another job", period=QUARTER[1], holder="desk", started_at=APRIL, is_done=True))
    session.flush()
    assert due_months(session, APRIL) == (QUARTER[1],)


# rolling up


def test_a_start_after_three_months_off_rolls_up_all_three(
    office: Session, sessions: sessionmaker[Session]
) -> None:
    roll_up_due_months(sessions, holder="desk", clock=at(APRIL))
    assert runs(office) == dict.fromkeys(QUARTER, ("desk", True))
    assert set(office.scalars(select(Actual.period))) == set(QUARTER)
    assert is_rolled_up_once(office)
    run = office.get_one(JobRun, (ROLL_UP, QUARTER[0]))
    assert (run.started_at, run.ended_at, run.outcome) == (APRIL, APRIL, "rolled up 2025-01 to 2025-03")


def test_a_second_turn_rolls_up_nothing_again(office: Session, sessions: sessionmaker[Session]) -> None:
    roll_up_due_months(sessions, holder="first", clock=at(APRIL))
    posted = office.scalars(select(Actual.posted_at)).all()
    roll_up_due_months(sessions, holder="second", clock=at(APRIL + timedelta(hours=1)))
    assert {holder for holder, _ in runs(office).values()} == {"first"}
    assert office.scalars(select(Actual.posted_at)).all() == posted


def test_each_month_is_rolled_up_as_it_becomes_due(office: Session, sessions: sessionmaker[Session]) -> None:
    for month in QUARTER:
        roll_up_due_months(sessions, holder=str(month), clock=at(due_at(month)))
    assert runs(office) == {month: (str(month), True) for month in QUARTER}
    assert is_rolled_up_once(office)


def test_months_that_people_closed_are_done_with(office: Session, sessions: sessionmaker[Session]) -> None:
    roll_up(office, QUARTER[-1], now=APRIL)
    office.add_all(Closing(period=month, closed_at=APRIL) for month in QUARTER)
    office.commit()
    before = books(office)
    roll_up_due_months(sessions, holder="desk", clock=at(APRIL))
    assert books(office) == before
    assert office.get_one(JobRun, (ROLL_UP, QUARTER[-1])).outcome == "already closed"
    assert due_months(office, APRIL) == ()


def test_a_month_closed_early_lets_the_rest_of_the_year_be_rolled_up(
    office: Session, sessions: sessionmaker[Session]
) -> None:
    roll_up(office, QUARTER[0], now=APRIL)
    office.add(Closing(period=QUARTER[0], closed_at=APRIL))
    office.commit()
    roll_up_due_months(sessions, holder="desk", clock=at(APRIL))
    assert all(is_done for _, is_done in runs(office).values())
    assert is_rolled_up_once(office)


# failing


@contextmanager
def without_table(session: Session, table: str) -> Iterator[None]:
    session.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    session.commit()
    yield
    session.rollback()
    session.execute(text(f"ALTER TABLE away RENAME TO {table}"))
    session.commit()


def test_a_run_that_fails_is_noted_and_tried_again(office: Session, sessions: sessionmaker[Session]) -> None:
    with without_table(office, "rule_venue_kind"):
        roll_up_due_months(sessions, holder="desk", clock=at(APRIL))
        assert runs(office) == {QUARTER[-1]: ("desk", False)}
        run = office.get_one(JobRun, (ROLL_UP, QUARTER[-1]))
        assert "rule_venue_kind" in run.outcome
        assert run.ended_at == APRIL
        assert books(office) == []
    roll_up_due_months(sessions, holder="desk", clock=at(APRIL + timedelta(hours=1)))
    assert runs(office) == dict.fromkeys(QUARTER, ("desk", True))
    assert is_rolled_up_once(office)


def test_a_failure_never_hides_a_run_that_another_finished(
    office: Session, sessions: sessionmaker[Session]
) -> None:
    roll_up_due_months(sessions, holder="first", clock=at(APRIL))
    for run in office.scalars(select(JobRun).where(JobRun.period != QUARTER[-1])):
        office.delete(run)
    office.commit()
    with without_table(office, "rule_venue_kind"):
        roll_up_due_months(sessions, holder="second", clock=at(APRIL))
    assert runs(office)[QUARTER[-1]] == ("first", True)


# several schedulers


def turn(url: str, holder: str, wait_at: int = 0) -> subprocess.Popen[str]:
    """A scheduler's turn in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rollup.scheduler_turn", url, holder, APRIL.isoformat(), str(wait_at)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def heard(process: subprocess.Popen[str], word: str) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == f"{word}\n"


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ended(*processes: subprocess.Popen[str]) -> bool:
    for process in processes:
        process.communicate(timeout=30)
    return all(process.returncode == 0 for process in processes)


def test_two_schedulers_started_together_roll_up_once(office: Session, database_url: str) -> None:
    office.close()
    both = [turn(database_url, holder) for holder in ("one", "other")]
    assert ended(*both)
    holders = {holder for holder, is_done in runs(office).values() if is_done}
    assert len(holders) == 1
    assert set(runs(office)) == set(QUARTER)
    assert is_rolled_up_once(office)


@pytest.mark.parametrize("moment", [CLAIMED, ROLLED_UP])
def test_a_second_scheduler_waits_for_the_first_and_leaves_its_postings_alone(
    office: Session, database_url: str, moment: int
) -> None:
    office.close()
    first = turn(database_url, "first", moment)
    assert heard(first, "waiting")
    second = turn(database_url, "second")
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(2)
    let_go(first)
    assert ended(first, second)
    assert runs(office) == dict.fromkeys(QUARTER, ("first", True))
    assert is_rolled_up_once(office)


@pytest.mark.parametrize("moment", [CLAIMED, ROLLED_UP])
def test_a_scheduler_killed_half_way_is_taken_over_from(
    office: Session, database_url: str, moment: int
) -> None:
    office.close()
    first = turn(database_url, "first", moment)
    assert heard(first, "waiting")
    second = turn(database_url, "second")
    first.kill()
    first.communicate()
    assert first.returncode == -9
    assert ended(second)
    assert runs(office) == dict.fromkeys(QUARTER, ("second", True))
    assert is_rolled_up_once(office)
