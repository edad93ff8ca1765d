"""The command line; besides app.py and server/scheduler.py alone in importing every feature."""

from importlib import import_module

import click

from activitylog import audited  # noqa: F401  (registers the audited tables)
from activitylog.core import commands as core_commands
from activitylog.core.database import upgrade_schema
from activitylog.server import first_start
from activitylog.server import serve as server_serve
from activitylog.settings import Settings

FEATURES = {
    "declaration": "pages.declaration.commands:declaration",
    "ledger": "ledger.commands:ledger",
    "rollup": "reports.exports.commands:rollup",
    "actuals": "rollup.commands:show_actuals",
    "survey": "surveys.commands:survey",
    "user": "projects.commands:user",
    "audit": "audit.commands:audit",
    "check": "server.check:check",
    "sample": "sample.commands:sample",
}


class _Features(click.Group):
    """Imports a feature's commands only when one is called: a server needs none of their libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *FEATURES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in FEATURES:
            return super().get_command(ctx, cmd_name)
        module, _, name = FEATURES[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"activitylog.{module}"), name)
        return command


@click.group(cls=_Features)
def activitylog() -> None:
    """Field records of science-outreach activities, rolled up into their indicators."""


@activitylog.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version's schema."""
    url = Settings.from_env().database_url
    core_commands.check_reachable(url)
    upgrade_schema(url)
    click.echo("数据库已是最新结构。")


@activitylog.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=server_serve.DEFAULT_WORKERS,
    show_default=True,
    help="Server processes.",
)
@click.option("--no-scheduler", is_flag=True, help="Leave the monthly jobs to another process.")
def serve(host: str, port: int, workers: int, *, no_scheduler: bool) -> None:
    """Serve the pages, with the scheduler beside."""
    server_serve.serve(host=host, port=port, workers=workers, with_scheduler=not no_scheduler)


@activitylog.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--empty", is_flag=True, help="Start without the sample year.")
def start(host: str, port: int, *, empty: bool) -> None:
    """Prepare a first start (database, admin, sample year), then serve."""
    first_start.start(host=host, port=port, empty=empty)


@activitylog.command("scheduler")
def run_scheduler() -> None:
    """Run the monthly jobs alone, until stopped."""
    from activitylog.server import scheduler  # noqa: PLC0415  (only this command needs its library)

    with core_commands.reading_session():
        settings = Settings.from_env()
    scheduler.run(settings)


def main() -> None:
    """Run `activitylog`; refusals become sentences and exit codes."""
    core_commands.run(activitylog)
