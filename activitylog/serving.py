"""The web server with the scheduler beside it, and what a first start prepares before."""

import contextlib
import errno
import logging
import os
import secrets
import signal
import socket
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import qrcode
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.log import logger as server_log
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from activitylog import commands, create_app, migrating
from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user
from activitylog.accounts.rules import Role, password_weakness
from activitylog.acting import act_as, command_line
from activitylog.errors import BadInput, Refused
from activitylog.extensions import begin_writing, make_engine
from activitylog.period import utc_now
from activitylog.projects.models import Project
from activitylog.settings import Settings

DEFAULT_WORKERS = 2
THREADS = 16  # of a worker: as many answers to a survey wait for one commit together
LAST_REQUESTS_SECONDS = 30  # how long requests under way may take to finish after a stop
SCHEDULER_PAUSE_SECONDS = 5  # before a scheduler that ended by itself is started again
SCHEDULER = (sys.executable, "-m", "activitylog", "scheduler")
SAMPLE_LOADER = (sys.executable, "-m", "activitylog", "sample", "load")
ADMIN_NAME = "admin"
LEGIBLE = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104

log = logging.getLogger(__name__)


def start(*, host: str, port: int, empty: bool) -> None:
    """Bring a newcomer from nothing to a running system; every later time, just serve."""
    listening_address(host, port)
    reachable = lan_address() if host in EVERYWHERE else host
    os.environ.setdefault("ACTIVITYLOG_PUBLIC_URL", f"http://{_in_address(reachable)}:{port}")
    settings = Settings.from_env()
    bring_up_to_date(settings.database_url)
    password = prepare_first_start(settings.database_url, empty=empty)
    serve(
        host=host,
        port=port,
        when_answering=lambda: announce(settings.public_url, port=port, password=password),
    )


def serve(
    *,
    host: str,
    port: int,
    workers: int = DEFAULT_WORKERS,
    with_scheduler: bool = True,
    when_answering: Callable[[], None] | None = None,
) -> None:
    """Serve until told to stop; requests under way are finished, the scheduler ends with the server."""
    check_schema(Settings.from_env().database_url)
    address = listening_address(host, port)
    server = Granian(
        "activitylog",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_REQUESTS_SECONDS,
        log_level=LogLevels.warning,
    )
    scheduler = SchedulerProcess()
    hangup = signal.getsignal(signal.SIGHUP)

    def when_up() -> None:
        # Not earlier: on a small machine the scheduler's own start would hold up the first page.
        if with_scheduler:
            scheduler.start()
        if when_answering:
            when_answering()

    def on_startup() -> None:
        take_stop_signals(server.signal_handler_interrupt)
        if hangup is signal.SIG_IGN:  # nohup asked to outlive the terminal
            signal.signal(signal.SIGHUP, hangup)
        threading.Thread(target=_once_answering, args=(address, port, when_up), daemon=True).start()

    server.on_startup(on_startup)
    # Granian doubts so many threads on few cores; ours mostly wait for one commit together.
    server_log.addFilter(lambda record: "Python threads" not in record.getMessage())
    try:
        server.serve(target_loader=load_application, wrap_loader=False)
    finally:
        scheduler.stop()


def take_stop_signals(stop: Callable[[], None]) -> None:
    """Let this process stop in order; a worker, which inherits this before it has begun, just ends.

    Granian reloads on SIGHUP; here a closed terminal means the end.
    """
    server = os.getpid()

    def end(signum: int, _frame: object) -> None:
        if os.getpid() != server:
            os._exit(128 + signum)
        stop()

    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, end)


def load_application() -> Flask:
    """The application as each worker makes it for itself."""
    return create_app(Settings.from_env())


class SchedulerProcess:
    """The scheduler as a process of its own, started again when it dies, ended with the server."""

    def __init__(
        self, command: Sequence[str] = SCHEDULER, *, pause_seconds: float = SCHEDULER_PAUSE_SECONDS
    ) -> None:
        self._command = command
        self._pause_seconds = pause_seconds
        self._changing = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._spawn():
            self._watcher.start()

    def stop(self) -> None:
        with self._changing:
            self._stopping.set()
        if self._process is None:
            return
        self._process.terminate()
        self._watcher.join(LAST_REQUESTS_SECONDS)
        if self._watcher.is_alive():
            self._process.kill()

    def _spawn(self) -> bool:
        """In a session of its own: Ctrl+C reaches the server, which ends the scheduler in order."""
        with self._changing:
            if self._stopping.is_set():
                return False
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.DEVNULL, start_new_session=True
            )
            return True

    def _watch(self) -> None:
        while self._process is not None:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            log.error("the scheduler ended with %s and is started again", code)
            if self._stopping.wait(self._pause_seconds) or not self._spawn():
                return


