"""One store of compiled SQL for each kind of database, however many engines the tests make.

SQLAlchemy keeps one an engine, and every test has engines of its own: compiling the same statements again and
again was a quarter of the suite's time. The store's keys hold the dialect, which is equal to none but itself;
all of one kind come from the same release, speak to the same server and compile alike.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_STATEMENTS = 20_000
_stores: dict[type, Any] = {
    dialect: LRUCache(_STATEMENTS) for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite)
}


def share() -> None:
    """From now on, for all engines."""
    for dialect in _stores:
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
    Engine._compiled_cache = property(_shared, _keep_shared)  # type: ignore[assignment]


def _shared(engine: Engine) -> Any:
    return _stores[type(engine.dialect)]


def _keep_shared(_engine: Engine, _its_own: object) -> None:
    """What an engine makes for itself is not needed."""
