"""Measures the survey's page and answers against minimal endpoints on the same server and database."""

import os
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from activitylog.core.database import make_engine
from activitylog.server.serve import DEFAULT_WORKERS, THREADS
from activitylog.surveys.models import Response
from benchmarks.hall import bare_server, environment, our_server, page_bytes, prepare
from benchmarks.load import Load, client_name, send
from tests.databases import postgres_server

CONNECTIONS = (16, 64)
ROUNDS = 7
SECONDS = 2
NAMES = {
    "our page": "问卷页",
    "bare page": "最小的 Flask 页面",
    "static file": "静态文件",
    "our answer": "提交",
    "bare answer": "最小端点，逐个提交",
    "bare grouped": "最小端点，合并提交",
}
RATIOS = (
    ("our page", "bare page"),
    ("our page", "static file"),
    ("our answer", "bare answer"),
    ("our answer", "bare grouped"),
)
Loads = dict[str, list[Load]]


def main() -> None:
    print(f"\n问卷：activitylog 与最小端点（{client_name()}，granian {DEFAULT_WORKERS} 进程", end="")
    print(f" × {THREADS} 线程，{os.cpu_count()} 核，各 {ROUNDS} 轮 × {SECONDS} 秒交替）")
    with tempfile.TemporaryDirectory() as folder:
        compare("SQLite（WAL，synchronous=FULL）", f"sqlite:///{folder}/bench.db", Path(folder))
        with postgres_server() as url:
            address = url.replace("postgresql://", "postgresql+psycopg://")
            compare("PostgreSQL（fsync）", address, Path(folder))


def compare(title: str, database_url: str, folder: Path) -> None:
    """Measure the servers in turn, round by round, so that noise of the machine affects all."""
    activity_id, token = prepare(database_url)
    settings = environment(database_url, folder)
    settings["BARE_DATABASE_URL"] = database_url.replace("bench.db", "bare.db")
    prepare_bare(settings["BARE_DATABASE_URL"])
    acknowledged = 0
    with our_server(settings) as ours:
        size = page_bytes(f"{ours}/s/{token}")
        settings["BARE_PAGE_BYTES"] = str(size)
        (folder / "static").mkdir(exist_ok=True)
        (folder / "static" / "page").write_bytes(b"x" * size)
        with bare_server(settings, folder / "static") as bare:
            addresses = {
                "our page": f"{ours}/s/{token}",
                "bare page": f"{bare}/page",
                "static file": f"{bare}/static/page",
                "our answer": f"{ours}/s/{token}",
                "bare answer": f"{bare}/one/{token}",
                "bare grouped": f"{bare}/grouped/{token}",
            }
            for connections in CONNECTIONS:
                loads = measure(addresses, connections)
                acknowledged += sum(load.requests for load in loads["our answer"])
                report(f"{title}，{connections} 连接", loads)
    check_stored(database_url, activity_id, acknowledged)


def measure(addresses: dict[str, str], connections: int) -> Loads:
    loads: Loads = defaultdict(list)
    for run in range(ROUNDS + 1):  # the first warms up
        for place, (name, address) in enumerate(addresses.items()):
            seed = 16 * (run * 100 + connections) + place
            seconds = SECONDS if run else 1
            pages = name in {"our page", "bare page", "static file"}
            loads[name].append(send(address, pages=pages, seconds=seconds, connections=connections, run=seed))
    return loads


def prepare_bare(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE bare_answer (nonce TEXT PRIMARY KEY, overall INTEGER NOT NULL)")
        )
    engine.dispose()


def check_stored(database_url: str, activity_id: int, acknowledged: int) -> None:
    """Raise RuntimeError when fewer answers are stored than were acknowledged."""
    engine = make_engine(database_url)
    with Session(engine) as session:
        stored = session.scalar(select(func.count()).where(Response.activity_id == activity_id)) or 0
    engine.dispose()
    if stored < acknowledged:
        raise RuntimeError(f"{acknowledged} answers acknowledged, {stored} stored")


def report(title: str, all_loads: Loads) -> None:
    print(f"\n  {title}\n                           请求/秒  p50 毫秒  p99 毫秒  客户端占两核")
    measured = {name: loads[1:] for name, loads in all_loads.items()}
    for name, loads in measured.items():
        rate, median, p99, share = (
            statistics.median(getattr(load, field) for load in loads)
            for field in ("per_second", "median", "p99", "client_share")
        )
        print(f"  {NAMES[name]:<18}{rate:>14,.0f}{median:>10.1f}{p99:>10.1f}{share:>10.0%}")
    for mine, theirs in RATIOS:
        ratio = statistics.median(
            a.per_second / b.per_second for a, b in zip(measured[mine], measured[theirs], strict=True)
        )
        print(f"  {NAMES[mine]} ÷ {NAMES[theirs]}（各轮之比的中位数）：{ratio:.2f}")
    worst = statistics.median(load.p99 / load.median for load in measured["our answer"])
    print(f"  提交的 p99 ÷ p50：{worst:.1f}", flush=True)


if __name__ == "__main__":
    main()
