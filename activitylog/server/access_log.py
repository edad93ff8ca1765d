"""The access log in the combined format: one file a day in the data directory, or standard output.

Secrets in addresses are masked. An attendee's address is cut to its network, and left out where an answer is
sent: by the second of its arrival the log would otherwise say who gave an anonymous answer.
"""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = "access-logs"  # in the data directory
LONGEST = 500  # characters of a field that a client may make as long as it likes
ATTENDEES = "/s/"
STANDARD_OUTPUT = 1
_SECRET = re.compile(r"(/(?:password|calendar)/)[^/?#.\"\s]+")
_QUERY_OF_ATTENDEE = re.compile(r"(/s/[^?\"\s]*)\?[^\"\s]*")
_UNSAFE = re.compile(r"[\"\\\x00-\x1f\x7f-\U0010ffff]")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]*").fullmatch
_SAFE_IN_PATH = "/:@!$&'()*+,;=~%"


def logged(app: "WSGIApplication", to: str, data_dir: Path) -> "WSGIApplication":
    """The application with its access log: `to` is file, stdout or off."""
    if to == "off":
        return app
    return AccessLog(app, DailyFile(data_dir / FOLDER).write if to == "file" else _write_out)


def _write_out(line: bytes) -> None:
    os.write(STANDARD_OUTPUT, line)


def remove_old_logs(data_dir: Path, now: datetime, *, days: int) -> None:
    """Delete the files of days longer ago."""
    oldest = f"{(now - timedelta(days=days)).date()}.log"
    for file in (data_dir / FOLDER).glob("????-??-??.log"):
        if file.name < oldest:
            file.unlink(missing_ok=True)


class DailyFile:
    """Appends to the file of the day, in UTC; several processes may, as a line is one write."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._day, self._descriptor = folder, -1, -1

    def write(self, line: bytes) -> None:
        day = int(time.time() // 86400)
        if day != self._day:
            self._open(day)
        os.write(self._descriptor, line)

    def _open(self, day: int) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"{datetime.fromtimestamp(day * 86400, UTC).date()}.log"
        # yesterday's stays open: another thread may be about to write to it, and it is one a day
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._day = day


class AccessLog:
    """An application whose every answer becomes a line."""

    def __init__(self, app: "WSGIApplication", write: Callable[[bytes], None]) -> None:
        self._app, self._write = app, write
        self._second, self._moment = -1, ""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        status, size = "500", "-"

        def note(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status, size
            status = line[:3]
            size = next((value for name, value in headers if name.lower() == "content-length"), "-")
            return start_response(line, headers, *rest)

        try:
            return self._app(environ, note)
        finally:
            line = f"{line_of(environ, status, size, self._now())}\n"
            with contextlib.suppress(OSError):  # a full disk stops no answer
                self._write(line.encode("ascii", "replace"))

    def _now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._moment = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))
            self._second = second
        return self._moment


def line_of(environ: "WSGIEnvironment", status: str, size: str, moment: str) -> str:
    """One request in the combined format, without its secrets."""
    path = environ.get("PATH_INFO", "")
    if not _PLAIN_PATH(path):
        path = quote(path.encode("latin-1", "replace"), safe=_SAFE_IN_PATH)
    script = environ.get("SCRIPT_NAME", "")
    query = environ.get("QUERY_STRING", "")
    address = _masked(f"{script}{path}?{query}" if query else f"{script}{path}")
    client = environ.get("REMOTE_ADDR") or "-"
    if address.startswith(ATTENDEES):
        client = _network(client) if environ["REQUEST_METHOD"] == "GET" else "-"
    request = f"{environ['REQUEST_METHOD']} {address} {environ.get('SERVER_PROTOCOL', 'HTTP/1.1')}"
    referrer, agent = (_field(environ.get(f"HTTP_{name}", "")) for name in ("REFERER", "USER_AGENT"))
    return f'{client} - - [{moment}] "{_plain(request)}" {status} {size} "{referrer}" "{agent}"'


def _field(text: str) -> str:
    return _plain(_masked(text)) or "-"


def _masked(text: str) -> str:
    if "?" not in text and "/password/" not in text and "/calendar/" not in text:
        return text
    return _QUERY_OF_ATTENDEE.sub(r"\1?***", _SECRET.sub(r"\1***", text))


def _plain(text: str) -> str:
    """A text that ends no field and no line, cut to LONGEST."""
    if _UNSAFE.search(text) is None:
        return text[:LONGEST]
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text[:LONGEST])


def _network(client: str) -> str:
    try:
        bits = 24 if ip_address(client).version == 4 else 48
        return str(ip_network(f"{client}/{bits}", strict=False).network_address)
    except ValueError:
        return "-"
