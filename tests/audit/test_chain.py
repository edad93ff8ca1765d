import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import String, select, text, update
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.audit.chain import COLUMNS, BrokenChain, VerifiedChain, verify
from activitylog.audit.models import AuditEntry
from activitylog.core.database import begin_writing, make_engine
from activitylog.milestones.operations import plan_milestone
from tests.databases import TRAIL_KEYS, Databases
from tests.examples import examples
from tests.factories.activities import make_activity
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.trail import entries


def unlock(session: Session) -> None:
    """What somebody who owns the database could do."""
    if session.get_bind().dialect.name == "sqlite":
        for trigger in ("keep", "add", "hold"):
            session.execute(text(f"DROP TRIGGER audit_entry_{trigger}"))
    else:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))


@pytest.fixture
def trail(session: Session) -> Session:
    """A trail of some length, without its triggers."""
    activity = make_activity(session, status=Status.APPROVED)
    session.commit()
    for name in ("一", "二", "三"):
        make_milestone(session, activity.project, name=name)
        session.commit()
    unlock(session)
    session.commit()
    return session


def test_an_empty_trail_is_whole(session: Session) -> None:
    assert verify(session) == VerifiedChain(0, 0, "0" * 64)


def test_entries_are_numbered_without_a_gap(trail: Session) -> None:
    found = entries(trail)
    assert [entry.id for entry in found] == list(range(1, len(found) + 1))
    assert verify(trail) == VerifiedChain(len(found), len(found), found[-1].hash, first_sealed=1)


def mutate(trail: Session, name: str, number: int, place: int, letter: str) -> bool:
    """Change one character of one column; False when that would change nothing."""
    column = AuditEntry.__table__.c[name]
    old = trail.execute(select(column).where(AuditEntry.id == number)).scalar()
    written = "" if old is None else str(old)
    place = place % (len(written) or 1)
    new = written[:place] + letter + written[place + 1 :]
    value = new if isinstance(column.type, String) else int(new)
    trail.execute(update(AuditEntry).where(AuditEntry.id == number).values({name: value}))
    return value != old


@examples(50, thorough=150)
@given(
    column=st.sampled_from([name for name in COLUMNS if name not in {"id", "at", "is_sample"}]),
    entry=st.integers(0, 1000),
    place=st.integers(0, 400),
    letter=st.sampled_from("019ax中 "),
)
def test_any_changed_character_is_found(
    trail: Session, column: str, entry: int, place: int, letter: str
) -> None:
    number = entry % len(entries(trail)) + 1
    is_number = column in {"user_id", "object_id", "project_id", "activity_id"}
    if is_number and not letter.isdecimal():
        letter = "7"
    try:
        if mutate(trail, column, number, place, letter):
            found = verify(trail)
            assert isinstance(found, BrokenChain)
            assert found.number == number
    finally:
        trail.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET is_sample = NOT is_sample WHERE id = 3",
        "UPDATE audit_entry SET user_id = 1 WHERE id = 3",
        "UPDATE audit_entry SET project_id = 99 WHERE id = 3",
        "UPDATE audit_entry SET id = 1000 WHERE id = 3",
        "DELETE FROM audit_entry WHERE id = 3",
        "DELETE FROM audit_entry WHERE id <= 3",
    ],
)
def test_whatever_else_is_done_to_an_entry_is_found(trail: Session, change: str) -> None:
    trail.execute(text(change))
    assert isinstance(verify(trail), BrokenChain)


@pytest.mark.parametrize("digit", range(26))
def test_a_changed_moment_is_found(trail: Session, digit: int) -> None:
    at: Any = trail.execute(text("SELECT at FROM audit_entry WHERE id = 2")).scalar()
    written = at if isinstance(at, str) else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    letter = "T" if digit == 10 else written[digit]
    if letter.isdecimal():
        letter = "1" if letter == "0" else "0"
    changed = written[:digit] + letter + written[digit + 1 :]
    if isinstance(at, str):
        if changed == written:
            changed = written[:digit] + "/" + written[digit + 1 :]
        trail.execute(text("UPDATE audit_entry SET at = :at WHERE id = 2"), {"at": changed})
    else:
        try:
            moment = datetime.fromisoformat(changed).replace(tzinfo=UTC)
        except ValueError:
            return  # no moment, so PostgreSQL could not hold it either
        if moment == at:
            return  # the same moment, written otherwise
        trail.execute(text("UPDATE audit_entry SET at = :at WHERE id = 2"), {"at": moment})
    assert isinstance(verify(trail), BrokenChain)


def test_writers_at_once_make_one_chain(databases: Databases) -> None:
    with databases.fresh() as url:
        engine = make_engine(url, trail_keys=TRAIL_KEYS)
        with Session(engine) as session:
            project_id = make_project(session).id
            session.commit()
        failures: list[BaseException] = []

        def write(writer: int) -> None:
            try:
                for turn in range(10):
                    with Session(engine) as session:
                        begin_writing(session)
                        plan_milestone(
                            session,
                            project_id=project_id,
                            kind="制度",
                            name=f"{writer}-{turn}",
                            due_on=datetime(2024, 6, 30, tzinfo=UTC).date(),
                            by=None,
                            now=datetime(2024, 6, 12, tzinfo=UTC),
                        )
                        session.commit()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with Session(engine) as session:
            found = verify(session)
            names = {entry.object_name for entry in entries(session, "milestone")}
        engine.dispose()
    assert failures == []
    assert isinstance(found, VerifiedChain)
    assert found.count == 61
    assert len(names) == 60
