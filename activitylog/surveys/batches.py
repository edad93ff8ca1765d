"""Many writers waiting at once, one commit: each hears of success only after it."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from activitylog.extensions import begin_writing

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Waiting(Generic[Item, Result]):
    """One caller's item and, once decided, what became of it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.error: Exception | None = None
        self.result: Result

    def succeed(self, result: Result) -> None:
        self.result, self.is_done = result, True

    def fail(self, error: Exception) -> None:
        self.error, self.is_done = error, True


class Batches(Generic[Item, Result]):
    """Whoever comes first writes for all who come while the one before is still committing.

    `write` gets a session and one or more items and returns a result for each, in order. When it or the
    commit fails, every item is written again alone, so that nobody fails for another's sake.
    """

    def __init__(self, write: Callable[[Session, Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._queue: deque[_Waiting[Item, Result]] = deque()
        self._turn = Lock()

    def run(self, session: Session, item: Item) -> Result:
        """The item's result, committed; what writing it raises, rolled back."""
        mine = _Waiting[Item, Result](item)
        self._queue.append(mine)
        with self._turn:
            if not mine.is_done:
                self._commit(session, self._all_with(mine))
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _all_with(self, mine: _Waiting[Item, Result]) -> list[_Waiting[Item, Result]]:
        """Everybody waiting; me, too, when one who took me along was killed before the end."""
        batch = [self._queue.popleft() for _ in range(len(self._queue))]
        return batch if mine in batch else [*batch, mine]

    def _commit(self, session: Session, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            begin_writing(session)
            results = self._write(session, [waiting.item for waiting in batch])
            session.commit()
        except Exception as error:
            session.rollback()
            if len(batch) == 1:
                batch[0].fail(error)
            else:
                for waiting in batch:
                    self._commit(session, [waiting])
        else:
            for waiting, result in zip(batch, results, strict=True):
                waiting.succeed(result)
