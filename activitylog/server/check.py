"""`activitylog check`: whether what the database and the disk hold is still what was written."""

from collections.abc import Callable
from dataclasses import dataclass

import click
from sqlalchemy.orm import Session

from activitylog.audit.chain import BrokenChain, verify
from activitylog.core.command_line import reading_session
from activitylog.core.progress import progress_bar
from activitylog.errors import Refused
from activitylog.files.check import damaged_files, stored_size
from activitylog.files.store import FileStore
from activitylog.settings import Settings

SHOWN_FILES = 20  # a folder that is not there at all need not be told file by file


@dataclass(frozen=True, slots=True)
class Checked:
    """One check's outcome in a sentence, and the sentences of what is wrong."""

    sentence: str
    problems: tuple[str, ...] = ()


def check_trail(session: Session, _settings: Settings) -> Checked:
    """The audit trail: every entry there and as it was written."""
    found = verify(session)
    if isinstance(found, BrokenChain):
        return Checked("审计记录有问题。", (found.sentence,))
    if not found.count:
        return Checked("审计记录还没有内容。")
    return Checked(f"审计记录完好：{found.count:,} 条，到第 {found.last:,} 条，校验值 {found.hash}。")


def check_files(session: Session, settings: Settings) -> Checked:
    """Uploaded files: every one there and with the content it was stored with."""
    with progress_bar() as tell:
        found = tuple(damaged_files(session, FileStore(settings.files_dir), tell))
    if found:
        rest = (
            (f"另有 {len(found) - SHOWN_FILES:,} 个文件有同样的问题。",) if len(found) > SHOWN_FILES else ()
        )
        return Checked("上传的文件有问题。", found[:SHOWN_FILES] + rest)
    count, size = stored_size(session)
    if not count:
        return Checked("还没有上传过文件。")
    return Checked(f"上传的文件完好：{count:,} 个，共 {size / 1024**2:,.1f} MB。")


CHECKS: tuple[Callable[[Session, Settings], Checked], ...] = (check_trail, check_files)


@click.command()
def check() -> None:
    """Verify the database's schema, every entry of the audit trail, and every uploaded file."""
    problems: list[str] = []
    settings = Settings.from_env()
    with reading_session() as session:
        click.echo("数据库的结构是这个版本的。")
        for run in CHECKS:
            outcome = run(session, settings)
            problems += outcome.problems
            if not outcome.problems:
                click.echo(outcome.sentence)
    if problems:
        raise Refused("\n".join(problems))
