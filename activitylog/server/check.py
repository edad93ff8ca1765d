"""The command `activitylog check`: verifies the schema, the audit trail, what it says, and stored files."""

from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.orm import Session

from activitylog.audit.chain import BrokenChain
from activitylog.audit.discrepancies.queries import count_open, open_discrepancies
from activitylog.audit.heads.rules import TrailHead, head_of_paper
from activitylog.audit.records.operations import needs_baseline, take_over_records
from activitylog.core.commands import reading_session, writing_session
from activitylog.core.database import begin_snapshot
from activitylog.core.period import utc_now
from activitylog.core.progress import progress_bar
from activitylog.errors import BadInput, Refused
from activitylog.files.check import damaged_files, orphaned_files, stored_size
from activitylog.files.rules import megabytes
from activitylog.files.store import FileStore
from activitylog.rollup.trail_audit.operations import audit_trail, store_audit
from activitylog.settings import Settings

MOST_FILES_LISTED = 20  # of a missing folder not every file is listed


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of a check as a sentence, and its problems as sentences."""

    sentence: str
    problems: tuple[str, ...] = ()


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


def check_trail(settings: Settings, on_paper: TrailHead | None) -> CheckResult:
    """Compare everything with the audit trail; what differs is stored until a person closes it."""
    with reading_session() as session:
        is_older_than_seal = needs_baseline(session)
    if is_older_than_seal:
        with writing_session() as session:
            take_over_records(session)
    with reading_session() as session:
        begin_snapshot(session)
        audit = audit_trail(session, settings.data_dir, now=utc_now(), on_paper=on_paper)
    with writing_session() as session:
        if isinstance(audit.chain, BrokenChain) or audit.chain.count:
            store_audit(session, audit, now=utc_now())
        problems = tuple(each.sentence for each in open_discrepancies(session))
        count = count_open(session)
    if count:
        rest = (f"另有 {count - len(problems):,} 处没有列出。",) if count > len(problems) else ()
        return CheckResult("审计记录有不符之处。", problems + rest)
    if isinstance(audit.chain, BrokenChain) or not audit.chain.count:
        return CheckResult("审计记录还没有内容。")
    chain = audit.chain
    sealed = f"，自第 {chain.first_sealed} 条起有封印" if chain.first_sealed else ""
    return CheckResult(
        f"审计记录完好：{chain.count:,} 条，到第 {chain.last:,} 条{sealed}，校验值 {chain.hash}；"
        "记录、答卷和账目与它一致。"
    )


@click.command()
@click.option("--head", metavar="HEAD", help="A head on paper, HASH@N: the hash that entry N should have.")
def check(head: str | None) -> None:
    """Verify the schema, the audit trail, what it says of records, answers and books, and every file."""
    settings = Settings.from_env()
    on_paper = head_of_paper(head, now=utc_now()) if head else None
    if head and on_paper is None:
        raise BadInput(f"“{head}”不是校验值，应为 64 位校验值、@ 和条数，如 3f…9a@1200。")
    with reading_session() as session:
        click.echo("数据库的结构是这个版本的。")
        outcomes = [check_files(session, settings)]
    outcomes.insert(0, check_trail(settings, on_paper))
    for outcome in outcomes:
        if not outcome.problems:
            click.echo(outcome.sentence)
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    if problems:
        raise Refused("\n".join(problems))
