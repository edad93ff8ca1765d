import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.password_links.operations import link_of
from activitylog.accounts.queries import user_named
from activitylog.accounts.rules import Role, password_weakness
from activitylog.accounts.sign_ins.operations import fitting_hash
from activitylog.core.period import utc_now
from activitylog.errors import BadInput
from activitylog.server import first_start, serve
from activitylog.server.first_start import FirstAdmin
from activitylog.server.serve import SchedulerProcess
from activitylog.settings import Settings
from tests.servers import answers, eventually, fetch, free_port

SERVE = """
import sys, time
from granian.server import mp
from activitylog.core.database import upgrade_schema
from activitylog.server import serve
from activitylog.settings import Settings

def answer(environ, start_response):
    time.sleep(1.5 if environ["PATH_INFO"] == "/slow" else 0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]

upgrade_schema(Settings.from_env().database_url)
serve.load_application = lambda _port: answer
if "--slow-workers" in sys.argv:
    configure_logging = mp.configure_logging
    mp.configure_logging = lambda *settings: (time.sleep(3), configure_logging(*settings))
serve.serve(host="127.0.0.1", port=int(sys.argv[1]), with_scheduler=False)
"""


def children(process: int) -> set[int]:
    listed = Path(f"/proc/{process}/task").glob("*/children")
    return {int(word) for file in listed for word in file.read_text().split()}


def hear_hangups() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def running_server(tmp_path: Path, *before: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    environment = {**os.environ, "ACTIVITYLOG_DATA_DIR": str(tmp_path)}
    command = [*before, sys.executable, "-c", SERVE, str(port)]
    # whoever runs the tests may have been told to ignore a closed terminal; the server here has not
    process = subprocess.Popen(command, env=environment, preexec_fn=hear_hangups)  # noqa: PLW1509
    try:
        assert eventually(lambda: answers(f"http://127.0.0.1:{port}/"))
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()  # nothing to do when it has ended already
        process.wait()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopped_server_finishes_requests_and_leaves_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    with running_server(tmp_path) as (process, address):
        workers = children(process.pid)
        answered: list[str] = []
        slow = threading.Thread(target=lambda: answered.append(fetch(f"{address}/slow")))
        slow.start()
        time.sleep(0.3)
        process.send_signal(stop)
        slow.join()
        assert answered == ["done"]
        assert process.wait(timeout=60) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_server_stopped_before_its_workers_have_begun_ends_all_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "ACTIVITYLOG_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", SERVE, str(free_port()), "--slow-workers"]
    process = subprocess.Popen(command, env=environment)
    try:
        assert eventually(lambda: len(children(process.pid)) == serve.DEFAULT_WORKERS)
        process.terminate()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def test_server_started_with_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    with running_server(tmp_path, "nohup") as (process, address):
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert answers(address)
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_killed_worker_is_replaced(tmp_path: Path) -> None:
    with running_server(tmp_path) as (process, address):
        workers = children(process.pid)
        os.kill(min(workers), signal.SIGKILL)
        assert eventually(lambda: len(children(process.pid) - {min(workers)}) == len(workers))
        assert answers(address)
        process.terminate()
        process.wait(timeout=60)


def test_port_in_use_is_refused_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BadInput, match=f"端口 {port} 已被占用") as refusal:
            serve.listening_address("127.0.0.1", port)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(BadInput, match="1 到 65535"):
        serve.listening_address("127.0.0.1", port)


def test_port_is_free_again_after_connections_were_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = other.accept()
            accepted.close()
    assert serve.listening_address("127.0.0.1", port) == "127.0.0.1"


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(BadInput, match="--host"):
        serve.listening_address("192.0.2.1", free_port())


def test_dead_scheduler_is_started_again_and_ends_with_the_server(tmp_path: Path) -> None:
    log = tmp_path / "starts"
    program = f"import os, time; open({str(log)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(600)"
    scheduler = SchedulerProcess([sys.executable, "-c", program], pause_seconds=0.1)
    scheduler.start()
    assert eventually(lambda: log.exists() and len(log.read_text().split()) == 1)
    os.kill(int(log.read_text().split()[0]), signal.SIGKILL)
    assert eventually(lambda: len(log.read_text().split()) == 2)
    scheduler.stop()
    assert not any(Path(f"/proc/{pid}").exists() for pid in log.read_text().split())


def test_first_start_creates_one_administrator_who_can_sign_in(settings: Settings, session: Session) -> None:
    first = first_start.prepare_first_start(settings, empty=True)
    assert first is not None
    admin = user_named(session, first_start.ADMIN_NAME)
    assert (admin.role, admin.administers_accounts) == (Role.OFFICER, True)
    assert fitting_hash(session, name=admin.name, password=first.password) == admin.password_hash
    assert link_of(session, first.token, now=utc_now()).user is admin


def test_second_start_leaves_people_as_they_are(settings: Settings, session: Session) -> None:
    first_start.prepare_first_start(settings, empty=True)
    assert first_start.prepare_first_start(settings, empty=True) is None
    assert session.scalars(select(User.name)).all() == [first_start.ADMIN_NAME]


def test_generated_passwords_are_strong_and_differ() -> None:
    passwords = {first_start.make_password() for _ in range(50)}
    assert len(passwords) == 50
    assert not any(password_weakness(password) for password in passwords)


def test_announcement_names_address_and_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    first_start.print_addresses("http://192.168.3.7:8000", port=8000, admin=FirstAdmin("Xy7-Xy7-Xy7", "once"))
    said = capsys.readouterr().out
    assert "http://localhost:8000" in said
    assert "http://192.168.3.7:8000" in said
    assert "admin" in said
    assert "Xy7-Xy7-Xy7" in said
    assert "http://192.168.3.7:8000/password/once" in said
    assert "█" in said


def test_later_announcement_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    first_start.print_addresses("http://localhost:8000", port=8000, admin=None)
    said = capsys.readouterr().out
    assert "密码" not in said
    assert "█" not in said


def test_a_database_out_of_reach_is_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    serve.check_schema(f"sqlite:///{tmp_path}/nowhere/x.db")
    (line,) = caplog.records
    assert "the database cannot be reached: " in line.getMessage()
    assert line.exc_info is None
