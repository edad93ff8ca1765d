from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityKind
from activitylog.core.database import make_engine
from activitylog.errors import Busy
from activitylog.surveys.attendee.group_commit import GroupCommit
from tests.databases import TRAIL_KEYS
from tests.servers import eventually


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    yield engine
    engine.dispose()


class Writer:
    """Writes kinds of activity, whose names are unique; holds the first batch until told to go on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go_on = Event()

    def write(self, connection: Connection, names: Sequence[str]) -> list[str]:
        self.batches.append(list(names))
        if len(self.batches) == 1:
            assert self.may_go_on.wait(30)
        connection.execute(insert(ActivityKind), [{"name": name} for name in names])
        return [f"{name} is there" for name in names]


def send(engine: Engine, writer: Writer, first: str, others: Sequence[str]) -> dict[str, str]:
    """One batch of the first, during which all others come; what each heard."""
    batches: GroupCommit[str, str] = GroupCommit(engine, writer.write)

    def run(name: str) -> str:
        try:
            return batches.run(name)
        except IntegrityError:
            return "refused"

    with ThreadPoolExecutor(8) as threads:
        heard = {first: threads.submit(run, first)}
        assert eventually(lambda: writer.batches == [[first]])
        heard |= {name: threads.submit(run, name) for name in others}
        assert eventually(lambda: len(batches._queue) == len(others))
        writer.may_go_on.set()
        return {name: future.result() for name, future in heard.items()}


def names_stored(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return sorted(session.scalars(select(ActivityKind.name)))


def test_who_comes_during_a_commit_is_written_together(engine: Engine) -> None:
    writer = Writer()
    heard = send(engine, writer, "a", ["b", "c", "d"])
    assert heard == {name: f"{name} is there" for name in "abcd"}
    assert [len(batch) for batch in writer.batches] == [1, 3]
    assert names_stored(engine) == ["a", "b", "c", "d"]


def test_one_that_fails_takes_nobody_along(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(ActivityKind(name="taken"))
        session.commit()
    heard = send(engine, Writer(), "a", ["b", "taken", "d"])
    assert heard == {"a": "a is there", "b": "b is there", "taken": "refused", "d": "d is there"}
    assert names_stored(engine) == ["a", "b", "d", "taken"]


def test_after_a_failure_the_next_is_served(engine: Engine) -> None:
    writer = Writer()
    writer.may_go_on.set()
    batches: GroupCommit[str, str] = GroupCommit(engine, writer.write)
    batches.run("a")
    with pytest.raises(IntegrityError):
        batches.run("a")
    assert batches.run("b") == "b is there"


def test_an_item_that_waits_too_long_is_busy_and_not_written(engine: Engine) -> None:
    writer = Writer()
    batches: GroupCommit[str, str] = GroupCommit(engine, writer.write)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(batches.run, "a")
        assert eventually(lambda: writer.batches == [["a"]])
        with pytest.raises(Busy):
            batches.run("b", patience_seconds=0.01)
        writer.may_go_on.set()
        assert first.result() == "a is there"
    assert batches.run("c") == "c is there"
    assert names_stored(engine) == ["a", "c"]


def test_a_locked_database_is_busy_for_all_and_tried_once(engine: Engine) -> None:
    asked: list[int] = []

    def write(_connection: Connection, names: Sequence[str]) -> list[str]:
        asked.append(len(names))
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    batches: GroupCommit[str, str] = GroupCommit(engine, write)
    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(batches.run, name) for name in "abcdefgh"]
        assert all(isinstance(each.exception(), Busy) for each in sent)
    assert sum(asked) == 8


@pytest.mark.parametrize("has_turns", [False, True])
def test_a_crowd_at_two_doors_is_written_once_each(engine: Engine, tmp_path: Path, has_turns: bool) -> None:
    def write(connection: Connection, names: Sequence[str]) -> list[str]:
        connection.execute(insert(ActivityKind), [{"name": name} for name in names])
        return [f"{name} is there" for name in names]

    lock_path = tmp_path / "turns" if has_turns else None
    doors: list[GroupCommit[str, str]] = [GroupCommit(engine, write, lock_path=lock_path) for _ in range(2)]
    names = [f"{number:03}" for number in range(200)]
    with ThreadPoolExecutor(12) as threads:
        heard = list(threads.map(lambda name: doors[int(name) % 2].run(name), names))
    assert heard == [f"{name} is there" for name in names]
    assert names_stored(engine) == names
