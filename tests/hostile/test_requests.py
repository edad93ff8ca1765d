"""Malformed requests to a running server: none is a server error, and it goes on as before."""

import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import environ
from pathlib import Path

import pytest
from hypothesis import settings as examples
from sqlalchemy.orm import Session

from activitylog.app import create_app
from activitylog.settings import Settings
from tests.conftest import dispose
from tests.databases import Databases
from tests.examples import EVERYDAY
from tests.hostile.requests import RequestMaker
from tests.hostile.test_strings import ENDS_THE_SESSION, SECRET, closing_engine, office_addresses
from tests.permissions.installation import make_office, write_small_font
from tests.permissions.table import TOKEN
from tests.servers import answers, eventually, free_port
from tests.signed_in import signed_in

IS_THOROUGH = examples.get_current_profile_name() != EVERYDAY
SEED = 20261130
REQUESTS = 10_000 if IS_THOROUGH else 300
SENDERS = 4  # at once
SECONDS = 120  # until an answer
MOST_MEMORY = 400  # MiB of one process


@contextmanager
def served(folder: Path, url: str, log: Path) -> Iterator[tuple[int, int]]:
    """A server on the database; its port and the process id."""
    port = free_port()
    settings = {
        "ACTIVITYLOG_DATA_DIR": str(folder),
        "ACTIVITYLOG_DATABASE_URL": url,
        "ACTIVITYLOG_SECRET_KEY": SECRET,
        "ACTIVITYLOG_POSTER_FONT": write_small_font(folder / "small.ttf"),
        "ACTIVITYLOG_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "activitylog", "serve", "--port", str(port), "--no-scheduler"]
    with log.open("wb") as errors:
        server = subprocess.Popen(command, env={**environ, **settings}, stdout=errors, stderr=errors)
        try:
            assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz"), seconds=90)
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(timeout=60)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if IS_THOROUGH else ["sqlite"])
def test_no_malformed_request_is_a_server_error(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    source: Databases = request.getfixturevalue(f"{kind}_databases")
    with source.fresh() as url:
        with closing_engine(url) as engine, Session(engine) as session:
            maker = _maker(session, url, tmp_path)
        _send(maker, url, tmp_path)


def _send(maker: RequestMaker, database_url: str, tmp_path: Path) -> None:
    requests, log = [maker.request() for _ in range(REQUESTS)], tmp_path / "server.log"
    with served(tmp_path, database_url, log) as (port, pid):
        with ThreadPoolExecutor(SENDERS) as senders:
            statuses = list(senders.map(lambda sent: _status(port, sent), requests))
        assert answers(f"http://127.0.0.1:{port}/readyz")
        memory = max(_memory(each) for each in _processes(pid))
    counts = Counter(statuses)
    wrong = [sent[:300] for sent, status in zip(requests, statuses, strict=True) if status >= 500]
    assert wrong == [], counts
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")
    assert counts[0] < REQUESTS // 10, counts  # closed without an answer: not HTTP
    assert counts[200] + counts[302] + counts[422] > REQUESTS // 10, counts
    assert memory < MOST_MEMORY
    print(f"{dict(counts)}, {memory:.0f} MiB")  # noqa: T201  (shown by -s)


def _maker(session: Session, url: str, folder: Path) -> RequestMaker:
    office = make_office(session, folder)
    person = office.people["officer"]
    person.administers_accounts = True
    session.commit()
    app = create_app(Settings(folder, url, SECRET))
    client = signed_in(app, person)
    token = TOKEN.search(client.get("/me").text)
    cookie = client.get_cookie("session")
    assert token
    assert cookie
    addresses = [*office_addresses(app, dict(office.own["officer"])), f"/s/{office.token}"]
    dispose(app)
    kept = [each for each in addresses if not any(end in each for end in ENDS_THE_SESSION)]
    return RequestMaker(SEED, kept, cookie.value, token[1])


def _status(port: int, sent: bytes) -> int:
    """The status of the answer; 0 when the connection was closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as line:
        try:
            line.sendall(sent)
            head = line.recv(64)
        except ConnectionError:
            return 0
    found = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return int(found[1]) if found else 0


def _processes(pid: int) -> Sequence[int]:
    """The process and those it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in _processes(int(child)))]


def _memory(pid: int) -> float:
    """What the process holds of memory, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
