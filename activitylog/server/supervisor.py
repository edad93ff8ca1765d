"""The scheduler as a child of the web server."""

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence

COMMAND = (sys.executable, "-m", "activitylog", "scheduler")
PAUSE_SECONDS = 5  # before a scheduler that ended by itself is started again
STOP_TIMEOUT_SECONDS = 30  # after which the scheduler is killed

log = logging.getLogger(__name__)


class SchedulerProcess:
    """Runs the scheduler as a child process; restarts it when it ends, stops it with the server."""

    def __init__(self, command: Sequence[str] = COMMAND, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._command = command
        self._pause_seconds = pause_seconds
        self._changing = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._spawn():
            self._watcher.start()

    def stop(self) -> None:
        with self._changing:
            self._stopping.set()
        if self._process is None:
            return
        self._process.terminate()
        self._watcher.join(STOP_TIMEOUT_SECONDS)
        if self._watcher.is_alive():
            self._process.kill()

    def _spawn(self) -> bool:
        """Start the process in its own session, so that Ctrl+C reaches only the server."""
        with self._changing:
            if self._stopping.is_set():
                return False
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.DEVNULL, start_new_session=True
            )
            return True

    def _watch(self) -> None:
        while self._process is not None:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            log.error("the scheduler ended with %s and is started again", code)
            if self._stopping.wait(self._pause_seconds) or not self._spawn():
                return
