from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityKind
from activitylog.extensions import make_engine
from activitylog.surveys.batches import Batches
from tests.servers import eventually


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


class Writer:
    """Writes kinds of activity, whose names are unique; holds the first batch until told to go on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go_on = Event()

    def write(self, session: Session, names: Sequence[str]) -> list[str]:
        self.batches.append(list(names))
        if len(self.batches) == 1:
            assert self.may_go_on.wait(30)
        session.execute(insert(ActivityKind), [{"name": name} for name in names])
        return [f"{name} is there" for name in names]


def send(engine: Engine, writer: Writer, first: str, others: Sequence[str]) -> dict[str, str]:
    """One batch of the first, during which all others come; what each heard."""
    batches: Batches[str, str] = Batches(writer.write)

    def run(name: str) -> str:
        with Session(engine) as session:
            try:
                return batches.run(session, name)
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
    batches: Batches[str, str] = Batches(writer.write)
    with Session(engine) as session:
        batches.run(session, "a")
        with pytest.raises(IntegrityError):
            batches.run(session, "a")
        assert batches.run(session, "b") == "b is there"
