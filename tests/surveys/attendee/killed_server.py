"""Sends answers continuously while the server is killed and restarted."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from tests.servers import answers, eventually, free_port

PHONES = 16
FORM = "application/x-www-form-urlencoded"


class Storm:
    """Phones that answer one survey after the other; each answer is sent until it is thanked for."""

    def __init__(self, port: int, path: str) -> None:
        self.thanked: set[str] = set()
        self.refused: list[int] = []
        self._port, self._path = port, path
        self._over = threading.Event()
        self._phones = [threading.Thread(target=self._answer_on) for _ in range(PHONES)]

    def __enter__(self) -> "Storm":
        for phone in self._phones:
            phone.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for phone in self._phones:
            phone.join()

    def has_thanked(self, more_than: int) -> bool:
        return len(self.thanked) > more_than

    def _answer_on(self) -> None:
        while not self._over.is_set():
            nonce = str(uuid.uuid4())
            while not self._over.is_set() and not self._send(nonce):
                time.sleep(0.05)

    def _send(self, nonce: str) -> bool:
        """Whether the server said it has the answer; cut off or sent away, the phone will try again."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Content-Type": FORM, "Cookie": f"device={nonce}"}
        try:
            connection.request("POST", self._path, urlencode({"overall": 5, "nonce": nonce}), headers)
            status = connection.getresponse().status
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        if status == 200:
            self.thanked.add(nonce)
        elif status != 503:
            self.refused.append(status)
        return status == 200


@contextmanager
def _server(port: int, settings: Mapping[str, str]) -> Iterator[None]:
    """A served product; killed at the end with all its processes, in the middle of whatever they do."""
    command = [sys.executable, "-m", "activitylog", "serve", "--no-scheduler", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **settings}, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def kill_repeatedly(token: str, settings: Mapping[str, str], *, kills: int) -> tuple[Storm, list[float]]:
    """The storm after so many kills, and the seconds each start took until it answered."""
    port, starts = free_port(), list[float]()
    with Storm(port, f"/s/{token}") as storm:
        for _ in range(kills):
            begun = time.monotonic()
            with _server(port, settings):
                assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz"), every=0.01)
                starts.append(time.monotonic() - begun)
                before = len(storm.thanked)
                assert eventually(partial(storm.has_thanked, before + 20))
    return storm, starts
