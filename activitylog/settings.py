"""Settings from the environment, read once; a bad value stops the start with the variable's name."""

import hmac
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from activitylog.environment import (
    Network,
    RoleGroups,
    access_log,
    close_day,
    count,
    mail_url,
    notice_urls,
    poster_font,
    redis_url,
    robot_hosts,
    role_groups,
    safe_address,
    span,
    syslog,
    trusted_proxies,
    web_address,
    without_password,
    word,
)
from activitylog.errors import SettingsError

SHORTEST_KEY = 16
_TRAIL_LABEL = b"activitylog: seal of the audit trail"
PRIVATE_FOLDER = 0o700
PRIVATE_MASK = 0o077  # what a file or folder grants nobody else
_DRIVERS = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})
_DEPARTMENT = "(tag:)?[0-9]{1,9}"  # of WeCom, or a tag

NOT_OF_ENVIRONMENT = frozenset(
    {
        "office_name",
        "office_contact",
        "office_logo",
        "second_factor_roles",
        "text_months",
        "activity_kinds",
        "quiet_from",
        "quiet_until",
        "upload_megabytes",
        "access_log_days",
        "given",
    }
)
CHANGEABLE_BY_PAGE = {
    "public_url": "ACTIVITYLOG_PUBLIC_URL",
    "close_day": "ACTIVITYLOG_CLOSE_DAY",
    "survey_limit": "ACTIVITYLOG_SURVEY_LIMIT",
    "survey_opens_minutes": "ACTIVITYLOG_SURVEY_OPENS_MINUTES",
    "survey_closes_hours": "ACTIVITYLOG_SURVEY_CLOSES_HOURS",
    "mail_url": "ACTIVITYLOG_MAIL_URL",
    "notice_urls": "ACTIVITYLOG_NOTICE_URLS",
}
LONGEST_NAME = 12  # characters on a button
OIDC_NAME, GROUPS_CLAIM = "统一身份认证", "groups"
WECOM_URL = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """What may differ between two installations; the README's table lists the variables."""

    data_dir: Path
    database_url: str
    secret_key: str
    public_url: str = "http://localhost:8000"
    redis_url: str = ""
    survey_limit: int = 3000
    survey_opens_minutes: int = 30
    survey_closes_hours: int = 48
    close_day: int = 0
    poster_font: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = OIDC_NAME
    oidc_groups_claim: str = GROUPS_CLAIM
    oidc_roles: RoleGroups = ()
    wecom_corp_id: str = ""
    wecom_agent_id: str = ""
    wecom_secret: str = ""
    wecom_roles: RoleGroups = ()
    wecom_url: str = WECOM_URL
    trail_key: tuple[str, ...] = ()
    syslog: str = ""
    access_log: str = "file"
    # set by page alone
    office_name: str = ""
    office_contact: str = ""
    office_logo: str = ""  # a data: address
    second_factor_roles: str = ""
    text_months: int = 0  # that answers' free texts are kept; 0 is for ever
    activity_kinds: str = ""  # offered for activities, joined by 、; "" are all in use
    quiet_from: time = time(22)
    quiet_until: time = time(7, 30)
    upload_megabytes: int = 500  # a person and day: some four hundred photos
    access_log_days: int = 184  # half a year, as the law asks of networks' logs
    # the fields that the environment sets, so that no page may
    given: frozenset[str] = frozenset()
    mail_url: str = ""
    notice_urls: tuple[str, ...] = ()
    robot_hosts: tuple[tuple[str, str], ...] = ()

    @property
    def trail_keys(self) -> tuple[bytes, ...]:
        """The keys of the audit trail: the first seals, the others are of entries sealed before.

        Without an own secret the first comes from the secret key, by a label so that no other use shares it.
        """
        given = self.trail_key or (self.secret_key,)
        return tuple(hmac.digest(each.encode(), _TRAIL_LABEL, "sha256") for each in given)

    @property
    def files_dir(self) -> Path:
        """Where uploaded evidence lies; part of every backup."""
        return self.data_dir / "files"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read `ACTIVITYLOG_…`; raises SettingsError naming the variable and what was expected."""
        data_dir = _data_dir(environ)
        database_url = _database_url(environ, data_dir)
        _make_private(data_dir, database_url)
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            secret_key=_secret_key(environ, data_dir, is_embedded=database_url.startswith("sqlite")),
            public_url=web_address(environ, "ACTIVITYLOG_PUBLIC_URL", _own_address(environ)),
            redis_url=redis_url(environ),
            survey_limit=count(environ, "ACTIVITYLOG_SURVEY_LIMIT", 3000),
            survey_opens_minutes=span(environ, "ACTIVITYLOG_SURVEY_OPENS_MINUTES", 30, most=24 * 60),
            survey_closes_hours=span(environ, "ACTIVITYLOG_SURVEY_CLOSES_HOURS", 48, most=30 * 24),
            close_day=close_day(environ),
            poster_font=poster_font(environ),
            trusted_proxies=trusted_proxies(environ),
            given=frozenset(
                name for name, variable in CHANGEABLE_BY_PAGE.items() if environ.get(variable, "").strip()
            ),
            mail_url=mail_url(environ),
            notice_urls=notice_urls(environ),
            robot_hosts=robot_hosts(environ),
            **_oidc(environ),
            **_wecom(environ),
            trail_key=_trail_secrets(environ),
            syslog=syslog(environ),
            access_log=access_log(environ),
        )


def _own_address(environ: Mapping[str, str]) -> str:
    """Where a start on this machine is reached, until somebody says the public address."""
    return environ.get("ACTIVITYLOG_OWN_URL") or "http://localhost:8000"


def _data_dir(environ: Mapping[str, str]) -> Path:
    path = Path(environ.get("ACTIVITYLOG_DATA_DIR") or "instance").absolute()
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"ACTIVITYLOG_DATA_DIR：目录“{path}”无法创建（{error.strerror}），请指定一个可写的目录。"
        ) from error
    return path


def _make_private(data_dir: Path, database_url: str) -> None:
    """Leave the data to this account alone, also those that an older version made for everybody to read."""
    database = make_url(database_url).database or ""
    files = [database, f"{database}-wal", f"{database}-shm", f"{database}.turns"]
    if not database_url.startswith("sqlite"):
        files = []
    for path in (data_dir, *map(Path, files)):
        with suppress(OSError):  # not there, or another account's
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & PRIVATE_MASK and not mode & stat.S_ISVTX and path != Path.home():
                path.chmod(mode & ~PRIVATE_MASK)


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    text = environ.get("ACTIVITYLOG_DATABASE_URL") or f"sqlite:///{data_dir / 'activitylog.db'}"
    try:
        url = make_url(text)
        is_usable = url.drivername in _DRIVERS and bool(url.database) and url.database != ":memory:"
    except (ArgumentError, ValueError):
        is_usable = False
    if not is_usable:
        raise SettingsError(
            f"ACTIVITYLOG_DATABASE_URL：“{without_password(text)}”无法使用，"
            "应为 postgresql://用户@主机/库名 或 sqlite:///路径。"
        )
    return text.replace("postgresql://", "postgresql+psycopg://", 1)


def _secret_key(environ: Mapping[str, str], data_dir: Path, *, is_embedded: bool) -> str:
    given = environ.get("ACTIVITYLOG_SECRET_KEY", "").strip()
    if given:
        if len(given) < SHORTEST_KEY:
            raise SettingsError(f"ACTIVITYLOG_SECRET_KEY：太短，应为至少 {SHORTEST_KEY} 个字符的随机串。")
        return given
    if not is_embedded:
        raise SettingsError(
            f"ACTIVITYLOG_SECRET_KEY：使用外部数据库时必须设置，应为至少 {SHORTEST_KEY} 个字符的随机串。"
        )
    try:
        return _stored_secret(data_dir / "secret_key")
    except OSError as error:
        raise SettingsError(
            f"ACTIVITYLOG_DATA_DIR：目录“{data_dir}”无法读写（{error.strerror}），请指定一个可写的目录。"
        ) from error


def _trail_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets of the audit trail, separated by commas: the one in use first, then those used before."""
    given = tuple(filter(None, map(str.strip, environ.get("ACTIVITYLOG_TRAIL_KEY", "").split(","))))
    if any(len(each) < SHORTEST_KEY for each in given):
        raise SettingsError(
            f"ACTIVITYLOG_TRAIL_KEY：太短，应为至少 {SHORTEST_KEY} 个字符的随机串；换过的旧串用逗号接在后面。"
        )
    return given


