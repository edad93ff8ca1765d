"""Every page of an office of city size: CPU time of the server and of the database, and bytes.

All addresses of the application are visited with ids of the office, by a manager and an organizer (what only
the officer may see, by one), and the attendee's survey. The bare limit is the list of a year that has
one activity, in the same run. Judge by CPU time: the time that passes is printed beside it. `--activities N`
sets the size, `--url URL` measures an office kept in that database, which is filled when it is empty.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from urllib.parse import quote

import psycopg
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, make_url, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import renew_calendar
from activitylog.activities.models import Activity, Venue
from activitylog.app import create_app
from activitylog.core.database import make_engine
from activitylog.expenses.models import Expense
from activitylog.indicators.models import Rule
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator, Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.settings import Settings
from benchmarks.big_office import YEAR
from benchmarks.pages_office import BARE_YEAR, TODAY, build
from tests.databases import postgres_server
from tests.signed_in import signed_in

CITY = 20_000
MOST_MS = {True: 100, False: 300}  # of city size, of larger offices
ROUNDS = 5
MEASURES = ("activities_held", "people_reached", "pushes", "releases_on_time", "satisfaction", "cost_saving")
_FILES = ("assets.", "static", "downloads.", "posters.", "exports.")  # to print, to keep, for ever
# With parameters: the last page of a list, a search, a month, and a figure compared with its records.
_QUERIES = {
    "activities.index": (
        f"?view=month&month={YEAR}-10",
        "?page={pages}",
        "?q=第123场",
        f"?day={YEAR}-10-10",
        "?status=logged",
    ),
    "indicators.show": (f"?period={YEAR}-10", "?page=40", "?live=1"),
    "changes.show": (f"?period={YEAR}-11", f"?period={YEAR}-05"),
    "periods.show": ("?changes=1",),
    "periods.index": (f"?year={YEAR}",),
    "projects.project": (f"?period={YEAR}-10",),
    "audit.index": ("?page=2", "?q=123"),
    "publicity.of_project": ("?page=2",),
    "expenses.of_project": ("?page=2",),
    "milestones.of_project": ("?page=2",),
    "answers.of_activity": ("?page=2",),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One address as one person sees it: milliseconds of CPU and of time passed, and bytes."""

    who: str
    address: str
    status: int
    cpu: float
    passed: float
    size: int

    def text(self, bare: float, most: float) -> str:
        over = " *" if self.cpu > most else ""
        return (
            f"    {self.cpu:7.1f} ms（经过 {self.passed:7.1f} ms，为 {self.cpu / bare:5.1f} 倍）"
            f"{self.size:9,} B  {self.status} {self.who} {self.address}{over}"
        )


def main() -> None:
    """Print a line a page, then all of them, the slowest first."""
    options = argparse.ArgumentParser()
    options.add_argument("--activities", type=int, default=CITY)
    options.add_argument("--url")
    options.add_argument("--only", default="", help="a part of the addresses to visit")
    chosen = options.parse_known_args()[0]
    if chosen.url:
        _measure(chosen.url, chosen.activities, chosen.only)
        return
    if chosen.activities <= CITY:
        with tempfile.TemporaryDirectory() as folder:
            _measure(f"sqlite:///{Path(folder) / 'bench.db'}", chosen.activities, chosen.only)
    with postgres_server() as url:
        _measure(url.replace("postgresql://", "postgresql+psycopg://"), chosen.activities, chosen.only)


def _measure(url: str, activities: int, only: str) -> None:
    most = MOST_MS[activities <= CITY]
    if not _is_filled(url):
        with time_machine.travel(TODAY):
            build(url, activities=activities)
    with time_machine.travel(TODAY + timedelta(hours=1)):
        database = make_url(url).get_backend_name()
        print(f"\n页面：{activities:,} 场活动，{database}，不应超过 {most} ms 处理器时间", flush=True)
        with tempfile.TemporaryDirectory() as folder, _processes_of(url) as backends:
            app = create_app(Settings(Path(folder), url, "a secret of the benchmarks", survey_limit=0))
            visits = list(_visits(app, url, backends, only, most))
    visits.sort(key=lambda each: -each.cpu)
    print(f"\n  {len(visits)} 个页面，最慢的在前（* 超过 {most} ms）")
    bare = next(each.cpu for each in visits if each.who == "下限")
    for visit in visits:
        print(visit.text(bare, most))


def _is_filled(url: str) -> bool:
    engine = make_engine(url)
    with engine.connect() as connection:
        is_filled = inspect(connection).has_table("activity")
    engine.dispose()
    return is_filled


