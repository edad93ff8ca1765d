"""The commands `activitylog survey …`: addresses of surveys, and answers as a file."""

import json
from pathlib import Path

import click

from activitylog.activities.models import Activity
from activitylog.core.commands import reading_session
from activitylog.core.progress import progress_bar
from activitylog.files.letterhead import under_letterhead
from activitylog.office.queries import settings_in_force
from activitylog.projects.queries import branch_names_by
from activitylog.settings import Settings
from activitylog.surveys.access.queries import survey_links
from activitylog.surveys.results.export import answers_of, export_answers
from activitylog.surveys.rules import Window


@click.group()
def survey() -> None:
    """Attendees' surveys."""


@survey.command()
@click.option("--project", help="Only the project of this name and its children.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def links(project: str | None, *, as_json: bool) -> None:
    """Print the address and window of every activity's survey."""
    with reading_session() as session:
        settings = settings_in_force(session, Settings.from_env())
        window = Window.of(settings)
        found = survey_links(session, public_url=settings.public_url, project=project, window=window)
    if as_json:
        click.echo(json.dumps({"surveys": found}, ensure_ascii=False, indent=1))
        return
    if not found:
        click.echo("还没有活动，因此没有问卷链接。")
    for link in found:
        click.echo("\t".join(map(str, link.values())))


@survey.command()
@click.option("--year", metavar="YEAR", type=click.IntRange(1900, 9998), required=True, help="Fiscal year.")
@click.option("--project", metavar="NAME", help="Only this project and those below it.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Where to write it: .csv or .xlsx.",
)
def export(year: int, project: str | None, output: Path) -> None:
    """Write a year's answers, one a row."""
    with reading_session() as session, progress_bar() as progress:
        projects = branch_names_by(session, year, project)
        answers = answers_of(session, Activity.project_id.in_(list(projects)))
        with under_letterhead(settings_in_force(session, Settings.from_env())):
            count = export_answers(answers, output, progress=progress)
    click.echo(f"已导出到 {output}：{count:,} 份答卷。")
