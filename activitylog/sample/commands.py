"""The commands `activitylog sample`: load the sample years, and remove them."""

import click

from activitylog.accounts.rules import ROLE_LABELS
from activitylog.core.commands import reading_session, writing_session
from activitylog.core.period import utc_now
from activitylog.core.progress import progress_bar
from activitylog.files.operations import remove_unused
from activitylog.files.store import FileStore
from activitylog.sample.operations import ROLES, load_sample
from activitylog.sample.queries import summary_sentences
from activitylog.sample.removal import remove_sample, stored_by_sample
from activitylog.settings import Settings


@click.group()
def sample() -> None:
    """The sample years: believable records, all marked, removable at once."""


@sample.command("load")
@click.option(
    "--with-users", is_flag=True, help="Let the sample's people sign in; prints their passwords once."
)
def load(*, with_users: bool) -> None:
    """Load the sample year 2024 and the current year up to today."""
    store, now = FileStore(Settings.from_env().files_dir), utc_now()
    with store.intake() as files, writing_session() as session, progress_bar() as progress:
        passwords = load_sample(session, files=files, may_sign_in=with_users, now=now, progress=progress)
        lines = list(summary_sentences(session))
    for sentence in lines:
        click.echo(sentence)
    for name, password in passwords.items():
        click.echo(f"演示账号：{name}（{ROLE_LABELS[ROLES[name]]}），密码 {password}，只显示这一次。")


@sample.command("remove")
@click.option("--with-own", is_flag=True, help="Remove what people recorded in sample projects, too.")
def remove(*, with_own: bool) -> None:
    """Remove every sample record and nothing else."""
    with writing_session() as session:
        stored = stored_by_sample(session)
        removed = remove_sample(session, with_own=with_own)
    with reading_session() as session:
        remove_unused(session, FileStore(Settings.from_env().files_dir), stored)
    counts = "、".join(f"{label} {count:,}" for label, count in removed.items() if count)
    click.echo(f"已移除示例：{counts}。" if counts else "没有示例数据，不用移除。")
