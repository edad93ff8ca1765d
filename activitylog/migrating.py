"""Bringing a database to the schema of this version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_HERE = Path(__file__).resolve().parent


def beside_package(name: str) -> Path:
    """A folder that stands in the package in a wheel and beside it in the repository."""
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parent / name


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(beside_package("migrations")).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run every migration the database has not seen; a failed one leaves nothing behind."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to `revision`."""
    command.downgrade(_config(url), revision)


def is_current(connection: Connection) -> bool:
    """Whether the database has this version's schema."""
    head = ScriptDirectory.from_config(_config("")).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
