"""`activitylog sample`: load the sample year, and remove it."""

import os
import secrets
import socket
import sys

import click
from rich.console import Console
from rich.progress import Progress as Bar
from sqlalchemy.orm import Session

from activitylog.accounts.rules import ROLE_LABELS
from activitylog.core.command_line import reading_session, writing_session
from activitylog.core.database import begin_writing
from activitylog.core.period import utc_now
from activitylog.sample.loading import load_sample
from activitylog.sample.people import ROLES
from activitylog.sample.removal import remove_sample
from activitylog.sample.summary import sentences


@click.group()
def sample() -> None:
    """The sample year: believable records, all marked, removable at once."""


@sample.command("load")
@click.option(
    "--with-users", is_flag=True, help="Let the sample's people sign in; prints their passwords once."
)
def load(*, with_users: bool) -> None:
    """Load the sample year 2024 and the current year up to today."""
    with reading_session() as session:
        passwords = _loaded(session, may_sign_in=with_users)
        told = list(sentences(session))
    for sentence in told:
        click.echo(sentence)
    for name, password in passwords.items():
        click.echo(f"演示账号：{name}（{ROLE_LABELS[ROLES[name]]}），密码 {password}，只显示这一次。")


@sample.command("remove")
@click.option("--with-own", is_flag=True, help="Remove what people recorded in sample projects, too.")
def remove(*, with_own: bool) -> None:
    """Remove every sample record and nothing else."""
    with writing_session() as session:
        removed = remove_sample(session, with_own=with_own)
    counts = "、".join(f"{label} {count:,}" for label, count in removed.items() if count)
    click.echo(f"已移除示例：{counts}。" if counts else "没有示例数据，不用移除。")


def _loaded(session: Session, *, may_sign_in: bool) -> dict[str, str]:
    """Play the sample, a commit at every chunk so that others may write in between."""
    holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    passwords: dict[str, str] = {}
    with Bar(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("装入示例", total=None)
        session.rollback()
        begin_writing(session)
        for progress in load_sample(session, holder=holder, may_sign_in=may_sign_in, now=utc_now()):
            session.commit()
            begin_writing(session)
            bar.update(task, completed=progress.done, total=progress.total)
            passwords = progress.passwords
        session.rollback()
    return passwords
