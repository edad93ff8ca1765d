"""The web server, and the scheduler as its child, started again when it ends."""

import contextlib
import ctypes
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer
from sqlalchemy.exc import SQLAlchemyError
from werkzeug import Request

from activitylog.accounts.guards import OfficeDevices
from activitylog.app import create_app
from activitylog.core import commands as core_commands
from activitylog.core.database import make_engine
from activitylog.errors import BadInput
from activitylog.files.pictures import return_large_blocks
from activitylog.server.access_log import logged
from activitylog.server.bodies import BodiesOnTheirWay, watch
from activitylog.server.turns import Turns
from activitylog.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

DEFAULT_WORKERS = 2
THREADS = 16  # of a worker work at once, so that many survey responses share one commit
RECEIVING_THREADS = 1280  # of a worker: requests whose bodies are on their way; made when needed
CONNECTIONS = 4096  # of a worker, silent ones too
LAST_REQUESTS_SECONDS = 30  # how long requests under way may take to finish after a stop

ARENAS = 2  # of memory, where glibc would take 16 on two cores
_ARENA_MAX = -8  # of glibc's mallopt

log = logging.getLogger(__name__)


def serve(
    *,
    host: str,
    port: int,
    workers: int = DEFAULT_WORKERS,
    with_scheduler: bool = True,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until a stop signal; requests under way are finished, the scheduler ends with the server."""
    check_schema(Settings.from_env().database_url)
    address = listening_address(host, port)
    server = _make_server(address, port, workers)
    scheduler = SchedulerProcess()
    hangup = signal.getsignal(signal.SIGHUP)

    def when_up() -> None:
        # Not earlier: on a small machine the scheduler's own start would hold up the first page.
        if with_scheduler:
            scheduler.start()
        if on_ready:
            on_ready()

    def on_startup() -> None:
        take_stop_signals(server.signal_handler_interrupt)
        if hangup is signal.SIG_IGN:  # nohup asked to outlive the terminal
            signal.signal(signal.SIGHUP, hangup)
        threading.Thread(target=_call_once_answering, args=(address, port, when_up), daemon=True).start()

    server.on_startup(on_startup)
    try:
        server.serve(target_loader=partial(load_application, port), wrap_loader=False)
    finally:
        scheduler.stop()


def _make_server(address: str, port: int, workers: int) -> AbstractServer[Any]:
    return Granian(
        "activitylog",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # one connection, one body: what `bodies` counts
        workers=workers,
        blocking_threads=RECEIVING_THREADS,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_REQUESTS_SECONDS,
        log_level=LogLevels.error,  # its warnings only comment on these settings
    )


def take_stop_signals(stop: Callable[[], None]) -> None:
    """Handle stop signals: the server stops in order, a worker that inherits the handler just exits.

    SIGHUP stops the server, too, where Granian would reload.
    """
    server = os.getpid()

    def end(signum: int, _frame: object) -> None:
        if os.getpid() != server:
            os._exit(128 + signum)
        stop()

    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, end)


def load_application(port: int) -> "WSGIApplication":
    """Create the application behind its turns, and its access log; called in every worker."""
    _bound_memory()
    settings = Settings.from_env()
    app = create_app(settings)
    office = OfficeDevices(app)
    bodies = BodiesOnTheirWay(from_one=0 if settings.trusted_proxies else RECEIVING_THREADS // 2)
    turns = Turns(
        app,
        at_once=THREADS,
        is_staff=lambda environ: office.is_signed_in(Request(environ)),
        bodies=bodies,
    )
    watch(bodies, port)
    return logged(turns, settings.access_log, settings.data_dir)


def _bound_memory() -> None:
    """Give what hashing and packing needs back at once: hundreds of threads wait, few of them work.

    Else glibc keeps such blocks for each of its arenas, of which threads get up to eight a core.
    """
    return_large_blocks()
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)


def listening_address(host: str, port: int) -> str:
    """The IP address to listen on; refuses a port in use, which the server would silently share."""
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
            raise BadInput(_bind_error(error, host, port)) from None
    return str(address[0])


def _bind_error(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用：请先停下正在使用它的程序，或用 --port 换一个端口。"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"没有权限使用端口 {port}：请用 --port 换一个 1024 以上的端口。"
    return f"无法在“{host}”的端口 {port} 上提供服务（{error.strerror}），请检查 --host 和 --port。"


def check_schema(database_url: str) -> None:
    """Refuse a database without this version's schema; an unreachable one is only logged (see /readyz)."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            core_commands.check_schema(connection)
    except SQLAlchemyError as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        log.error("the database cannot be reached: %s", reason)
    finally:
        engine.dispose()


def _call_once_answering(address: str, port: int, then: Callable[[], None]) -> None:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    while True:
        with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=1):
            break
        time.sleep(0.05)
    then()


COMMAND = (sys.executable, "-m", "activitylog", "scheduler")
PAUSE_SECONDS = 5  # before a scheduler that ended by itself is started again
STOP_TIMEOUT_SECONDS = 30  # after which the scheduler is killed


class SchedulerProcess:
    """Runs the scheduler as a child process; restarts it when it ends, stops it with the server."""

    def __init__(self, command: Sequence[str] = COMMAND, *, pause_seconds: float = PAUSE_SECONDS) -> None:
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
        self._watcher.join(STOP_TIMEOUT_SECONDS)
        if self._watcher.is_alive():
            self._process.kill()

    def _spawn(self) -> bool:
        """Start the process in its own session, so that Ctrl+C reaches only the server."""
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
