"""The commands `activitylog audit`: archive the trail, and verify an archive."""

from datetime import datetime
from pathlib import Path

import click

from activitylog.audit.chain import BrokenChain
from activitylog.audit.operations import archive, verify_file
from activitylog.core.commands import writing_session
from activitylog.core.period import utc_now
from activitylog.errors import Missing, Refused


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("archive")
@click.option(
    "--before",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Entries before this day go; at least six months stay.",
)
@click.option("-o", "output", required=True, type=click.Path(path_type=Path), help="A new .jsonl.gz file.")
def archive_trail(before: datetime, output: Path) -> None:
    """Move old entries into a file that `audit verify` can check."""
    with writing_session() as session:
        made = archive(session, output, before=before.date(), now=utc_now())
    click.echo(f"已归档第 {made.first:,} 至 {made.last:,} 条到 {output}，文件校验值 {made.sha256}。")


@audit.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
def verify_archive(file: Path) -> None:
    """Check that an archive is as it was written."""
    if file.is_dir():
        raise Missing(f"“{file}”是文件夹，请给出归档文件。")
    if not file.exists():
        raise Missing(f"没有文件“{file}”，请核对路径。")
    found = verify_file(file)
    if isinstance(found, BrokenChain):
        raise Refused(found.sentence)
    click.echo(f"归档完好：{found.count:,} 条，到第 {found.last:,} 条，校验值 {found.hash}。")
