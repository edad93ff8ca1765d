"""The command `activitylog rollup export`: a project's month as a workbook."""

import shutil
from pathlib import Path

import click

from activitylog.core.atomic_file import write_atomically
from activitylog.core.commands import reading_session, writing_session
from activitylog.core.period import utc_now
from activitylog.files.letterhead import under_letterhead
from activitylog.files.store import FileStore
from activitylog.office.queries import settings_in_force
from activitylog.projects.queries import project_named
from activitylog.reports.exports.operations import export_project, store_export
from activitylog.rollup.commands import period_or_last, rollup
from activitylog.settings import Settings


@rollup.command("export")
@click.argument("period", required=False)
@click.option("--project", required=True, help="The project of this name.")
@click.option(
    "-o", "output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write."
)
def export(period: str | None, *, project: str, output: Path) -> None:
    """Write the books of a PROJECT at the end of PERIOD as a workbook, and keep it with the month."""
    month, now = period_or_last(period), utc_now()
    with FileStore(Settings.from_env().files_dir).intake() as files:
        with reading_session() as session:
            found = project_named(session, month.year, project)
            with under_letterhead(settings_in_force(session, Settings.from_env())):
                exported = export_project(session, files, found, month, by=None, now=now)
            project_id = found.id
        with write_atomically(output, ".xlsx") as path:
            shutil.copyfile(exported.content.path, path)
        with writing_session() as session:
            store_export(session, exported, project_id, month, by=None, now=now)
    click.echo(f"已导出“{project}”{month.label}第 {exported.revision} 版的账目：{output}")


__all__ = ["rollup"]
