"""The database as every room sees it: one base, its column types, and the connections' manners."""

import enum
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Session, registry

from activitylog.core.period import Period

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC and aware on both databases; a naive one is a mistake of ours."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal kept as its text: SQLite has no exact number type of its own."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class PeriodColumn(TypeDecorator[Period]):
    """A month as `YYYY-MM`, which sorts as it should."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: Period | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Period | None:
        return None if value is None else Period.parse(value)


def _values(kind: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in kind]


class Base(DeclarativeBase):
    """The one base of all tables."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: UtcDateTime,
            Decimal: DecimalText,
            Period: PeriodColumn,
            enum.StrEnum: Enum(
                enum.StrEnum, native_enum=False, create_constraint=True, length=24, values_callable=_values
            ),
        },
    )


db = SQLAlchemy(model_class=Base)
login = LoginManager()
csrf = CSRFProtect()

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=30000",
    "PRAGMA cache_size=-32000",
)


@event.listens_for(Engine, "connect")
def _set_manners(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # we say BEGIN ourselves, see _begin
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma).close()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Take SQLite's write lock at once where writing is meant: upgrading a read lock fails under load."""
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def begin_writing(session: Session) -> None:
    """Declare, before the first statement, that this transaction writes."""
    session.connection(execution_options={"writing": True})


def start_writing(session: Session) -> None:
    """Begin to write after a while of reading, in a new transaction: what was read may have changed since."""
    session.rollback()
    begin_writing(session)


def make_engine(url: str) -> Engine:
    """An engine outside Flask: jobs of the tests and benchmarks, and the migrations."""
    return create_engine(url)