def listening_address(host: str, port: int) -> str:
    """The IP address to listen on; refuses a port that is taken, which the server would silently share."""
    if not 0 < port < 65536:
        raise BadInput(f"没有 {port} 这个端口，--port 应为 1 到 65535。")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        raise BadInput(f"本机没有地址“{host}”，请检查 --host。") from None
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise BadInput(_why_not(error, host, port)) from None
    return str(address[0])


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用：请先停下正在使用它的程序，或用 --port 换一个端口。"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"没有权限使用端口 {port}：请用 --port 换一个 1024 以上的端口。"
    return f"无法在“{host}”的端口 {port} 上提供服务（{error.strerror}），请检查 --host 和 --port。"


def bring_up_to_date(database_url: str) -> None:
    """Migrate a database that has not this version's schema."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            is_current = migrating.is_current(connection)
    finally:
        engine.dispose()
    if not is_current:
        migrating.upgrade(database_url)


def check_schema(database_url: str) -> None:
    """Refuse to serve pages that would fail; an unreachable database is /readyz's to report."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            commands.check_schema(connection)
    except SQLAlchemyError as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        log.error("the database cannot be reached: %s", reason)
    finally:
        engine.dispose()


def prepare_first_start(database_url: str, *, empty: bool) -> str | None:
    """Load the sample and create the administrator; returns the password, None when it is not the first time.

    The administrator comes last: a first start that was interrupted is a first start once more.
    """
    engine = make_engine(database_url)
    try:
        with Session(engine) as session:
            if session.scalar(select(User.id).where(~User.is_sample).limit(1)) is not None:
                return None
            in_use = session.scalar(select(Project.id).where(~Project.is_sample).limit(1)) is not None
        if not empty and not in_use:
            load_sample()
        password = make_password()
        with Session(engine) as session:
            act_as(session, command_line("activitylog start"))
            begin_writing(session)
            create_user(session, name=ADMIN_NAME, password=password, role=Role.ADMIN, now=utc_now())
            session.commit()
    finally:
        engine.dispose()
    return password


def load_sample() -> None:
    """Through the command, which shows its own progress; the system serves without it, too."""
    _tell("首次启动：正在装入 2024 示例年度 …")
    code = subprocess.run(SAMPLE_LOADER, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    if code not in (0, Refused.exit_code):  # a refusal has said so itself
        _tell("示例年度没有装入，系统仍可使用；以后可以运行 activitylog sample load 再装。")


def make_password() -> str:
    """Easy to read aloud and to type on a phone, and strong enough for the house's own rule."""
    while True:
        password = "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(3))
        if password_weakness(password) is None:
            return password


def announce(public_url: str, *, port: int, password: str | None) -> None:
    """Tell the person at the terminal where to go and, the first time, how to sign in."""
    _tell(f"\n科普活动台账已启动\n  本机打开：http://localhost:{port}")
    if "//localhost" not in public_url:
        _tell(f"  手机打开：{public_url}（须与本机在同一网络，或扫下面的二维码）\n")
        code = qrcode.QRCode(border=2)
        code.add_data(public_url)
        code.print_ascii(tty=sys.stdout.isatty(), invert=True)
    if password is not None:
        _tell(f"\n  首次登录：用户名 {ADMIN_NAME}，密码 {password}\n  密码只显示这一次，请立即记下。")
    _tell("\n按 Ctrl+C 停止。")


def lan_address() -> str:
    """This machine's address in its network; choosing a route for a datagram sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as chooser:
        try:
            chooser.connect(("192.0.2.1", 9))  # an address reserved for documentation
        except OSError:
            return "localhost"
        return str(chooser.getsockname()[0])


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _once_answering(address: str, port: int, then: Callable[[], None]) -> None:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    while True:
        with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=1):
            break
        time.sleep(0.05)
    then()


def _tell(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201
