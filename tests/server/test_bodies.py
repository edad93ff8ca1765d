"""A connection on which a body has stopped coming is ended; one that still sends or is answered is not."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from activitylog.server import bodies
from activitylog.server.bodies import LEAST_RECEIVED, BodiesOnTheirWay, end_standing

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system counts no traffic")


class Line(NamedTuple):
    """A connection: the client's end and the server's."""

    client: socket.socket
    server: socket.socket

    def is_ended(self) -> bool:
        self.client.settimeout(0.2)
        try:
            return self.client.recv(1) == b""
        except TimeoutError:
            return False


class Lines(NamedTuple):
    listening: socket.socket
    port: int
    opened: ExitStack

    def line(self) -> Line:
        client = self.opened.enter_context(socket.create_connection(("127.0.0.1", self.port)))
        return Line(client, self.opened.enter_context(self.listening.accept()[0]))


@pytest.fixture
def lines() -> Iterator[Lines]:
    with ExitStack() as opened:
        listening = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        yield Lines(listening, listening.getsockname()[1], opened)


def test_a_body_that_stands_for_a_period_loses_its_connection(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, slow, answered, new_one = lines.line(), lines.line(), lines.line(), None
    standing.client.sendall(b"POST / HTTP/1.1")
    way = BodiesOnTheirWay(from_one=0)
    with way.one_more("10.0.0.1"):
        before = end_standing(way, lines.port, {})
        standing.client.sendall(b"x")
        slow.client.sendall(bytes(LEAST_RECEIVED))
        answered.server.sendall(b"HTTP/1.1 200 OK")
        assert answered.client.recv(3) == b"HTT"
        new_one = lines.line()
        end_standing(way, lines.port, before)
        assert not standing.is_ended()  # nothing is overdue yet
        monkeypatch.setattr(bodies, "BODY_SECONDS", -1)
        end_standing(way, lines.port, before)
        assert [each.is_ended() for each in (standing, slow, new_one)] == [True, False, False]
    assert answered.client.recv(12) == b"P/1.1 200 OK"
    assert not answered.is_ended()


def test_connections_to_elsewhere_are_left_alone(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", -1)
    line, way = lines.line(), BodiesOnTheirWay(from_one=0)
    with way.one_more("10.0.0.1"):
        assert end_standing(way, lines.port + 1, {}) == {}
        end_standing(way, lines.port, end_standing(way, lines.port, {}))
    assert line.is_ended()
