"""The first start: create the schema, load the sample year, create the administrator, print the addresses."""

import os
import secrets
import socket
import string
import subprocess
import sys
from dataclasses import dataclass

import qrcode
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.rules import Role, password_weakness
from activitylog.core.actor import act_as, command_actor
from activitylog.core.database import begin_writing, has_current_schema, make_engine, upgrade_schema
from activitylog.core.period import utc_now
from activitylog.errors import Refused
from activitylog.projects.models import Project
from activitylog.server.serve import listening_address, serve
from activitylog.settings import Settings

SAMPLE_LOADER = (sys.executable, "-m", "activitylog", "sample", "load")
ADMIN_NAME = "admin"
UNAMBIGUOUS_CHARACTERS = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
ALL_INTERFACES = ("0.0.0.0", "::")  # noqa: S104


def start(*, host: str, port: int, empty: bool) -> None:
    """Prepare the database on a first start, then serve."""
    listening_address(host, port)
    reachable = lan_address() if host in ALL_INTERFACES else host
    os.environ["ACTIVITYLOG_OWN_URL"] = f"http://{_host_in_url(reachable)}:{port}"
    settings = Settings.from_env()
    migrate_if_needed(settings.database_url)
    admin = prepare_first_start(settings, empty=empty)
    serve(
        host=host,
        port=port,
        on_ready=lambda: print_addresses(settings.public_url, port=port, admin=admin),
    )


def migrate_if_needed(database_url: str) -> None:
    """Migrate a database without this version's schema."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            is_current = has_current_schema(connection)
    finally:
        engine.dispose()
    if not is_current:
        upgrade_schema(database_url)


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The administrator of a first start: a password made up, and the secret of a link to choose another."""

    password: str
    token: str


def prepare_first_start(settings: Settings, *, empty: bool) -> FirstAdmin | None:
    """Load the sample and create the administrator; None on a later start.

    The administrator comes last, so that an interrupted first start is repeated.
    """
    engine = make_engine(settings.database_url, trail_keys=settings.trail_keys)
    try:
        with Session(engine) as session:
            if session.scalar(select(User.id).where(~User.is_sample).limit(1)) is not None:
                return None
            has_projects = session.scalar(select(Project.id).where(~Project.is_sample).limit(1)) is not None
        if not empty and not has_projects:
            load_sample()
        password = make_password()
        with Session(engine) as session:
            act_as(session, command_actor("activitylog start"))
            begin_writing(session)
            admin = create_user(
                session,
                name=ADMIN_NAME,
                password=password,
                role=Role.OFFICER,
                administers_accounts=True,
                now=utc_now(),
            )
            token = make_password_link(session, admin, by=None, now=utc_now())
            session.commit()
    finally:
        engine.dispose()
    return FirstAdmin(password, token)


def load_sample() -> None:
    """Load the sample by its command, which shows its progress; continue when it fails."""
    _print("首次启动：正在装入 2024 示例年度 …")
    code = subprocess.run(SAMPLE_LOADER, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    if code not in (0, Refused.exit_code):  # a refusal has printed its sentence
        _print("示例年度没有装入，系统仍可使用；以后可以运行 activitylog sample load 再装。")


def make_password() -> str:
    """A random password without ambiguous characters that passes `password_weakness`."""
    while True:
        password = "-".join(
            "".join(secrets.choice(UNAMBIGUOUS_CHARACTERS) for _ in range(4)) for _ in range(3)
        )
        if password_weakness(password) is None:
            return password


def print_addresses(public_url: str, *, port: int, admin: FirstAdmin | None) -> None:
    """Print the addresses of the system and, on a first start, how the administrator gets in."""
    _print(f"\n科普活动台账已启动\n  本机打开：http://localhost:{port}")
    if "//localhost" not in public_url:
        _print(f"  手机打开：{public_url}（须与本机在同一网络，或扫下面的二维码）\n")
        code = qrcode.QRCode(border=2)
        code.add_data(public_url)
        code.print_ascii(tty=sys.stdout.isatty(), invert=True)
    if admin is not None:
        _print(f"\n  首次使用：打开 {public_url}/password/{admin.token}")
        _print("  设定您自己的姓名和密码，再按首页的步骤开始。链接一周内有效，只能用一次。")
        _print(f"\n  首次登录：用户名 {ADMIN_NAME}，密码 {admin.password}\n  密码只显示这一次，请立即记下。")
    _print("\n按 Ctrl+C 停止。")


def lan_address() -> str:
    """This machine's address in its network, found by choosing a route; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as chooser:
        try:
            chooser.connect(("192.0.2.1", 9))  # an address reserved for documentation
        except OSError:
            return "localhost"
        return str(chooser.getsockname()[0])


def _host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _print(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201
