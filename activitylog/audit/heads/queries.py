"""Reads the head of the trail, and the heads kept in files."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.audit.heads.rules import TrailHead, head_of_line
from activitylog.audit.models import AuditEntry

FOLDER = "trail-heads"  # in the data directory


def latest_head(session: Session, *, now: datetime) -> TrailHead | None:
    """The head of the trail now, for whoever keeps it elsewhere; None while the trail is empty."""
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash, AuditEntry.seal).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    if last is None:
        return None
    first = session.scalar(select(func.min(AuditEntry.id))) or last.id
    return TrailHead(now, last.id, last.id - first + 1, last.hash, last.seal)


def kept_heads(data_dir: Path, *, since: datetime | None = None) -> Iterator[TrailHead]:
    """The heads kept in files after a moment, oldest first."""
    for file in sorted((data_dir / FOLDER).glob("*.txt")):
        with file.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                head = head_of_line(line)
                if head is not None and (since is None or head.kept_at > since):
                    yield head
