"""The commands `activitylog ledger …`."""

import json
from dataclasses import asdict
from itertools import groupby, islice
from pathlib import Path

import click
from sqlalchemy.orm import sessionmaker

from activitylog.core.commands import reading_session, writing_session
from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.core.progress import progress_bar
from activitylog.errors import LedgerError
from activitylog.files.letterhead import under_letterhead
from activitylog.files.store import FileStore
from activitylog.ledger import operations
from activitylog.ledger.export import export_ledger
from activitylog.ledger.numbered_copy import write_numbered_copy
from activitylog.ledger.uploads.jobs import work_on_upload
from activitylog.ledger.workbook import write_template
from activitylog.office.queries import settings_in_force
from activitylog.settings import Settings

NEW_LISTED = 200  # rows of a text
_FILE = click.Path(path_type=Path)


@click.group()
def ledger() -> None:
    """Import records from an Excel workbook, and export them."""


@ledger.command()
@click.option("-o", "--output", metavar="FILE.xlsx", type=_FILE, required=True, help="Where to write it.")
def template(output: Path) -> None:
    """Write the empty workbook, with a sheet that says what to fill in."""
    write_template(output)
    click.echo(f"已写入台账模板：{output}")


@ledger.command("import")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Check and count, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts, or the problems, as JSON.")
@click.option("-o", "--output", metavar="FILE.xlsx", type=_FILE, help="A copy with the new numbers.")
def import_(file: Path, dry_run: bool, as_json: bool, output: Path | None) -> None:
    """Enter a workbook's rows as records: all of them, or none and the list of problems."""
    session_for = reading_session if dry_run else writing_session
    try:
        with session_for() as session, progress_bar() as progress:
            report = operations.import_ledger(
                session, file, by=None, now=utc_now(), dry_run=dry_run, progress=progress
            )
            if output is not None and report.place is not None and not dry_run:
                write_numbered_copy(file, output, report.given_numbers, report.place)
    except LedgerError as error:
        if as_json:
            _print_json({"problems": [asdict(problem) for problem in error.problems], "message": str(error)})
        raise
    if as_json:
        _print_json(
            {
                "sheets": {name: asdict(count) for name, count in report.sheets.items()},
                "warnings": [str(warning) for warning in report.warnings],
                "changes": [change._asdict() for change in report.changes],
                "dry_run": report.is_dry_run,
                "numbers": [{"row": row, "number": number} for row, number in report.given_numbers.items()],
            }
        )
    else:
        _print_report(report)


@ledger.command(hidden=True)
@click.argument("upload", type=int)
def work(upload: int) -> None:
    """Check or import a workbook uploaded in the browser; the page starts this as a process of its own."""
    settings = Settings.from_env()
    engine = make_engine(settings.database_url, trail_keys=settings.trail_keys)
    try:
        folder = FileStore(settings.files_dir).partial_folder
        work_on_upload(sessionmaker(engine), folder, upload, clock=utc_now)
    finally:
        engine.dispose()


@ledger.command()
@click.option("--year", metavar="YEAR", type=click.IntRange(1900, 9998), required=True, help="Fiscal year.")
@click.option("--project", metavar="NAME", help="Only this project and those below it.")
@click.option("-o", "--output", metavar="FILE.xlsx", type=_FILE, required=True, help="Where to write it.")
def export(year: int, project: str | None, output: Path) -> None:
    """Write a year's records as a workbook that imports back unchanged."""
    with (
        reading_session() as session,
        under_letterhead(settings_in_force(session, Settings.from_env())),
        progress_bar() as progress,
    ):
        counts = export_ledger(session, year=year, project=project, path=output, progress=progress)
    counts_text = "，".join(f"{name} {count} 行" for name, count in counts.items())
    click.echo(f"已导出到 {output}：{counts_text}。")


def _print_report(report: operations.ImportReport) -> None:
    for warning in report.warnings:
        click.echo(f"提示：{warning}", err=True)
    for name, count in report.sheets.items():
        click.echo(f"{name}：新增 {count.new}，更新 {count.updated}，未变 {count.unchanged}")
    _print_changes(report)
    for row, number in report.given_numbers.items():
        click.echo(f"  第 {row} 行：{f'活动编号 {number}' if number else '导入时会给活动编号'}")
    if report.is_dry_run:
        click.echo("试运行：以上是将要发生的变化，什么都没有写入。")


def _print_changes(report: operations.ImportReport) -> None:
    """Every field that changes of stored records, and the fields of the first new ones."""
    for (sheet, row), changes in groupby(report.changes_of_stored, key=lambda change: change[:2]):
        click.echo(f"  {sheet} 第 {row} 行：{'；'.join(str(change) for change in changes)}")
    new = groupby(report.changes_of_new, key=lambda change: change[:2])
    for (sheet, row), changes in islice(new, NEW_LISTED):
        texts = "；".join(f"{change.field} {change.new}" for change in changes)
        click.echo(f"  {sheet} 第 {row} 行，新增：{texts}")
    if next(new, None) is not None:
        click.echo(f"  只列出了前 {NEW_LISTED} 行新增的内容；加 --json 可以看到每一行。")


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))
