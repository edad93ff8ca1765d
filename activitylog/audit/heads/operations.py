"""Keeps the head of the trail outside the database, in a file."""

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from activitylog.audit.heads.queries import FOLDER, kept_heads, latest_head
from activitylog.audit.heads.rules import TrailHead


def keep_head(session: Session, data_dir: Path, *, now: datetime) -> TrailHead | None:
    """Append the head to the year's file where it is another than the last one kept; returns the head."""
    head = latest_head(session, now=now)
    last = max(kept_heads(data_dir), key=lambda each: each.kept_at, default=None)
    if head is None or (last is not None and (last.number, last.hash) == (head.number, head.hash)):
        return head
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / f"{now:%Y}.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{head.line}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return head
