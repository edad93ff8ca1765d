"""The command line; with the factory and the scheduler the only module that knows every feature."""

import click
from alembic.util.exc import CommandError

from activitylog import commands, migrating, scheduler, serving
from activitylog.accounts.trail.commands import audit
from activitylog.checking import check
from activitylog.errors import Refused
from activitylog.ledger.commands import ledger
from activitylog.projects.commands import user
from activitylog.rollup.commands import declaration, rollup, show_actuals
from activitylog.sample.commands import sample
from activitylog.settings import Settings
from activitylog.surveys.commands import survey


@click.group()
def activitylog() -> None:
    """Field records of science-outreach activities, rolled up into their indicators."""


@activitylog.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version's schema."""
    url = Settings.from_env().database_url
    commands.check_reachable(url)
    try:
        migrating.upgrade(url)
    except CommandError as error:
        raise Refused("数据库的结构比这个版本新，不能降回来；请安装更新的版本再运行。") from error
    click.echo("数据库已是最新结构。")


@activitylog.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=serving.DEFAULT_WORKERS,
    show_default=True,
    help="Server processes.",
)
@click.option("--no-scheduler", is_flag=True, help="Leave the monthly jobs to another process.")
def serve(host: str, port: int, workers: int, *, no_scheduler: bool) -> None:
    """Serve the pages, with the scheduler beside."""
    serving.serve(host=host, port=port, workers=workers, with_scheduler=not no_scheduler)


@activitylog.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--empty", is_flag=True, help="Start without the sample year.")
def start(host: str, port: int, *, empty: bool) -> None:
    """Prepare a first start (database, admin, sample year), then serve."""
    serving.start(host=host, port=port, empty=empty)


@activitylog.command("scheduler")
def run_scheduler() -> None:
    """Run the monthly jobs alone, until stopped."""
    with commands.reading_session():
        settings = Settings.from_env()
    scheduler.run(settings)


for command in (declaration, ledger, rollup, show_actuals, survey, user, audit, check, sample):
    activitylog.add_command(command)


def main() -> None:
    """Run `activitylog`; refusals become sentences and exit codes."""
    commands.run(activitylog)
