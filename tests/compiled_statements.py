"""One cache of compiled SQL for each kind of database, shared by the engines of all tests.

SQLAlchemy has one for each engine, and every test has engines of its own: compiling the same statements
again was a quarter of the suite's time. The cache's keys contain the dialect, so the dialects of one kind
are equal here.
"""

from typing import ClassVar

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_STATEMENTS = 20_000


class SharedCacheDialect:
    """A dialect that equals every other of its class and gives its engines the class's cache."""

    compiled: ClassVar[LRUCache]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls.compiled)


class SQLite(SharedCacheDialect, SQLiteDialect_pysqlite):
    supports_statement_cache = True
    compiled = LRUCache(_STATEMENTS)


class PostgreSQL(SharedCacheDialect, PGDialect_psycopg):
    supports_statement_cache = True
    compiled = LRUCache(_STATEMENTS)


def share() -> None:
    """Use them for all engines of this process."""
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
