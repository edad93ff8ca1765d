"""The trail's last hash at a log server: a real one, on a socket of this machine."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from activitylog.audit.heads.rules import TrailHead, head_of_line
from activitylog.core.database import make_engine
from activitylog.server.scheduler import TIMETABLE
from activitylog.settings import Settings
from tests.databases import TRAIL_KEYS
from tests.factories.projects import make_project
from tests.factories.trail import last
from tests.servers import free_port

JOBS = {job.name: job for job in TIMETABLE}
BEGINNING = "<110>activitylog: trail head "
SECONDS = 20
Receiver = tuple[str, Callable[[], bytes]]


@contextmanager
def udp_receiver(_folder: Path) -> Iterator[Receiver]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(SECONDS)
        yield f"127.0.0.1:{server.getsockname()[1]}", lambda: server.recv(2000)


@contextmanager
def tcp_receiver(_folder: Path) -> Iterator[Receiver]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SECONDS)

        def received() -> bytes:
            with closing(server.accept()[0]) as line:
                return line.makefile("rb").read()

        yield f"tcp://127.0.0.1:{server.getsockname()[1]}", received


@contextmanager
def local_receiver(folder: Path) -> Iterator[Receiver]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(folder / "log"))
        server.settimeout(SECONDS)
        yield str(folder / "log"), lambda: server.recv(2000)


@pytest.fixture
def sessions(settings: Settings) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(settings.database_url, trail_keys=TRAIL_KEYS)
    yield sessionmaker(engine)
    engine.dispose()


def kept_lines(settings: Settings) -> list[str]:
    return [line for file in settings.data_dir.glob("trail-heads/*") for line in file.read_text().split("\n")]


def head_in(received: bytes) -> TrailHead | None:
    assert received.startswith(BEGINNING.encode())
    return head_of_line(received.decode("ascii").removeprefix(BEGINNING).rstrip("\n"))


@pytest.mark.parametrize("receiver", [udp_receiver, tcp_receiver, local_receiver])
def test_the_last_hash_of_the_night_arrives_and_again_every_hour(
    session: Session,
    sessions: sessionmaker[Session],
    settings: Settings,
    tmp_path: Path,
    receiver: Callable[[Path], AbstractContextManager[Receiver]],
) -> None:
    make_project(session)
    session.commit()
    with receiver(tmp_path) as (address, received):
        office = replace(settings, syslog=address)
        JOBS["audit_trail"].run(sessions, office)
        checked = last(session)
        assert checked.action == "trail.checked"
        for _ in range(2):
            JOBS["keep_head"].run(sessions, office)
            head = head_in(received())
            assert head is not None
            assert (head.number, head.hash, head.seal) == (checked.id, checked.hash, checked.seal)
    assert len(list(filter(None, kept_lines(settings)))) == 1


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "/nowhere/log", "127.0.0.1:{port}"])
def test_a_server_that_is_away_is_logged_and_the_head_is_in_the_file(
    session: Session,
    sessions: sessionmaker[Session],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    address: str,
) -> None:
    make_project(session)
    session.commit()
    there = address.format(port=free_port())
    with caplog.at_level(logging.ERROR):
        JOBS["keep_head"].run(sessions, replace(settings, syslog=there))
    is_udp = address.startswith("127")  # which has no answer to tell by
    assert (f"could not be sent to {there}" in caplog.text) is not is_udp
    assert "Traceback" not in caplog.text
    assert [head_of_line(line) for line in filter(None, kept_lines(settings))]
