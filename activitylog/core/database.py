"""The database: its base and column types, how connections and transactions begin, its schema's version."""

import enum
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Session, registry

import activitylog
from activitylog.core.period import Period
from activitylog.errors import Refused

if TYPE_CHECKING:
    from alembic.config import Config

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC and aware on both databases; a naive one raises ValueError."""

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
    """An exact decimal stored as text: SQLite has no exact number type of its own."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class PeriodColumn(TypeDecorator[Period]):
    """A month stored as `YYYY-MM`, which sorts in the order of the months."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: Period | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Period | None:
        return None if value is None else Period.parse(value)


def _values(kind: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in kind]


def word_column(kind: type[enum.Enum], *, name: str | None = None) -> Enum:
    """A column of an enum's values with a CHECK; `name` is the check's, by default the class's."""
    return Enum(
        kind, name=name, native_enum=False, create_constraint=True, length=24, values_callable=_values
    )


class Base(DeclarativeBase):
    """The declarative base of all tables."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: UtcDateTime,
            Decimal: DecimalText,
            Period: PeriodColumn,
            enum.StrEnum: word_column(enum.StrEnum),
        },
    )


db = SQLAlchemy(model_class=Base)

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=30000",
    "PRAGMA cache_size=-32000",
)


@event.listens_for(Engine, "connect")
def _set_options(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # _begin emits BEGIN itself
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma).close()
    else:  # it would compile every long statement anew; all of docs/performance.md is measured without
        connection.execute("SET jit = off").close()
        connection.commit()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Take SQLite's write lock at the start of a writing transaction: upgrading a read lock fails."""
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def begin_writing(session: Session) -> None:
    """Declare, before the first statement, that this transaction writes."""
    session.connection(execution_options={"writing": True})


def begin_snapshot(session: Session) -> None:
    """Begin a new transaction that reads one state of the database, however long it takes."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def start_writing(session: Session) -> None:
    """Start a new, writing transaction after reading; what was read before may have changed since."""
    session.rollback()
    begin_writing(session)


TRAIL_KEYS = "trail_keys"  # the option of an engine's connections by which the audit trail is sealed


def make_engine(url: str, *, trail_keys: Sequence[bytes] = ()) -> Engine:
    """An engine outside Flask: for commands, jobs, migrations, tests and benchmarks.

    Without `trail_keys` it can write no entry into a trail that is sealed.
    """
    return create_engine(url, execution_options={TRAIL_KEYS: tuple(trail_keys)})


def trail_keys_of(connection: Connection) -> tuple[bytes, ...]:
    """The keys of the audit trail: entries are sealed with the first, older ones may be with the others."""
    keys: tuple[bytes, ...] = connection.get_execution_options().get(TRAIL_KEYS, ())
    return keys


def make_writing_engine(engine: Engine) -> Engine:
    """One whose transactions all write: autocommit on PostgreSQL, which saves two round trips a statement."""
    if engine.dialect.name == "postgresql":
        return create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    return engine.execution_options(writing=True)


_PACKAGE = Path(__file__).resolve().parent.parent


def packaged_folder(name: str) -> Path:
    """A folder that lies inside the package in a wheel and beside it in the repository."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


# Alembic is imported in the functions below: it is slow to load and only migrations need it.
def _config(url: str) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(packaged_folder("migrations")).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade_schema(url: str, revision: str = "head") -> None:
    """Run every migration not yet applied; a failed one is rolled back.

    Raises Refused when the database has a migration that this version does not know.
    """
    from alembic import command  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    try:
        command.upgrade(_config(url), revision)
    except CommandError as error:
        raise Refused("数据库的结构比这个版本新，不能降回来；请安装更新的版本再运行。") from error


def downgrade_schema(url: str, revision: str) -> None:
    """Undo migrations down to `revision`."""
    from alembic import command  # noqa: PLC0415

    command.downgrade(_config(url), revision)


def latest_revision() -> str:
    """The number of the last migration of this version; migrations are numbered in one line."""
    versions = packaged_folder("migrations") / "versions"
    return max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))


def is_migrated(connection: Connection) -> bool:
    """Whether the database has ever been migrated."""
    return inspect(connection).has_table("alembic_version")


def has_current_schema(connection: Connection) -> bool:
    """Whether the database has this version's schema."""
    if not is_migrated(connection):
        return False
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == latest_revision())


@cache
def feature_modules(*layers: str) -> tuple[ModuleType, ...]:
    """The modules with such a name in all folders, by folder."""
    return tuple(
        import_module(".".join(("activitylog", *file.relative_to(root).with_suffix("").parts)))
        for root in activitylog.__path__
        for file in sorted(Path(root).glob("*/**/*.py"))
        if file.stem in layers
    )


def all_tables() -> MetaData:
    """The metadata of every table."""
    feature_modules("models")
    return Base.metadata


def referring_columns(target: Table) -> list[Column[Any]]:
    """The columns of other tables that refer to the table."""
    others = (table for table in target.metadata.tables.values() if table is not target)
    keys = (key for table in others for key in table.foreign_keys)
    return [key.parent for key in keys if key.column.table is target]
