"""Sends load to a server: with `wrk` where it is installed, else with threads of this process."""

import os
import resource
import shutil
import statistics
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

SCRIPT = Path(__file__).with_name("load.lua")
CLIENT_THREADS = 16  # of the fallback: more only fight for one interpreter
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Load:
    """What one round measured; times in milliseconds, the client's share of all cores from 0 to 1."""

    per_second: float
    median: float
    p99: float
    requests: int
    client_share: float


def client_name() -> str:
    return "wrk" if shutil.which("wrk") else "Python 线程"


def send(address: str, *, pages: bool, seconds: int, connections: int, run: int) -> Load:
    """Ask for pages or post answers as fast as the server goes; raises when any was refused."""
    begun, cpu = time.monotonic(), _client_seconds()
    requests, elapsed, median, p99, failed = (
        _with_wrk(address, pages, seconds, connections, run)
        if shutil.which("wrk")
        else _with_threads(address, pages, seconds, min(connections, CLIENT_THREADS))
    )
    if failed:
        raise RuntimeError(f"{failed} of {requests} requests failed at {address}")
    share = (_client_seconds() - cpu) / (time.monotonic() - begun) / (os.cpu_count() or 1)
    return Load(requests / elapsed, median, p99, requests, share)


def _client_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _with_wrk(
    address: str, pages: bool, seconds: int, connections: int, run: int
) -> tuple[int, float, float, float, int]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    what = "page" if pages else "answer"
    printed = subprocess.run(
        [*command, address, "--", str(run), what], check=True, capture_output=True, text=True
    ).stdout
    line = next(line for line in printed.splitlines() if line.startswith("RESULT"))
    requests, micros, median, p99, failed = (int(float(part)) for part in line.split()[1:])
    return requests, micros / 1e6, median / 1000, p99 / 1000, failed


def _with_threads(
    address: str, pages: bool, seconds: int, connections: int
) -> tuple[int, float, float, float, int]:
    times: list[float] = []
    failures: list[int] = []
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_client, args=(address, pages, end, times, failures))
        for _ in range(connections)
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begun
    ranks = statistics.quantiles(times, n=100)
    return len(times), elapsed, ranks[49] * 1000, ranks[98] * 1000, len(failures)


def _client(address: str, pages: bool, end: float, times: list[float], failures: list[int]) -> None:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    while time.monotonic() < end:
        begun = time.monotonic()
        if pages:
            connection.request("GET", parts.path, headers={"Accept-Encoding": "gzip"})
        else:
            body, headers = an_answer()
            connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.monotonic() - begun)
        if answer.status != 200:
            failures.append(answer.status)
    connection.close()


def an_answer(nonce: str | None = None) -> tuple[str, dict[str, str]]:
    """Body and headers of one person's answer."""
    nonce = nonce or str(uuid.uuid4())
    body = urlencode({"overall": 5, "content": 4, "age": "18_59", "suggestion": "", "nonce": nonce})
    return body, {"Content-Type": FORM, "Cookie": f"device={nonce}", "Accept-Encoding": "gzip"}
