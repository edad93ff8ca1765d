"""Keeps the head of the trail outside the database: in a file, and with syslog."""

import logging
import os
from datetime import datetime
from logging.handlers import SysLogHandler
from pathlib import Path

from sqlalchemy.orm import Session

from activitylog.audit.heads.queries import FOLDER, kept_heads, latest_head
from activitylog.audit.heads.rules import TrailHead

_log = logging.getLogger(__name__)


def keep_head(session: Session, data_dir: Path, *, syslog: str = "", now: datetime) -> TrailHead | None:
    """Append the head to the year's file and send it to syslog; None where the last one kept is the same."""
    head = latest_head(session, now=now)
    last = max(kept_heads(data_dir), key=lambda each: each.kept_at, default=None)
    if head is None or (last is not None and (last.number, last.hash) == (head.number, head.hash)):
        return None
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / f"{now:%Y}.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{head.line}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if syslog:
        _send(syslog, head)
    return head


def _send(address: str, head: TrailHead) -> None:
    """One line to a log server (host:port, by UDP) or to the socket of this machine's (a path)."""
    host, _, port = address.rpartition(":")
    try:
        handler = SysLogHandler(address if address.startswith("/") else (host, int(port)))
        message = f"activitylog trail head {head.line}"
        handler.emit(logging.LogRecord("activitylog", logging.INFO, "", 0, message, None, None))
        handler.close()
    except OSError:
        _log.exception("the head of the trail could not be sent to %s; it is in the file", address)
