"""The few expressions that SQLite and PostgreSQL write differently."""

from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import CompoundSelect, Date, Select, String, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

Rows: TypeAlias = Select[*tuple[Any, ...]]
PooledRows: TypeAlias = CompoundSelect[*tuple[Any, ...]]

BOOKS_LOCK = 4_606_031


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


def hold_books(session: Session) -> None:
    """Let one transaction at a time write the books; SQLite's write lock does so already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BOOKS_LOCK})
