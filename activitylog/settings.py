"""Settings from the environment, read once; a bad value stops the start with the variable's name."""

import os
import re
import secrets
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from activitylog.errors import SettingsError

SHORTEST_KEY = 16
PRIVATE_FOLDER = 0o700
PRIVATE_MASK = 0o077  # what a file or folder grants nobody else
Network: TypeAlias = IPv4Network | IPv6Network
_DRIVERS = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})
_COUNT = re.compile("[0-9]{1,9}")

LATEST_CLOSE_DAY = 28
NOT_OF_ENVIRONMENT = frozenset(
    {"office_name", "office_contact", "office_logo", "second_factor_roles", "given"}
)
CHANGEABLE_BY_PAGE = {
    "public_url": "ACTIVITYLOG_PUBLIC_URL",
    "close_day": "ACTIVITYLOG_CLOSE_DAY",
    "survey_limit": "ACTIVITYLOG_SURVEY_LIMIT",
    "survey_opens_minutes": "ACTIVITYLOG_SURVEY_OPENS_MINUTES",
    "survey_closes_hours": "ACTIVITYLOG_SURVEY_CLOSES_HOURS",
}
_TYPEFACES = frozenset({b"\0\1\0\0", b"OTTO", b"true", b"ttcf"})  # how .ttf, .otf and .ttc begin


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
    # set by page alone
    office_name: str = ""
    office_contact: str = ""
    office_logo: str = ""  # a data: address
    # the fields that the environment sets, so that no page may
    second_factor_roles: str = ""
    given: frozenset[str] = frozenset()

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
            public_url=_web_address(environ, "ACTIVITYLOG_PUBLIC_URL", _own_address(environ)),
            redis_url=_redis_url(environ),
            survey_limit=_count(environ, "ACTIVITYLOG_SURVEY_LIMIT", 3000),
            survey_opens_minutes=_span(environ, "ACTIVITYLOG_SURVEY_OPENS_MINUTES", 30, most=24 * 60),
            survey_closes_hours=_span(environ, "ACTIVITYLOG_SURVEY_CLOSES_HOURS", 48, most=30 * 24),
            close_day=_close_day(environ),
            poster_font=_poster_font(environ),
            trusted_proxies=_trusted_proxies(environ),
            given=frozenset(
                name for name, variable in CHANGEABLE_BY_PAGE.items() if environ.get(variable, "").strip()
            ),
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
            f"ACTIVITYLOG_DATABASE_URL：“{_without_password(text)}”无法使用，"
            "应为 postgresql://用户@主机/库名 或 sqlite:///路径。"
        )
    return text.replace("postgresql://", "postgresql+psycopg://", 1)


def _without_password(text: str) -> str:
    return re.sub(r"(//[^/:@]*):.*@", r"\1:***@", text)


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


def _poster_font(environ: Mapping[str, str]) -> str:
    text = environ.get("ACTIVITYLOG_POSTER_FONT", "").strip()
    if not text:
        return ""
    try:
        with Path(text).open("rb") as file:
            is_typeface = file.read(4) in _TYPEFACES
    except OSError as error:
        raise SettingsError(f"ACTIVITYLOG_POSTER_FONT：文件“{text}”无法读取（{error.strerror}）。") from error
    if not is_typeface:
        raise SettingsError(
            f"ACTIVITYLOG_POSTER_FONT：“{text}”不是字体文件，应为含中文的 .ttf、.otf 或 .ttc。"
        )
    return text


def _web_address(environ: Mapping[str, str], name: str, default: str) -> str:
    text = (environ.get(name) or default).strip()
    if not is_web_address(text):
        raise SettingsError(f"{name}：“{text}”不是网址，应为 https://主机名[:端口]。")
    return text.rstrip("/")


def is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0  # reading it refuses one that is no number
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or re.search(r"\s", text))
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port and is_plain


def _redis_url(environ: Mapping[str, str]) -> str:
    text = environ.get("ACTIVITYLOG_REDIS_URL", "").strip()
    if text and not re.fullmatch(r"rediss?://[^\s/]+(/\d*)?(\?\S*)?|unix://\S+", text):
        raise SettingsError(
            f"ACTIVITYLOG_REDIS_URL：“{_without_password(text)}”无法使用，应为 redis://主机:端口/库号。"
        )
    return text


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not _COUNT.fullmatch(text):
        raise SettingsError(f"{name}：“{text}”不是次数，应为 0 或正整数（0 表示不限）。")
    return int(text)


def _span(environ: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not _COUNT.fullmatch(text) or int(text) > most:
        unit = "分钟" if name.endswith("MINUTES") else "小时"
        raise SettingsError(f"{name}：“{text}”不能用，应为 0 到 {most} 之间的整数（{unit}）。")
    return int(text)


def _close_day(environ: Mapping[str, str]) -> int:
    text = environ.get("ACTIVITYLOG_CLOSE_DAY", "").strip() or "0"
    if not _COUNT.fullmatch(text) or int(text) > LATEST_CLOSE_DAY:
        raise SettingsError(
            f"ACTIVITYLOG_CLOSE_DAY：“{text}”不能用，"
            f"应为 0（不自动结账）或 1 到 {LATEST_CLOSE_DAY} 之间的日子，如 5。"
        )
    return int(text)


def _trusted_proxies(environ: Mapping[str, str]) -> tuple[Network, ...]:
    """The addresses and networks, separated by commas or spaces, whose word on the client is taken."""
    networks = []
    for text in environ.get("ACTIVITYLOG_TRUSTED_PROXIES", "").replace(",", " ").split():
        try:
            networks.append(ip_network(text, strict=False))
        except ValueError:
            raise SettingsError(
                f"ACTIVITYLOG_TRUSTED_PROXIES：“{text}”不是网络地址，"
                "应为 10.0.0.5 或 10.0.0.0/8，多个用逗号分开。"
            ) from None
    return tuple(networks)
