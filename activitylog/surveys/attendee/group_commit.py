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
from activitylog.errors import Busy

PATIENCE_SECONDS = 10.0
GATHERING_SECONDS = 0.001  # lets the clients of the last batch send their next items

_log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Waiting(Generic[Item, Result]):
    """One thread's item and, once written, its result; until then the error that it would hear."""

    result: Result

    def __init__(self, item: Item) -> None:
        self.item, self.leads = item, False
        self.error: Exception | None = Busy("未能及时存下，请稍后再提交一次。")
        self.asleep = Lock()
        self.asleep.acquire()


class GroupCommit(Generic[Item, Result]):
    """One thread, the leader, writes all waiting items and commits; the next waiting leads the next batch.

    `write` gets a connection and items and returns a result for each, in order. When it or the commit fails,
    every item is written again alone, so that one bad item fails only itself. `lock_path` is a file by which
    processes take turns: SQLite's own retries may starve one. Without it a leader of a busy group waits
    GATHERING_SECONDS, or every second batch would have one item.
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
        self._queue: list[_Waiting[Item, Result]] = []  # of threads that do not lead
        self._is_led = self._is_crowded = False

    def run(self, item: Item, *, patience_seconds: float = PATIENCE_SECONDS) -> Result:
        """The item's result, committed; raises what writing it raised, or Busy: send the same item again."""
        own = _Waiting[Item, Result](item)
        with self._changing:
            own.leads, self._is_led = not self._is_led, True
            if not own.leads:
                self._queue.append(own)
        if not own.leads and not own.asleep.acquire(timeout=patience_seconds):
            with self._changing:
                is_queued = own in self._queue
                if is_queued:
                    self._queue.remove(own)
            if not is_queued:  # its batch is being written
                own.asleep.acquire(timeout=PATIENCE_SECONDS)
        if own.leads:
            self._lead(own)
        if own.error is not None:
            raise own.error
        return own.result

    def _lead(self, own: _Waiting[Item, Result]) -> None:
        """Write all items waiting once the lock is held; wake the next leader and the batch's threads."""
        batch = [own]
        try:
            with self._engine.connect() as connection, ExitStack() as turn:
                if self._lock_path is not None:
                    lock_file(turn.enter_context(self._lock_path.open("ab")))
                elif self._is_crowded:
                    time.sleep(GATHERING_SECONDS)
                with self._changing:
                    batch, self._queue = batch + self._queue, []
                self._is_crowded = len(batch) > 1
                self._commit(connection, batch)
        except OperationalError as error:  # the database is away or locked, for all
            _log.warning("answers could not be written: %s", error)
        finally:
            with self._changing:
                self._is_led = bool(self._queue)
                for following in self._queue[:1]:
                    self._queue.remove(following)
                    following.leads = True
                    following.asleep.release()
            for waiting in batch[1:]:  # outside the lock, which they need for their next item
                waiting.asleep.release()

    def _commit(self, connection: Connection, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            with connection.begin():
                results = self._write(connection, [waiting.item for waiting in batch])
        except OperationalError:
            raise
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
            else:
                for waiting in batch:
                    self._commit(connection, [waiting])
        else:
            for waiting, waiting.result in zip(batch, results, strict=True):
                waiting.error = None
