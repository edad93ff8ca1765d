"""Group commit: one thread writes the items of all waiting threads and commits once."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from activitylog.core.locks import lock_file

PATIENCE_SECONDS = 10.0
GATHERING_SECONDS = 0.001  # lets the clients of the last batch send their next items

_log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class TooBusy(Exception):
    """The item was not written in time; the same item may be sent again."""


class _Waiting(Generic[Item, Result]):
    """One waiting thread's item and, once written, its result or error."""

    result: Result

    def __init__(self, item: Item) -> None:
        self.item = item
        self.error: BaseException | None = None
        self.is_done = False
        self.asleep = Lock()
        self.asleep.acquire()


class GroupCommit(Generic[Item, Result]):
    """One thread, the leader, writes all waiting items and commits; the next waiting leads the next batch.

    `write` gets a connection and one or more items and returns a result for each, in order. When it or the
    commit fails, every item is written again alone, so that one bad item fails only itself. `lock_path` is a
    lock file shared by all processes that write to one SQLite database: it makes them take turns, where
    SQLite's own retries may starve one. Without it a leader of a busy group waits GATHERING_SECONDS, or every
    second batch would have one item.
    """

    def __init__(
        self,
        engine: Engine,
        write: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        *,
        lock_path: Path | None = None,
    ) -> None:
        self._engine, self._write, self._lock_path = engine, write, lock_path
        self._changing = Lock()
        self._queue: list[_Waiting[Item, Result]] = []
        self._is_led = self._is_crowded = False

    def run(self, item: Item, *, patience_seconds: float = PATIENCE_SECONDS) -> Result:
        """The item's result, committed; raises what writing it raised, or TooBusy."""
        own = _Waiting[Item, Result](item)
        with self._changing:
            self._queue.append(own)
            leads, self._is_led = not self._is_led, True
        if not leads:
            self._sleep(own, patience_seconds)
        if not own.is_done:
            self._lead()
        if own.error is not None:
            raise own.error
        return own.result

    def _sleep(self, own: _Waiting[Item, Result], patience_seconds: float) -> None:
        """Return once the item is written or this thread is to lead; raises TooBusy."""
        if own.asleep.acquire(timeout=patience_seconds):
            return
        with self._changing:
            is_awake = own.asleep.acquire(blocking=False)
            is_queued = own in self._queue
            if is_queued and not is_awake:
                self._queue.remove(own)
        if not is_awake and (is_queued or not own.asleep.acquire(timeout=PATIENCE_SECONDS)):
            raise TooBusy

    def _lead(self) -> None:
        """Write all items waiting once the lock is held; wake the next leader and the batch's threads."""
        batch: list[_Waiting[Item, Result]] = []
        try:
            with self._engine.connect() as connection, ExitStack() as turn:
                if self._lock_path is not None:
                    lock_file(turn.enter_context(self._lock_path.open("ab")))
                elif self._is_crowded:
                    time.sleep(GATHERING_SECONDS)
                batch = self._all_waiting()
                self._is_crowded = len(batch) > 1
                self._commit(connection, batch)
        except BaseException as error:
            batch = batch or self._all_waiting()
            self._fail(batch, error)
        finally:
            with self._changing:
                self._is_led = bool(self._queue)
                for waiting in self._queue[:1]:
                    waiting.asleep.release()
            for waiting in batch:  # outside the lock, which they need for their next item
                waiting.asleep.release()

    def _all_waiting(self) -> list[_Waiting[Item, Result]]:
        with self._changing:
            batch, self._queue = self._queue, []
        return batch

    def _commit(self, connection: Connection, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            with connection.begin():
                results = self._write(connection, [waiting.item for waiting in batch])
        except Exception as error:
            if len(batch) == 1 or isinstance(error, OperationalError):
                self._fail(batch, error)
            else:
                for waiting in batch:
                    self._commit(connection, [waiting])
        else:
            for waiting, result in zip(batch, results, strict=True):
                waiting.result, waiting.is_done = result, True

    def _fail(self, batch: Sequence[_Waiting[Item, Result]], error: BaseException) -> None:
        """Give every unfinished item the error; TooBusy when the database was unreachable or locked."""
        is_busy = isinstance(error, OperationalError)
        if is_busy:
            _log.warning("answers could not be written: %s", error)
        for waiting in batch:
            if not waiting.is_done:
                waiting.error, waiting.is_done = TooBusy() if is_busy else error, True
