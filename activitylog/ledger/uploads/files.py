"""The files of one upload in the folder of unfinished uploads, which is swept after a day."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any, NamedTuple

from activitylog.core.locks import lock_file, try_lock_file

SECONDS_BETWEEN_REPORTS = 0.5
WAITING = "准备"


class WorkProgress(NamedTuple):
    """How far the work on an upload is: the stage, and items done of a total."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class UploadFiles:
    """The workbook of an upload, its progress, and its copy with the numbers given."""

    folder: Path
    key: str

    @property
    def workbook(self) -> Path:
        return self.folder / f"ledger-{self.key}.xlsx"

    @property
    def numbered(self) -> Path:
        return self.folder / f"ledger-{self.key}-numbered.xlsx"

    @property
    def _progress(self) -> Path:
        return self.folder / f"ledger-{self.key}-progress"

    @property
    def _running(self) -> Path:
        return self.folder / f"ledger-{self.key}-running"

    def remove(self) -> None:
        for path in (self.workbook, self.numbered, self._progress, self._running):
            path.unlink(missing_ok=True)

    # progress: in a file, since the import's transaction holds the database's write lock

    def report(self, stage: str, done: int, total: int) -> None:
        draft = self._progress.with_suffix(".new")
        draft.write_text(json.dumps([stage, done, total]), encoding="utf-8")
        draft.replace(self._progress)

    def progress(self) -> WorkProgress:
        try:
            return WorkProgress(*json.loads(self._progress.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return WorkProgress(WAITING, 0, 0)

    def report_waiting(self) -> None:
        self.report(WAITING, 0, 0)

    # the lock of the process at work: it ends with the process, however that ends

    def lock_of_work(self) -> IO[Any] | None:
        """The locked file, to be handed to the process that works; None when one is at work."""
        file = self._running.open("ab")
        if try_lock_file(file):
            return file
        file.close()
        return None

    def is_at_work(self) -> bool:
        with self._running.open("ab") as file:
            return not try_lock_file(file)


class ReportedProgress:
    """Reports the progress of long work to an upload's file from time to time."""

    def __init__(self, files: UploadFiles) -> None:
        self._files = files
        self._reported_at = -SECONDS_BETWEEN_REPORTS

    def __call__(self, stage: str, done: int, total: int) -> None:
        if monotonic() - self._reported_at >= SECONDS_BETWEEN_REPORTS:
            self._files.report(stage, done, total)
            self._reported_at = monotonic()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """A lock of the whole machine: one workbook is worked on at a time, to bound memory."""
    place = folder / "ledger-turn"
    place.touch()
    os.utime(place)  # recent enough not to be removed as abandoned
    with place.open("ab") as file:
        lock_file(file)
        yield
