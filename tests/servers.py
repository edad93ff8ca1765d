"""Helpers for servers: a free port, fetching, and waiting for another process."""

import socket
import time
import urllib.request
from collections.abc import Callable


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310
        text: str = answer.read().decode()
    return text


def answers(address: str) -> bool:
    """Whether the address answers; False while the server is starting."""
    try:
        fetch(address)
    except OSError:
        return False
    return True


def eventually(fact: Callable[[], bool], *, seconds: float = 30, every: float = 0.05) -> bool:
    """Whether the fact becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(every)
    return fact()