def _stored_secret(file: Path) -> str:
    """The key in the file; made when there is none, appearing whole, so that two starts at once agree."""
    if not file.exists():
        _make_secret(file)
    key = file.read_bytes().decode("ascii", "replace").strip()
    if len(key) < SHORTEST_KEY:
        raise SettingsError(
            f"ACTIVITYLOG_DATA_DIR：其中的密钥文件“{file}”是空的或已损坏。"
            "请从备份恢复；没有备份就删除它再启动，届时所有人需要重新登录。"
        )
    return key


def _make_secret(file: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".secret_key.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(32))
            stream.flush()
            os.fsync(descriptor)
        os.link(name, file)
    except FileExistsError:
        pass  # another start was first: its key is the one
    finally:
        Path(name).unlink()


def _oidc(environ: Mapping[str, str]) -> dict[str, Any]:
    """How people sign in at an OpenID Connect provider; nothing without an issuer."""
    if not environ.get("ACTIVITYLOG_OIDC_ISSUER", "").strip():
        return {}
    return {
        "oidc_issuer": safe_address(environ, "ACTIVITYLOG_OIDC_ISSUER"),
        "oidc_client_id": word(environ, "ACTIVITYLOG_OIDC_CLIENT_ID", ""),
        "oidc_client_secret": environ.get("ACTIVITYLOG_OIDC_CLIENT_SECRET", "").strip(),
        "oidc_name": word(environ, "ACTIVITYLOG_OIDC_NAME", OIDC_NAME, most=LONGEST_NAME),
        "oidc_groups_claim": word(environ, "ACTIVITYLOG_OIDC_GROUPS_CLAIM", GROUPS_CLAIM),
        "oidc_roles": role_groups(environ, "ACTIVITYLOG_OIDC_ROLES", "组名"),
    }


def _wecom(environ: Mapping[str, str]) -> dict[str, Any]:
    """How people sign in by WeCom; nothing without a corporation."""
    if not environ.get("ACTIVITYLOG_WECOM_CORP_ID", "").strip():
        return {}
    return {
        "wecom_corp_id": word(environ, "ACTIVITYLOG_WECOM_CORP_ID", ""),
        "wecom_agent_id": word(environ, "ACTIVITYLOG_WECOM_AGENT_ID", "", pattern="[0-9]{1,12}"),
        "wecom_secret": word(environ, "ACTIVITYLOG_WECOM_SECRET", ""),
        "wecom_roles": role_groups(environ, "ACTIVITYLOG_WECOM_ROLES", "部门编号或tag:标签编号", _DEPARTMENT),
        "wecom_url": safe_address(environ, "ACTIVITYLOG_WECOM_URL", WECOM_URL),
    }
