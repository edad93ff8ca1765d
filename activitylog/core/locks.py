"""Every lock of the product: PostgreSQL's advisory locks with their keys, table locks, and locked files.

SQLite needs none of the database's locks: a transaction that writes holds the write lock from its beginning.
"""

import fcntl
from enum import IntEnum
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session


class LockKey(IntEnum):
    """Keys of PostgreSQL's advisory locks; arbitrary numbers no other program there uses."""

    ROLL_UP = 4_606_031
    TRAIL = 4_606_032
    NAMES = 4_606_033
    NOTICES = 4_606_034


def lock_roll_up(session: Session) -> None:
    """Let one transaction at a time write postings, actuals and closings."""
    _take_advisory_lock(session, LockKey.ROLL_UP)


def lock_trail(session: Session) -> None:
    """Let one transaction at a time append to the audit trail; take it last, right before the commit."""
    _take_advisory_lock(session, LockKey.TRAIL)


def lock_names(session: Session) -> None:
    """Let one transaction at a time give names to users, as no constraint compares how they look."""
    _take_advisory_lock(session, LockKey.NAMES)


def lock_notices(session: Session) -> None:
    """Let one transaction at a time take notices to be sent, so that what one person gets stays together."""
    _take_advisory_lock(session, LockKey.NOTICES)


def lock_tables(session: Session, *tables: type[Any]) -> None:
    """Block writes to the tables until the transaction ends."""
    if _is_postgresql(session):
        names = ", ".join(table.__tablename__ for table in tables)
        session.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


def writers_lock_path(engine: Engine) -> Path | None:
    """The file by which processes that write to one SQLite database take turns; None on PostgreSQL."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(f"{file}.turns") if file else None


def lock_file(file: IO[Any]) -> None:
    """Wait for an exclusive lock on the file, held until it is closed; works across processes and threads."""
    fcntl.flock(file, fcntl.LOCK_EX)


def try_lock_file(file: IO[Any]) -> bool:
    """Take an exclusive lock on the file unless another process holds one; says whether it was taken.

    A child process that inherits the file holds the lock as well, until it ends.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_advisory_lock(session: Session, key: LockKey) -> None:
    if _is_postgresql(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(key)})


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
