"""The commands `activitylog user`: accounts, and the projects they belong to."""

import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts import operations
from activitylog.accounts.models import Membership, User
from activitylog.accounts.password_links.operations import set_password
from activitylog.accounts.passwords import hashed
from activitylog.accounts.queries import user_named
from activitylog.accounts.rules import BELONGS_TO_PROJECTS, ROLE_WORDS, Role, role_text
from activitylog.accounts.second_factors.operations import turn_off
from activitylog.accounts.second_factors.queries import has_second_factor
from activitylog.accounts.sign_ins.operations import allow_attempts
from activitylog.core.commands import reading_session, writing_session
from activitylog.core.period import utc_now
from activitylog.core.text.words import known_spelling
from activitylog.errors import BadInput, Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_projects


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("create")
@click.argument("name")
@click.option("--role", required=True, help="One of: " + ", ".join(ROLE_WORDS))
@click.option("--project", "projects", multiple=True, help="Project the person belongs to; may be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(name: str, role: str, projects: tuple[str, ...], *, password_stdin: bool) -> None:
    """Create the account NAME."""
    chosen, administers_accounts = _role(role)
    password = _piped_password() if password_stdin else _prompted_password()
    if projects and chosen not in BELONGS_TO_PROJECTS:
        click.echo("--project 只对活动组织者和项目负责人起作用，已忽略。", err=True)
        projects = ()
    with writing_session() as session:
        created = operations.create_user(
            session,
            name=name,
            password=password,
            role=chosen,
            administers_accounts=administers_accounts,
            has_all_projects=chosen is Role.MANAGER and not projects,
            project_ids=_project_ids(session, projects),
            now=utc_now(),
        )
        described = _described(session, created)
    click.echo(f"已创建用户“{name}”（{described}）。")


def _role(word: str) -> tuple[Role, bool]:
    """The role, and whether accounts are administered."""
    if word not in ROLE_WORDS:
        known = "、".join(
            f"{each}（{role_text(role, administers_accounts=administers)}）"
            for each, (role, administers) in ROLE_WORDS.items()
        )
        raise BadInput(f"没有“{word}”这个角色，可用：{known}。")
    return ROLE_WORDS[word]


def _described(session: Session, person: User) -> str:
    """The role in words, and the projects of who does not see all by it."""
    projects = _projects_of(session, person)
    return person.role_text + (f"，{projects}" if projects else "")


def _piped_password() -> str:
    try:
        password = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""  # `<&-` leaves no standard input
    except UnicodeDecodeError as error:
        raise BadInput("标准输入里的密码不是 UTF-8 文字，请改用 UTF-8 编码传入。") from error
    if not password:
        raise BadInput("标准输入里没有密码，请把密码作为第一行传入。")
    return password


def _prompted_password() -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise BadInput("没有终端可以输入密码，请加 --password-stdin 并从标准输入传入。")
    password: str = click.prompt("密码", hide_input=True, confirmation_prompt="再输一次")
    return password


def _project_ids(session: Session, names: tuple[str, ...]) -> list[int]:
    """The ids of the projects so named in every year, so that access does not end with the year."""
    ids: list[int] = []
    for name in names:
        spelling = known_spelling(name, session.scalars(select(Project.name).distinct()))
        found = list(session.scalars(select(Project.id).where(Project.name == spelling)))
        if not found:
            raise Missing(f"没有名为“{name}”的项目，请先导入申报表，或核对项目名称。")
        ids += found
    return ids


@user.command("list")
def list_users() -> None:
    """Print every account with its role, its projects, and its state."""
    with reading_session() as session:
        for row in session.scalars(select(User).order_by(User.id)):
            state = "" if row.is_enabled else "已停用"
            columns = (row.name, row.role_text, _projects_of(session, row), state)
            click.echo("\t".join(part for part in columns if part))


def _belongs(session: Session, person: User) -> bool:
    own = select(Membership.user_id).where(Membership.user_id == person.id)
    return session.scalar(own.limit(1)) is not None


def _projects_of(session: Session, person: User) -> str:
    """The projects an organizer or a manager sees; nothing for other roles."""
    if person.role not in BELONGS_TO_PROJECTS:
        return ""
    if person.has_all_projects:
        return "全部项目"
    own = visible_projects(session, person)
    return "、".join(f"{project.name}（{project.year}年）" for project in own)


@user.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Close the account NAME; its sessions end at once."""
    with writing_session() as session:
        operations.disable_user(session, name=name, now=utc_now())
    click.echo(f"已停用用户“{name}”。")


@user.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Open the account NAME again."""
    with writing_session() as session:
        operations.enable_user(session, name=name)
    click.echo(f"已启用用户“{name}”。")


@user.command("unlock")
@click.argument("name")
def unlock(name: str) -> None:
    """Let NAME try again at once after failed sign-ins."""
    with writing_session() as session:
        allow_attempts(session, user_named(session, name))
    click.echo(f"“{name}”可以马上再试登录。")


@user.command("role")
@click.argument("name")
@click.argument("role")
def set_role(name: str, role: str) -> None:
    """Give the account NAME another ROLE; a manager who belongs to no project has all."""
    chosen, administers_accounts = _role(role)
    with writing_session() as session:
        person = user_named(session, name)
        operations.set_role(
            session,
            person,
            role=chosen,
            administers_accounts=administers_accounts,
            has_all_projects=chosen is Role.MANAGER and not _belongs(session, person),
        )
        described = _described(session, person)
    click.echo(f"用户“{name}”现在是{described}。")


@user.command("passwd")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def change_password(name: str, *, password_stdin: bool) -> None:
    """Give the account NAME a new password; its sign-ins end."""
    password = _piped_password() if password_stdin else _prompted_password()
    password_hash = hashed(password, name=name)
    with writing_session() as session:
        set_password(session, user_named(session, name), password_hash=password_hash, now=utc_now())
    click.echo(f"已更换用户“{name}”的密码，各设备上的登录都已结束。")


@user.command("second-factor")
@click.argument("name")
@click.option("--off", is_flag=True, help="Turn it off, for who lost the phone and the recovery codes.")
def second_factor(name: str, *, off: bool) -> None:
    """Print whether the account NAME has a second factor, or turn it off."""
    if off:
        with writing_session() as session:
            turn_off(session, user_named(session, name))
        click.echo(f"“{name}”的两步验证已关闭，用密码就能登录。")
        return
    with reading_session() as session:
        has_one = has_second_factor(session, user_named(session, name))
    click.echo(f"“{name}”{'已开启' if has_one else '没有开启'}两步验证。")
