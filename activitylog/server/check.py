"""The command `activitylog check`: verifies the schema, the audit trail and the stored files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.orm import Session

from activitylog.audit.chain import BrokenChain, verify
from activitylog.core.commands import reading_session
from activitylog.core.period import utc_now
from activitylog.core.progress import progress_bar
from activitylog.errors import Refused
from activitylog.files.check import damaged_files, orphaned_files, stored_size
from activitylog.files.rules import megabytes
from activitylog.files.store import FileStore
from activitylog.settings import Settings

MOST_FILES_LISTED = 20  # of a missing folder not every file is listed


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of a check as a sentence, and its problems as sentences."""

    sentence: str
    problems: tuple[str, ...] = ()


def check_trail(session: Session, _settings: Settings) -> CheckResult:
    """Check that every entry of the audit trail exists and is unchanged."""
    found = verify(session)
    if isinstance(found, BrokenChain):
        return CheckResult("审计记录有问题。", (found.sentence,))
    if not found.count:
        return CheckResult("审计记录还没有内容。")
    return CheckResult(f"审计记录完好：{found.count:,} 条，到第 {found.last:,} 条，校验值 {found.hash}。")


def check_files(session: Session, settings: Settings) -> CheckResult:
    """Check that every uploaded file exists with its stored content."""
    files = FileStore(settings.files_dir)
    with progress_bar() as report:
        found = tuple(damaged_files(session, files, report))
    if found:
        rest = (
            (f"另有 {len(found) - MOST_FILES_LISTED:,} 个文件有同样的问题。",)
            if len(found) > MOST_FILES_LISTED
            else ()
        )
        return CheckResult("上传的文件有问题。", found[:MOST_FILES_LISTED] + rest)
    count, size = stored_size(session)
    orphans = _orphans_sentence(tuple(orphaned_files(session, files, utc_now())))
    if not count:
        return CheckResult(f"还没有上传过文件。{orphans}")
    return CheckResult(f"上传的文件完好：{count:,} 个，共 {megabytes(size)}。{orphans}")


def _orphans_sentence(orphans: tuple[Path, ...]) -> str:
    """Files without a record, which count nowhere; none when the nightly sweep runs."""
    if not orphans:
        return ""
    names = "、".join(file.name for file in orphans[:MOST_FILES_LISTED])
    return f"另有 {len(orphans):,} 个文件没有记录用到，每天凌晨四点的定时任务会清理：{names}。"


CHECKS: tuple[Callable[[Session, Settings], CheckResult], ...] = (check_trail, check_files)


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
