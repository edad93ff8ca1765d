"""`activitylog survey`."""

import json

import click

from activitylog.commands import reading_session
from activitylog.settings import Settings
from activitylog.surveys.queries import survey_links
from activitylog.surveys.rules import Window


@click.group()
def survey() -> None:
    """Attendees' surveys."""


@survey.command()
@click.option("--project", help="Only the project of this name and its children.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def links(project: str | None, *, as_json: bool) -> None:
    """Print the address and window of every activity's survey."""
    settings = Settings.from_env()
    window = Window.of(settings)
    with reading_session() as session:
        found = survey_links(session, public_url=settings.public_url, project=project, window=window)
    if as_json:
        click.echo(json.dumps({"surveys": found}, ensure_ascii=False, indent=1))
        return
    if not found:
        click.echo("还没有活动，因此没有问卷链接。")
    for link in found:
        click.echo("\t".join(map(str, link.values())))
