"""Every lock of the product: PostgreSQL's advisory locks with their keys, table locks, and locked files.

SQLite needs none of the database's locks: a transaction that writes holds the write lock from its beginning.
"""

import fcntl
from enum import IntEnum
from typing import IO, Any

from sqlalchemy import text
from sqlalchemy.orm import Session


class Key(IntEnum):
    """Advisory locks of the database; any number would do, as long as no other program there uses it."""

    BOOKS = 4_606_031
    TRAIL = 4_606_032


def hold_books(session: Session) -> None:
    """Let one transaction at a time write the books."""
    _hold(session, Key.BOOKS)


def hold_trail(session: Session) -> None:
    """Let one transaction at a time append to the audit trail; taken last, right before the commit."""
    _hold(session, Key.TRAIL)


def hold_tables(session: Session, *tables: type[Any]) -> None:
    """Let nobody write to the tables until the transaction ends."""
    if _is_postgresql(session):
        names = ", ".join(table.__tablename__ for table in tables)
        session.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


def lock_file(file: IO[Any]) -> None:
    """Wait for the file until it is closed: one holder at a time, whichever process and thread it is in."""
    fcntl.flock(file, fcntl.LOCK_EX)


def _hold(session: Session, key: Key) -> None:
    if _is_postgresql(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(key)})


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