def _visits(app: Flask, url: str, backends: "Backends", only: str, most: float) -> Iterator[Visit]:
    engine = make_engine(url)
    with Session(engine) as session:
        people = {user.name: user for user in session.scalars(select(User))}
        token = renew_calendar(session, people["manager"])
        session.commit()
        values, pages = _values(session, token)
        clients = {name: signed_in(app, user) for name, user in people.items()}
        attended = session.scalar(select(Activity.survey_token).where(Activity.id == 10))
    engine.dispose()
    bare = _visit(clients["manager"], "下限", f"/activities?year={BARE_YEAR}", backends)
    yield bare
    print(bare.text(bare.cpu, most), flush=True)
    for endpoint, address in _addresses(app, values, pages):
        if only and only not in f"{endpoint} {address}":
            continue
        found = _visits_of(clients, address, backends)
        for visit in found:
            print(visit.text(bare.cpu, most), flush=True)
        yield from found
    yield _visit(app.test_client(), "attendee", f"/s/{attended}", backends)


def _visits_of(clients: Mapping[str, FlaskClient], address: str, backends: "Backends") -> list[Visit]:
    """The manager's visit, the organizer's of a page as such, the officer's where neither may read."""
    people = ("manager",) if "?" in address else ("manager", "organizer")
    allowed = {name: clients[name].get(address).status_code for name in people}
    names = [name for name, status in allowed.items() if status != 403] or ["officer"]
    return [_visit(clients[name], name, address, backends) for name in names]


def _visit(client: FlaskClient, who: str, address: str, backends: "Backends") -> Visit:
    cpu, passed = [], []
    answer = client.get(address)
    for _ in range(ROUNDS):
        begun, worked, served = time.perf_counter(), time.process_time(), backends.seconds()
        answer = client.get(address)
        cpu.append(time.process_time() - worked + backends.seconds() - served)
        passed.append(time.perf_counter() - begun)
    size = len(answer.get_data())
    return Visit(
        who, address, answer.status_code, statistics.median(cpu) * 1e3, statistics.median(passed) * 1e3, size
    )


def _addresses(app: Flask, values: Mapping[str, tuple[object, ...]], pages: int) -> Iterator[tuple[str, str]]:
    skipped = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        arguments = sorted(rule.arguments)
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(_FILES):
            skipped.append(str(rule))
            continue
        if any(name not in values for name in arguments):
            skipped.append(str(rule))
            continue
        for chosen in product(*(values[name] for name in arguments)):
            address = _address(str(rule), dict(zip(arguments, map(str, chosen), strict=True)))
            for query in ("", *_QUERIES.get(rule.endpoint, ())):
                yield rule.endpoint, address + query.format(pages=pages)
    print(f"    不在其中（文件、照片、打印件）：{'、'.join(skipped)}")


def _address(rule: str, values: Mapping[str, str]) -> str:
    return re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", lambda part: quote(values[part[1]]), rule)


def _values(session: Session, token: str) -> tuple[dict[str, tuple[object, ...]], int]:
    """What stands for the variable parts of addresses, and how many pages the list of activities has."""
    umbrella = session.scalar(select(Project.parent_id).where(Project.parent_id.is_not(None)).limit(1))
    child = session.scalar(select(func.min(Project.id)).where(Project.parent_id == umbrella))
    indicators = [
        session.scalar(
            select(func.min(Rule.indicator_id))
            .join(Indicator, Indicator.id == Rule.indicator_id)
            .where(Rule.measure == measure, Indicator.project_id == umbrella)
        )
        for measure in MEASURES
    ]
    values: dict[str, tuple[object, ...]] = {
        "project_id": (umbrella, child),
        "indicator_id": tuple(indicators),
        "period": (f"{YEAR}-06", f"{YEAR}-11"),
        "revision": (1,),
        "audience": ("attendees", "hosts"),
        "token": (token,),
        "no": ("B-1000", "B-1001"),  # approved, to be reviewed
        "number": ("B-1000",),
    }
    for name, model in _RECORDS.items():
        values[name] = (session.scalar(select(func.min(inspect(model).primary_key[0]))),)
    return values, (session.scalar(select(func.count(Activity.id))) or 0) // 20


_RECORDS = {
    "expense_id": Expense,
    "milestone_id": Milestone,
    "push_id": Push,
    "report_id": MediaReport,
    "venue_id": Venue,
}


class Backends:
    """The processes that serve this database; none when it is SQLite."""

    def __init__(self, connection: "psycopg.Connection[tuple[int]] | None") -> None:
        self._connection = connection

    def seconds(self) -> float:
        """CPU time of all of them so far."""
        if self._connection is None:
            return 0.0
        rows = self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        files = (Path(f"/proc/{pid}/schedstat") for (pid,) in rows)
        return sum(int(file.read_text().split()[0]) for file in files if file.exists()) / 1e9


@contextmanager
def _processes_of(url: str) -> Iterator[Backends]:
    """No parallel workers: their time would be lost when they end."""
    if url.startswith("sqlite"):
        yield Backends(None)
        return
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as server:
        server.execute("ALTER SYSTEM SET max_parallel_workers_per_gather = 0")
        server.execute("SELECT pg_reload_conf()")
        yield Backends(server)


if __name__ == "__main__":
    main()
