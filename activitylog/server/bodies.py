"""Counts the bodies that are on their way, and ends connections on which one has stopped coming.

The server gives no deadline for a body, nor says which connection a request came by. So a body's deadline is
kept by what the system counts of each connection: while a body is overdue, a connection that in a whole
period has received next to nothing, and sent nothing, is ended. A slow phone sends a thousand times more.
"""

import contextlib
import os
import socket
import stat
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

BODY_SECONDS = 30  # after which a body is overdue, and how long one period of counting is
LEAST_RECEIVED = 1024  # bytes in a period
_OPEN_FILES = "/proc/self/fd"
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_TCP_INFO = struct.Struct("=24xI92xQQ8xI")  # of Linux: unacknowledged, acknowledged, received, unsent


class BodiesOnTheirWay:
    """The bodies being received, by address; an address has at most `from_one`, 0 is no limit."""

    def __init__(self, from_one: int) -> None:
        self._from_one, self._changing = from_one, threading.Lock()
        self._begun: dict[object, float] = {}  # in the order they began
        self._addresses = Counter[str]()

    @contextmanager
    def one_more(self, address: str) -> Iterator[bool]:
        """While one more body is received; false if the address has too many."""
        body, may_send = object(), True
        with self._changing:
            if self._from_one and self._addresses[address] >= self._from_one:
                may_send = False
            else:
                self._addresses[address] += 1
                self._begun[body] = time.monotonic()
        try:
            yield may_send
        finally:
            if may_send:
                with self._changing:
                    del self._begun[body]
                    self._addresses[address] -= 1
                    if not self._addresses[address]:
                        del self._addresses[address]

    def is_one_overdue(self) -> bool:
        with self._changing:
            oldest = next(iter(self._begun.values()), None)
        return oldest is not None and time.monotonic() - oldest > BODY_SECONDS


@dataclass(frozen=True, slots=True)
class Traffic:
    """The bytes that have come and gone by a connection, and whether some are on their way out."""

    received: int
    sent: int
    is_sending: bool


def watch(bodies: BodiesOnTheirWay, port: int) -> None:
    """Look at the connections of `port` once a period, in a thread of its own."""

    def look_again() -> None:
        before: Mapping[int, Traffic] = {}
        while True:
            time.sleep(BODY_SECONDS)
            before = end_standing(bodies, port, before)

    if os.path.isdir(_OPEN_FILES):
        threading.Thread(target=look_again, daemon=True).start()


def end_standing(bodies: BodiesOnTheirWay, port: int, before: Mapping[int, Traffic]) -> dict[int, Traffic]:
    """End the connections that have stood since `before` if a body is overdue; their traffic now."""
    traffic: dict[int, Traffic] = {}
    for number, connection in _connections(port):
        now = traffic[number] = _traffic(connection)
        then = before.get(number)
        if then and bodies.is_one_overdue() and _stands(then, now):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
    return traffic


def _stands(then: Traffic, now: Traffic) -> bool:
    return (
        now.received - then.received < LEAST_RECEIVED
        and now.sent == then.sent
        and not (then.is_sending or now.is_sending)
    )


def _traffic(connection: socket.socket) -> Traffic:
    counted = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    unacknowledged, acknowledged, received, unsent = _TCP_INFO.unpack(counted)
    return Traffic(received, acknowledged, bool(unacknowledged or unsent))


def _connections(port: int) -> Iterator[tuple[int, socket.socket]]:
    """The connections that this process holds at its port, each by the number the system gives a socket."""
    for name in os.listdir(_OPEN_FILES):
        with contextlib.suppress(OSError):  # closed meanwhile, or no connection
            if not stat.S_ISSOCK(os.stat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as connection:
                if (
                    connection.family in _FAMILIES
                    and connection.getsockname()[1] == port
                    and connection.getpeername()
                ):
                    yield os.fstat(connection.fileno()).st_ino, connection
