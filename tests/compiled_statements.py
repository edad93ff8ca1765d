"""One store of compiled SQL for each kind of database, however many engines the tests make.

SQLAlchemy keeps one for each engine, and every test has engines of its own: compiling the same statements
again and again was a quarter of the suite's time. The store's keys hold the dialect, so the dialects of one
kind are equal here: they come from the same release, speak to the same server and compile alike.
"""

from typing import ClassVar

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_STATEMENTS = 20_000


class Alike:
    """A dialect that equals every other of its class and gives its engines the class's store."""

    compiled: ClassVar[LRUCache]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls.compiled)


class SQLite(Alike, SQLiteDialect_pysqlite):
    supports_statement_cache = True
    compiled = LRUCache(_STATEMENTS)


class PostgreSQL(Alike, PGDialect_psycopg):
    supports_statement_cache = True
    compiled = LRUCache(_STATEMENTS)


def share() -> None:
    """From now on, for all engines of this process."""
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
