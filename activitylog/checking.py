"""`activitylog check`: whether what the database holds is still what was written."""

from collections.abc import Callable
from dataclasses import dataclass

import click
from sqlalchemy.orm import Session

from activitylog.accounts.trail.chain import Broken, verify
from activitylog.commands import reading_session
from activitylog.errors import Refused


@dataclass(frozen=True, slots=True)
class Checked:
    """One check's outcome in a sentence, and the sentences of what is wrong."""

    sentence: str
    problems: tuple[str, ...] = ()


def check_trail(session: Session) -> Checked:
    """The audit trail: every entry there and as it was written."""
    found = verify(session)
    if isinstance(found, Broken):
        return Checked("审计记录有问题。", (found.sentence,))
    if not found.count:
        return Checked("审计记录还没有内容。")
    return Checked(f"审计记录完好：{found.count:,} 条，到第 {found.last:,} 条，校验值 {found.hash}。")


CHECKS: tuple[Callable[[Session], Checked], ...] = (check_trail,)


@click.command()
def check() -> None:
    """Verify the database: its schema, and every entry of the audit trail."""
    problems: list[str] = []
    with reading_session() as session:
        click.echo("数据库的结构是这个版本的。")
        for run in CHECKS:
            outcome = run(session)
            problems += outcome.problems
            if not outcome.problems:
                click.echo(outcome.sentence)
    if problems:
        raise Refused("\n".join(problems))
