"""SQL expressions and statements that SQLite and PostgreSQL spell differently."""

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, TypeAlias, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CompoundSelect,
    Date,
    Engine,
    Select,
    String,
    Table,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.functions import FunctionElement

Rows: TypeAlias = Select[*tuple[Any, ...]]
PooledRows: TypeAlias = CompoundSelect[*tuple[Any, ...]]


Value = TypeVar("Value")


class _SqlFunction(FunctionElement[Value]):
    """A function as each database spells it; {} stand for its arguments."""

    postgresql: ClassVar[str]
    sqlite: ClassVar[str]


@compiles(_SqlFunction, "postgresql")
def _spell_postgresql(function: Any, compiler: Any, **options: Any) -> str:
    return str(function.postgresql.format(*(compiler.process(each, **options) for each in function.clauses)))


@compiles(_SqlFunction, "sqlite")
def _spell_sqlite(function: Any, compiler: Any, **options: Any) -> str:
    return str(function.sqlite.format(*(compiler.process(each, **options) for each in function.clauses)))


class add_days(_SqlFunction[date]):  # noqa: N801  (reads as the SQL function it is)
    """A date and a number of days after it."""

    type = Date()
    inherit_cache = True
    postgresql = "({} + CAST({} AS INTEGER))"
    sqlite = "date({}, {} || ' days')"


class likely(_SqlFunction[bool]):  # noqa: N801
    """A condition most rows meet: SQLite, which has no statistics, would search for them by its index."""

    type = Boolean()
    inherit_cache = True
    postgresql = "({})"
    sqlite = "likely({})"


class is_one_of(_SqlFunction[bool]):  # noqa: N801
    """Whether a value is among few rows: PostgreSQL searches by index, however many it expects.

    Not of type Boolean, which SQLite would compare with 1 instead of searching by its index.
    """

    inherit_cache = True
    postgresql = "({} = ANY (ARRAY{}))"
    sqlite = "({} IN {})"


class month_of(_SqlFunction[str]):  # noqa: N801
    """The month of a date as `YYYY-MM`."""

    type = String(7)
    inherit_cache = True
    postgresql = "to_char({}, 'YYYY-MM')"
    sqlite = "substr({}, 1, 7)"


class minute_of(_SqlFunction[str]):  # noqa: N801
    """The minute of a moment, in UTC, as a text."""

    type = String(16)
    inherit_cache = True
    postgresql = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
    sqlite = "substr({}, 1, 16)"


class day_text(_SqlFunction[str]):  # noqa: N801
    """A date as `YYYY-MM-DD`."""

    type = String(10)
    inherit_cache = True
    postgresql = "to_char({}, 'YYYY-MM-DD')"
    sqlite = "substr({}, 1, 10)"


class business_day_text(_SqlFunction[str]):  # noqa: N801
    """The day of a moment in Shanghai as `YYYY-MM-DD`; its clock has had no summer time since 1991."""

    type = String(10)
    inherit_cache = True
    postgresql = "to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"
    sqlite = "date({}, '8 hours')"


class json_text(_SqlFunction[str]):  # noqa: N801
    """A value of a JSON object stored as text, by its name."""

    type = String()
    inherit_cache = True
    postgresql = "(CAST({} AS JSON) ->> {})"
    sqlite = "json_extract({}, '$.' || {})"


class json_with(_SqlFunction[Any]):  # noqa: N801
    """A JSON object with another text under a name."""

    inherit_cache = True
    postgresql = (
        "CAST(jsonb_set(CAST({} AS JSONB), ARRAY[CAST({} AS TEXT)], to_jsonb(CAST({} AS TEXT))) AS JSON)"
    )
    sqlite = "json_set({}, '$.' || {}, {})"


class json_pairs(_SqlFunction[Any]):  # noqa: N801
    """A JSON object as rows of `key` and `value`; a value that is a list stays JSON text."""

    inherit_cache = True
    postgresql = "json_each_text({})"
    sqlite = "json_each({})"


class json_items(_SqlFunction[Any]):  # noqa: N801
    """A JSON list stored as text, as rows of `value`."""

    inherit_cache = True
    postgresql = "json_array_elements_text(CAST({} AS JSON))"
    sqlite = "json_each({})"


class text_hash(_SqlFunction[int]):  # noqa: N801
    """The first 32 bits of a text's MD5, the same number on both databases and in all their versions."""

    type = BigInteger()
    inherit_cache = True
    postgresql = "CAST(CAST('x' || substr(md5({}), 1, 8) AS BIT(32)) AS BIGINT)"
    sqlite = "text_hash({})"


def hash_of(text_hashed: str) -> int:
    """`text_hash` in Python, for SQLite, which has no such function."""
    return int.from_bytes(hashlib.md5(text_hashed.encode(), usedforsecurity=False).digest()[:4])


@event.listens_for(Engine, "connect")
def _add_sqlite_functions(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("text_hash", 1, hash_of, deterministic=True)


def create_empty(session: Session, table: Table) -> None:
    """Create the temporary table unless it exists, and empty it."""
    session.execute(CreateTable(table, if_not_exists=True))
    session.execute(table.delete())


def empty_temporary_tables(session: Session, *tables: Table) -> None:
    """Empty temporary tables on SQLite; PostgreSQL drops them with the transaction."""
    if session.get_bind().dialect.name == "sqlite":
        for table in tables:
            create_empty(session, table)


def analyze(session: Session, table: Table) -> None:
    """Update PostgreSQL's planner statistics of a table just filled."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"ANALYZE {table.name}"))


def json_rows(parameter: str, columns: Mapping[str, str], dialect: str) -> str:
    """A SELECT of rows from a parameter, a JSON array of objects; columns with their type on PostgreSQL."""
    if dialect == "postgresql":
        typed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        source = f"json_to_recordset(CAST(:{parameter} AS json)) AS row({typed})"
        return f"SELECT * FROM {source}"  # noqa: S608  (names of our own columns)
    named = ", ".join(f"value ->> '{name}' AS {name}" for name in columns)
    return f"SELECT {named} FROM json_each(:{parameter})"  # noqa: S608


def insert_for(session: Session, table: Table) -> Any:
    """The dialect's INSERT, which supports ON CONFLICT."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)
