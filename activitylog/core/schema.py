"""The schema of this version: migrate a database to it, and check whether it has it."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from activitylog.errors import Refused

if TYPE_CHECKING:
    from alembic.config import Config

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


def upgrade(url: str, revision: str = "head") -> None:
    """Run every migration not yet applied; a failed one is rolled back.

    Raises Refused when the database has a migration that this version does not know.
    """
    from alembic import command  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    try:
        command.upgrade(_config(url), revision)
    except CommandError as error:
        raise Refused("数据库的结构比这个版本新，不能降回来；请安装更新的版本再运行。") from error


def downgrade(url: str, revision: str) -> None:
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


def is_current(connection: Connection) -> bool:
    """Whether the database has this version's schema."""
    if not is_migrated(connection):
        return False
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == latest_revision())
