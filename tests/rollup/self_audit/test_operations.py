"""The self-audit finds nothing in correct postings, and every change made outside the application."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.capture import write_pending_entries
from activitylog.core.period import Period, utc_now
from activitylog.projects.models import Project
from activitylog.rollup.models import ROLL_UP, JobRun
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import findings, replace_findings, run_self_audit
from activitylog.surveys.models import Response
from tests.rollup.stored_office import NOW, Office
from tests.rollup.test_run import MONTHS, held, small_office
from tests.rollup.worlds import CAFE, YEAR, RuleRow

APRIL, MAY, JUNE = (Period(YEAR, month) for month in (4, 5, 6))


def books(session: Session) -> Office:
    """April closed twice, May closed, June rolled up; an adjustment, two measures, every run done."""
    office = small_office(session, "people_reached", "districts_covered", "quality_rate")
    office.add_activity(held(date(YEAR, 4, 2), heads=40))
    office.add_activity(held(date(YEAR, 5, 2), heads=50))
    roll_up(session, MAY, now=NOW)
    close_period(session, APRIL, by=None, now=NOW)
    office.add_activity(held(date(YEAR, 4, 9), heads=5))
    reopen_period(session, APRIL, reason="补", until=NOW + timedelta(days=7), by=None, now=NOW)
    roll_up(session, APRIL, now=NOW)
    close_period(session, MAY, by=None, now=NOW)
    office.add_activity(held(date(YEAR, 4, 30), heads=7))
    roll_up(session, JUNE, now=NOW)
    for month in MONTHS:
        session.add(JobRun(job=ROLL_UP, period=month, holder="test", started_at=NOW, is_done=True))
    session.flush()
    return office


def test_correct_postings_have_no_findings(session: Session) -> None:
    books(session)
    assert run_self_audit(session, NOW) == []


def test_a_rule_changed_after_closing_is_no_finding(session: Session) -> None:
    office = books(session)
    office.change_rule(0, RuleRow(CAFE, "activities_held"))
    assert run_self_audit(session, NOW) == []
    roll_up(session, JUNE, now=NOW)
    assert run_self_audit(session, NOW) == []


@pytest.mark.parametrize(
    ("change", "month"),
    [
        ("UPDATE posting SET amount = amount + 1 WHERE period = '2024-04'", APRIL),
        ("UPDATE posting SET occurred_on = '2024-05-03' WHERE period = '2024-05'", MAY),
        ("UPDATE actual SET amount = amount + 1 WHERE period = '2024-05'", MAY),
        ("UPDATE actual SET amount = amount + 1 WHERE period = '2024-06'", JUNE),
        ("UPDATE actual SET records = 0 WHERE period = '2024-06'", JUNE),
        ("UPDATE posting SET base = base + 1 WHERE period = '2024-06'", JUNE),
        ("DELETE FROM posting WHERE period = '2024-06'", JUNE),
        ("UPDATE past_posting SET amount = 1", APRIL),
        ("UPDATE past_actual SET records = 9", APRIL),
        ("DELETE FROM closing WHERE period = '2024-04'", APRIL),
        ("DELETE FROM reopening WHERE period = '2024-04'", APRIL),
    ],
)
def test_a_change_outside_the_application_is_found(session: Session, change: str, month: Period) -> None:
    books(session)
    roll_up(session, MONTHS[6], now=NOW)
    triggers_off(session)
    if session.execute(text(change)).rowcount == 0:  # type: ignore[attr-defined]
        pytest.fail("the change changed nothing")
    assert month in {difference.period for difference in run_self_audit(session, NOW)}


def triggers_off(session: Session) -> None:
    """What somebody with the database's own rights can do."""
    if session.get_bind().dialect.name == "postgresql":
        for table in ("posting", "actual", "past_posting", "past_actual"):
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    for change in ("insert", "update", "delete"):
        for table in ("posting_closed", "actual_closed", "past_posting", "past_actual"):
            session.execute(text(f"DROP TRIGGER {table}_{change}"))


def test_a_run_that_did_not_start_in_time_is_a_finding(session: Session) -> None:
    books(session)
    session.delete(session.get_one(JobRun, (ROLL_UP, MONTHS[8])))
    found = run_self_audit(session, NOW)
    assert [(each.period, "没有按时完成" in each.message) for each in found] == [(MONTHS[8], True)]


def test_months_due_before_their_year_was_declared_are_not_late(session: Session) -> None:
    small_office(session, "people_reached")
    autumn = datetime(YEAR, 10, 15, tzinfo=UTC)
    session.execute(update(Project).values(created_at=autumn))
    assert run_self_audit(session, autumn + timedelta(hours=1)) == []
    november = run_self_audit(session, datetime(YEAR, 11, 1, tzinfo=UTC))
    assert [(each.period, "没有按时完成" in each.message) for each in november] == [(MONTHS[9], True)]


def test_what_changed_without_an_entry_of_the_trail_is_found(session: Session) -> None:
    """The roll-up is of a later moment than the entries; those made after it wait for the next one."""
    office = small_office(session, "people_reached", "satisfaction")
    quiet = office.add_activity(replace(held(date(YEAR, 4, 2), heads=40), answers=(5, 2)))
    roll_up(session, APRIL, now=utc_now() + timedelta(days=2))
    for month in MONTHS:
        session.add(JobRun(job=ROLL_UP, period=month, holder="test", started_at=NOW, is_done=True))
    write_pending_entries(session)
    assert run_self_audit(session, NOW) == []
    changes = (
        update(Activity).values(audience_onsite=41),
        update(Response).where(Response.overall == 2).values(overall=5),
        delete(Response).where(Response.overall == 2),
    )
    for change in changes:
        savepoint = session.begin_nested()
        session.execute(change.execution_options(synchronize_session=False))
        (found,) = run_self_audit(session, NOW)
        assert "审计记录里没有相应的改动" in found.message
        assert quiet.title in found.message
        savepoint.rollback()


def test_what_changed_with_an_entry_of_the_trail_waits_for_the_next_roll_up(session: Session) -> None:
    office = books(session)
    late = office.add_activity(held(date(YEAR, 6, 2)))
    office.rewrite(late, held(date(YEAR, 6, 3), heads=7))
    session.flush()
    assert run_self_audit(session, NOW) == []


def test_the_findings_kept_are_those_of_the_last_audit(session: Session) -> None:
    books(session)
    session.execute(text("UPDATE actual SET records = 0 WHERE period = '2024-06'"))
    replace_findings(session, run_self_audit(session, NOW), NOW)
    assert {finding.period for finding in findings(session)} == {JUNE}
    roll_up(session, JUNE, now=NOW)
    replace_findings(session, run_self_audit(session, NOW), NOW)
    assert findings(session) == []
