"""SQL expressions and statements that SQLite and PostgreSQL spell differently."""

import hashlib
import sqlite3
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
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


class add_days(FunctionElement[date]):  # noqa: N801  (reads as the SQL function it is)
    """A date and a number of days after it."""

    type = Date()
    inherit_cache = True


@compiles(add_days, "postgresql")
def _add_days_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    day, days = element.clauses
    return f"({compiler.process(day, **options)} + CAST({compiler.process(days, **options)} AS INTEGER))"


@compiles(add_days, "sqlite")
def _add_days_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    day, days = element.clauses
    return f"date({compiler.process(day, **options)}, {compiler.process(days, **options)} || ' days')"


class month_of(FunctionElement[str]):  # noqa: N801
    """The month of a date as `YYYY-MM`."""

    type = String(7)
    inherit_cache = True


@compiles(month_of, "postgresql")
def _month_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)}, 'YYYY-MM')"


@compiles(month_of, "sqlite")
def _month_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 7)"


class minute_of(FunctionElement[str]):  # noqa: N801
    """The minute of a moment, in UTC, as a text."""

    type = String(16)
    inherit_cache = True


@compiles(minute_of, "postgresql")
def _minute_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"


@compiles(minute_of, "sqlite")
def _minute_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 16)"


class day_text(FunctionElement[str]):  # noqa: N801
    """A date as `YYYY-MM-DD`."""

    type = String(10)
    inherit_cache = True


@compiles(day_text, "postgresql")
def _day_text_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)}, 'YYYY-MM-DD')"


@compiles(day_text, "sqlite")
def _day_text_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, 10)"


class business_day_text(FunctionElement[str]):  # noqa: N801
    """The day of a moment in Shanghai as `YYYY-MM-DD`; its clock has had no summer time since 1991."""

    type = String(10)
    inherit_cache = True


@compiles(business_day_text, "postgresql")
def _business_day_text_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"


@compiles(business_day_text, "sqlite")
def _business_day_text_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '8 hours')"


class text_hash(FunctionElement[int]):  # noqa: N801
    """The first 32 bits of a text's MD5, the same number on both databases and in all their versions."""

    type = BigInteger()
    inherit_cache = True


@compiles(text_hash, "postgresql")
def _text_hash_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    hashed = f"md5({compiler.process(element.clauses, **options)})"
    return f"CAST(CAST('x' || substr({hashed}, 1, 8) AS BIT(32)) AS BIGINT)"


@compiles(text_hash, "sqlite")
def _text_hash_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"text_hash({compiler.process(element.clauses, **options)})"


def hash_of(text_hashed: str) -> int:
    """`text_hash` in Python, for SQLite, which has no such function."""
    return int.from_bytes(hashlib.md5(text_hashed.encode(), usedforsecurity=False).digest()[:4])


@event.listens_for(Engine, "connect")
def _add_sqlite_functions(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("text_hash", 1, hash_of, deterministic=True)


class json_text(FunctionElement[str]):  # noqa: N801
    """A value of a JSON object stored as text, by its name."""

    type = String()
    inherit_cache = True


@compiles(json_text, "postgresql")
def _json_text_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    written, name = (compiler.process(each, **options) for each in element.clauses)
    return f"(CAST({written} AS JSON) ->> {name})"


@compiles(json_text, "sqlite")
def _json_text_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    written, name = (compiler.process(each, **options) for each in element.clauses)
    return f"json_extract({written}, '$.' || {name})"


class json_pairs(FunctionElement[Any]):  # noqa: N801
    """A JSON object as rows of `key` and `value`; a value that is a list stays JSON text."""

    inherit_cache = True


@compiles(json_pairs, "postgresql")
def _json_pairs_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each_text({compiler.process(element.clauses, **options)})"


@compiles(json_pairs, "sqlite")
def _json_pairs_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


class json_items(FunctionElement[Any]):  # noqa: N801
    """A JSON list stored as text, as rows of `value`."""

    inherit_cache = True


@compiles(json_items, "postgresql")
def _json_items_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


@compiles(json_items, "sqlite")
def _json_items_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


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


def insert_for(session: Session, table: Table) -> Any:
    """The dialect's INSERT, which supports ON CONFLICT."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)
