"""Sends the head of the trail to a log server, where whoever owns this machine cannot change it."""

import logging
import socket

from activitylog.audit.heads.rules import TrailHead

TCP = "tcp://"
SECONDS = 10  # until a server that does not answer is given up
_PRIORITY = 13 * 8 + 6  # RFC 5424: facility "log audit", severity "informational"
_log = logging.getLogger(__name__)


def send_head(address: str, head: TrailHead) -> bool:
    """Send one line to `host:port` (UDP), `tcp://host:port` or a local socket's path; logs a failure.

    By UDP a line to a server that is away is lost, mostly without an error; by TCP it is an error.
    """
    line = f"<{_PRIORITY}>activitylog: trail head {head.line}"
    try:
        if address.startswith(TCP):
            with socket.create_connection(_host_and_port(address), timeout=SECONDS) as stream:
                stream.sendall(f"{line}\n".encode("ascii"))
        else:
            _send_datagram(address, line.encode("ascii"))
    except OSError as error:
        _log.error(
            "the head of the trail could not be sent to %s (%s); the file has it, the next hour tries again",
            address,
            error,
        )
        return False
    return True


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.removeprefix(TCP).rpartition(":")
    return host, int(port)


def _send_datagram(address: str, line: bytes) -> None:
    if address.startswith("/"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(SECONDS)
            sender.connect(address)
            sender.send(line)
        return
    family, kind, protocol, _, there = socket.getaddrinfo(*_host_and_port(address), type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as sender:
        sender.sendto(line, there)
