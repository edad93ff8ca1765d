"""A network link between a phone and the server, which counts the traffic and can be cut."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.servers import free_port

_REQUEST = re.compile(rb"((?:GET|POST|PATCH) /\S*) HTTP/1\.1\r\n")


@dataclass
class NetworkLink:
    """A TCP proxy at `address`; it counts `bytes_down` to the phone and records its `requests`."""

    server_port: int
    port: int = field(default_factory=free_port)
    bytes_down: int = 0
    requests: list[str] = field(default_factory=list)
    is_cut: bool = False
    drops_responses: bool = False
    bytes_up_left: int | None = None  # before it is cut
    _ends: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        self.is_cut = True
        for end in self._ends:
            _close(end)
        self._ends.clear()

    def restore(self) -> None:
        self.is_cut, self.drops_responses, self.bytes_up_left = False, False, None

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                phone, _ = listener.accept()
            except OSError:
                return
            if self.is_cut:
                _close(phone)
                continue
            server = socket.create_connection(("127.0.0.1", self.server_port))
            self._ends += [phone, server]
            for carry in (self._up, self._down):
                threading.Thread(target=carry, args=(phone, server), daemon=True).start()

    def _up(self, phone: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := phone.recv(16384):
                self.requests += [line.decode() for line in _REQUEST.findall(data)]
                if self.bytes_up_left is not None:
                    self.bytes_up_left -= len(data)
                    if self.bytes_up_left < 0:
                        self.cut()
                        return
                server.sendall(data)
        _close(server)

    def _down(self, phone: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(16384):
                if self.drops_responses:
                    self.cut()
                    return
                self.bytes_down += len(data)
                phone.sendall(data)
        _close(phone)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def open_network_link(server_address: str) -> Iterator[NetworkLink]:
    """A link to the server, cut after the block."""
    link = NetworkLink(int(server_address.rpartition(":")[2]))
    with socket.create_server(("127.0.0.1", link.port), backlog=50) as listener:
        threading.Thread(target=link.accept, args=(listener,), daemon=True).start()
        yield link
        link.cut()
