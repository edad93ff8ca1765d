"""A bounded load of answers: `wrk` where it is installed, else threads of this process."""

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

SCRIPT = Path(__file__).with_name("answers.lua")
CLIENT_THREADS = 16  # of the fallback: more only fight for one interpreter


@dataclass(frozen=True, slots=True)
class Load:
    """What one round measured; times in milliseconds."""

    per_second: float
    median: float
    p99: float
    requests: int


def client_name() -> str:
    return "wrk" if shutil.which("wrk") else "Python 线程"


def send_answers(address: str, *, seconds: int, connections: int, run: int) -> Load:
    """Post as fast as the server answers; raises when any answer was refused."""
    load, failed = (
        _with_wrk(address, seconds, connections, run)
        if shutil.which("wrk")
        else _with_threads(address, seconds, min(connections, CLIENT_THREADS))
    )
    if failed:
        raise RuntimeError(f"{failed} of {load.requests} answers failed at {address}")
    return load


def _with_wrk(address: str, seconds: int, connections: int, run: int) -> tuple[Load, int]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    printed = subprocess.run(
        [*command, address, "--", str(run)], check=True, capture_output=True, text=True
    ).stdout
    line = next(line for line in printed.splitlines() if line.startswith("RESULT"))
    requests, micros, median, p99, failed = (int(float(part)) for part in line.split()[1:])
    return Load(requests / micros * 1e6, median / 1000, p99 / 1000, requests), failed


def _with_threads(address: str, seconds: int, connections: int) -> tuple[Load, int]:
    times: list[float] = []
    failures: list[int] = []
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_client, args=(address, end, times, failures)) for _ in range(connections)
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begun
    ranks = statistics.quantiles(times, n=100)
    return Load(len(times) / elapsed, ranks[49] * 1000, ranks[98] * 1000, len(times)), len(failures)


def _client(address: str, end: float, times: list[float], failures: list[int]) -> None:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    while time.monotonic() < end:
        nonce = str(uuid.uuid4())
        body = urlencode({"overall": 5, "content": 4, "age": "18_59", "suggestion": "", "nonce": nonce})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"device={nonce}"}
        begun = time.monotonic()
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.monotonic() - begun)
        if answer.status != 200:
            failures.append(answer.status)
    connection.close()
