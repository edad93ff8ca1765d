"""Measures answers alone and beside an attack: guessers, half-sent bodies, silent connections, large forms.

In turns on one server, as it ships: the share of the throughput that is left, how much slower the slowest
answers become, whether every acknowledged answer is stored, and the servers' memory.
"""

import os
import re
import secrets
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.passwords import hashed
from activitylog.accounts.rules import Role
from activitylog.core.database import begin_writing, make_engine
from activitylog.core.period import utc_now
from benchmarks.hall import environment, our_server, prepare
from benchmarks.load import FORM, Load, client_name, send
from benchmarks.survey_load import check_stored
from tests.databases import postgres_server

CONNECTIONS = 64
GUESSERS = 8
HALF_SENT = SILENT = 1000
LARGE_FORM = 4 * 1024 * 1024
LARGE_FORMS_AT_ONCE = 4
ROUNDS, SECONDS = 5, 4
_HALF = (
    b"POST /s/x HTTP/1.1\r\nHost: x\r\nContent-Type: " + FORM.encode() + b"\r\nContent-Length: 1000\r\n\r\nov"
)


def main() -> None:
    print(f"\n攻击下的问卷（{client_name()}，{os.cpu_count()} 核，各 {ROUNDS} 轮 × {SECONDS} 秒交替）")
    print(f"  旁边：{GUESSERS} 人猜密码、{HALF_SENT} 个半截请求、{SILENT} 个不说话的连接", end="")
    print(f"、{LARGE_FORMS_AT_ONCE} 人发 {LARGE_FORM:,} 字节的表单")
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{folder}/bench.db", Path(folder))
        with postgres_server() as url:
            _measure("PostgreSQL", url.replace("postgresql://", "postgresql+psycopg://"), Path(folder))


def _measure(name: str, database_url: str, folder: Path) -> None:
    activity_id, token = prepare(database_url)
    _add_user(database_url)
    loads: dict[bool, list[Load]] = {False: [], True: []}
    most = acknowledged = 0
    with our_server(environment(database_url, folder)) as address:
        survey, processes = f"{address}/s/{token}", _workers()
        for run in range(ROUNDS + 1):  # the first warms up
            for is_attacked in (False, True):
                with _attack(address) if is_attacked else ExitStack():
                    seed = 16 * (100 * run + is_attacked)
                    load = send(survey, pages=False, seconds=SECONDS, connections=CONNECTIONS, run=seed)
                    most = max(most, sum(map(_memory, processes)))
                acknowledged += load.requests
                if run:
                    loads[is_attacked].append(load)
                    print(
                        f"    {name} {'受攻击' if is_attacked else '平时'}：{load.per_second:,.0f} 份/秒，"
                        f"p99 {load.p99:.0f} ms",
                        flush=True,
                    )
    check_stored(database_url, activity_id, acknowledged)
    alone, attacked = (_medians(loads[is_attacked]) for is_attacked in (False, True))
    print(
        f"  {name}：吞吐为平时的 {attacked[0] / alone[0]:.2f}，p99 为平时的 {attacked[1] / alone[1]:.1f} 倍，"
        f"{acknowledged:,} 份确认过的答卷都在，两个进程最多 {most} MB",
        flush=True,
    )


def _medians(loads: list[Load]) -> tuple[float, float]:
    """Of answers a second, and of the slowest."""
    return statistics.median(each.per_second for each in loads), statistics.median(each.p99 for each in loads)


def _add_user(database_url: str) -> None:
    engine = make_engine(database_url)
    with Session(engine) as session:
        begin_writing(session)
        password_hash = hashed(f"Aa1-{secrets.token_urlsafe(12)}")
        session.add(
            User(
                name="admin",
                role=Role.OFFICER,
                administers_accounts=True,
                password_hash=password_hash,
                created_at=utc_now(),
            )
        )
        session.commit()
    engine.dispose()


@contextmanager
def _attack(address: str) -> Iterator[None]:
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 0
    stop = threading.Event()
    with ExitStack() as connections:
        for number in range(HALF_SENT + SILENT):
            connection = connections.enter_context(socket.create_connection((host, port), timeout=30))
            if number < HALF_SENT:
                connection.sendall(_HALF)
        attackers = [_guess] * GUESSERS + [_send_large_form] * LARGE_FORMS_AT_ONCE
        threads = [threading.Thread(target=_again, args=(each, host, port, stop)) for each in attackers]
        for each in threads:
            each.start()
        yield
        stop.set()
        for each in threads:
            each.join()


def _again(attack: Callable[[HTTPConnection], None], host: str, port: int, stop: threading.Event) -> None:
    while not stop.is_set():
        connection = HTTPConnection(host, port, timeout=30)
        try:
            attack(connection)
        except (OSError, HTTPException):
            time.sleep(0.01)
        finally:
            connection.close()


def _guess(connection: HTTPConnection) -> None:
    connection.request("GET", "/login")
    answer = connection.getresponse()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.read().decode())
    sent = {
        "csrf_token": found[1] if found else "",
        "name": secrets.choice(("admin", secrets.token_hex(4))),
        "password": secrets.token_urlsafe(9),
    }
    connection.request("POST", "/login", urlencode(sent), {"Content-Type": FORM, "Cookie": cookie})
    connection.getresponse().read()


def _send_large_form(connection: HTTPConnection) -> None:
    connection.request("POST", "/login", b"a=b&" * (LARGE_FORM // 4), {"Content-Type": FORM})
    connection.getresponse().read()


def _workers() -> list[int]:
    """The processes of the server that was started last."""
    own = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    servers = [int(each) for file in own for each in file.read_text().split()]
    below = Path(f"/proc/{servers[-1]}/task").glob("*/children")
    return [int(each) for file in below for each in file.read_text().split()]


def _memory(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) // 1024 if found else 0
