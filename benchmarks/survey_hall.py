"""Measures full halls: 500 people in two minutes, a survey of a million answers, ten kills of the server."""

import gzip
import random
import re
import statistics
import tempfile
import threading
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.database import make_engine
from activitylog.surveys.answers.queries import FLAGGED, filter_conditions, filtered_answers
from activitylog.surveys.models import AnsweredDevice, Response
from activitylog.surveys.queries import survey_summary
from benchmarks.hall import environment, our_server, prepare
from benchmarks.load import send
from tests.databases import postgres_server
from tests.surveys.attendee.killed_server import FORM, kill_repeatedly

PEOPLE = 500
MINUTES = 2.0
OLD_ANSWERS = 1_000_000
AT_ONCE = 10_000  # rows put in by one statement
CONNECTIONS = 16
ROUNDS = 4
SECONDS = 3
KILLS = 10


def main() -> None:
    print("\n满座的报告厅")
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{folder}/hall.db", Path(folder))
        with postgres_server() as url:
            _measure("PostgreSQL", url.replace("postgresql://", "postgresql+psycopg://"), Path(folder))


def _measure(name: str, database_url: str, folder: Path) -> None:
    activity_id, token = prepare(database_url)
    settings = environment(database_url, folder)
    print(f"\n  {name}", flush=True)
    _paced(settings, database_url, activity_id, token)
    _aged(settings, database_url)
    _killed(settings, database_url, activity_id, token)


def _paced(settings: dict[str, str], database_url: str, activity_id: int, token: str) -> None:
    """Everybody opens the page and answers at a random moment, all from one IP address."""
    pages: list[float] = []
    answers: list[float] = []
    problems: list[str] = []
    # the limit a hall meets in earnest
    with our_server({**settings, "ACTIVITYLOG_SURVEY_LIMIT": "3000"}) as address:
        people = [
            threading.Thread(target=_attend, args=(f"{address}/s/{token}", pages, answers, problems))
            for _ in range(PEOPLE)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        memory = _server_memory(urlsplit(address).port or 0)
    stored = _count(database_url, activity_id)
    print(f"    {PEOPLE} 人 {MINUTES:g} 分钟内同一地址：存下 {stored} 份，出错 {len(problems)}，", end="")
    print(
        f"页面 p99 {_p99(pages):.0f} ms，提交 p99 {_p99(answers):.0f} ms，服务进程共 {memory} MB", flush=True
    )
    doubtful = _doubtful(database_url, activity_id)
    if problems or doubtful or stored != PEOPLE:
        raise RuntimeError(f"{stored} of {PEOPLE} stored, {doubtful} doubtful; {problems[:3]}")


def _attend(address: str, pages: list[float], answers: list[float], problems: list[str]) -> None:
    parts = urlsplit(address)
    time.sleep(random.uniform(0, MINUTES * 60 - 20))
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    begun = time.monotonic()
    connection.request("GET", parts.path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    page = gzip.decompress(answer.read()).decode()
    pages.append(time.monotonic() - begun)
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    time.sleep(random.uniform(5, 20))
    body = urlencode({"overall": random.randint(3, 5), "nonce": nonce[1] if nonce else ""})
    headers = {"Content-Type": FORM, "Cookie": cookie, "Accept-Encoding": "gzip"}
    begun = time.monotonic()
    connection.request("POST", parts.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    answers.append(time.monotonic() - begun)
    if answer.status != 200:
        problems.append(str(answer.status))


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] * 1000


def _server_memory(port: int) -> int:
    """MB that all processes of the server on the port keep, shared pages counted once."""
    kilobytes = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            rollup = (folder / "smaps_rollup").read_text() if str(port).encode() in command else ""
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kilobytes // 1024


def _count(database_url: str, activity_id: int) -> int:
    engine = make_engine(database_url)
    with Session(engine) as session:
        found = len(session.scalars(select(Response.id).where(Response.activity_id == activity_id)).all())
    engine.dispose()
    return found


def _doubtful(database_url: str, activity_id: int) -> int:
    """How many of the answers would be listed as doubtful: an honest hall is not."""
    engine = make_engine(database_url)
    with Session(engine) as session:
        activity = session.get_one(Activity, activity_id)
        conditions = filter_conditions(session, activity, survey_summary(session, activity_id))
        found = filtered_answers(session, activity, conditions).counts[FLAGGED]
    engine.dispose()
    return found


def _aged(settings: dict[str, str], database_url: str) -> None:
    """A survey with ten answers and one with a million, asked in turn of one server."""
    old_id, old = prepare(database_url, number="bench-2")
    engine = make_engine(database_url)
    _fill(engine, old_id)
    engine.dispose()
    _, young = prepare(database_url, number="bench-3")
    ratios: dict[str, list[float]] = {"页面": [], "提交": []}
    with our_server(settings) as address:
        for run in range(ROUNDS + 1):  # the first warms up
            for name, pages in (("页面", True), ("提交", False)):
                rates: dict[str, float] = {}
                for token in (old, young) if run % 2 else (young, old):  # whoever is first has it harder
                    rates[token] = send(
                        f"{address}/s/{token}",
                        pages=pages,
                        seconds=SECONDS if run else 1,
                        connections=CONNECTIONS,
                        run=run * 10 + len(rates),
                    ).per_second
                if run:
                    ratios[name].append(rates[old] / rates[young])
    for name, found in ratios.items():
        print(
            f"    {OLD_ANSWERS:,} 份答卷的问卷 ÷ 新问卷，{name}：{statistics.median(found):.2f}", flush=True
        )


def _fill(engine: Engine, activity_id: int) -> None:
    now = datetime.now(UTC)
    with engine.execution_options(writing=True).begin() as connection:
        for start in range(0, OLD_ANSWERS, AT_ONCE):
            nonces = [str(uuid.uuid4()) for _ in range(start, start + AT_ONCE)]
            answer = {"activity_id": activity_id, "overall": 5, "answers": {"content": 4}}
            more = {"questionnaire": "default-1", "submitted_at": now}
            connection.execute(insert(Response), [{**answer, **more, "nonce": each} for each in nonces])
            devices = [{"activity_id": activity_id, "device_hash": each} for each in nonces]
            connection.execute(insert(AnsweredDevice), devices)


def _killed(settings: dict[str, str], database_url: str, activity_id: int, token: str) -> None:
    storm, starts = kill_repeatedly(token, settings, kills=KILLS)
    engine = make_engine(database_url)
    with Session(engine) as session:
        stored = Counter(session.scalars(select(Response.nonce).where(Response.activity_id == activity_id)))
    engine.dispose()
    lost = len(storm.thanked - set(stored))
    twice = sum(count > 1 for count in stored.values())
    print(f"    杀死服务 {KILLS} 次：道谢 {len(storm.thanked):,} 份，丢失 {lost}，重复 {twice}，", end="")
    print(f"重新启动到答复 {min(starts):.1f}–{max(starts):.1f} s（中位数 {statistics.median(starts):.1f}）")
    if lost or twice or storm.refused:
        raise RuntimeError(f"{lost} lost, {twice} twice, refused {storm.refused[:3]}")


if __name__ == "__main__":
    main()
