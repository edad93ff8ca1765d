"""Reads single variables of the environment; a bad value is refused with its name and what was expected."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from activitylog.errors import SettingsError

ROLES = ("organizer", "manager", "officer", "auditor", "admin", "accounts")  # accounts/rules.py: ROLE_WORDS
RoleGroups: TypeAlias = tuple[tuple[str, str], ...]  # a group of a provider, and the role it gives
Network: TypeAlias = IPv4Network | IPv6Network
COUNT = re.compile("[0-9]{1,9}")
LATEST_CLOSE_DAY = 28
_TYPEFACES = frozenset({b"\0\1\0\0", b"OTTO", b"true", b"ttcf"})  # how .ttf, .otf and .ttc begin


def count(environ: Mapping[str, str], name: str, default: int) -> int:
    """How many; 0 for no limit."""
    text = environ.get(name, "").strip() or str(default)
    if not COUNT.fullmatch(text):
        raise SettingsError(f"{name}：“{text}”不是次数，应为 0 或正整数（0 表示不限）。")
    return int(text)


def span(environ: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    """Minutes or hours, as the variable's name says."""
    text = environ.get(name, "").strip() or str(default)
    if not COUNT.fullmatch(text) or int(text) > most:
        unit = "分钟" if name.endswith("MINUTES") else "小时"
        raise SettingsError(f"{name}：“{text}”不能用，应为 0 到 {most} 之间的整数（{unit}）。")
    return int(text)


def without_password(text: str) -> str:
    """An address as it may be repeated in a refusal."""
    return re.sub(r"(//[^/:@]*):.*@", r"\1:***@", text)


def web_address(environ: Mapping[str, str], name: str, default: str) -> str:
    """An http address, without a slash at its end."""
    text = (environ.get(name) or default).strip()
    if not is_web_address(text):
        raise SettingsError(f"{name}：“{text}”不是网址，应为 https://主机名[:端口]。")
    return text.rstrip("/")


def is_web_address(text: str) -> bool:
    """Whether it is an http address without question, anchor or password."""
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0  # reading it refuses one that is no number
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or re.search(r"\s", text))
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port and is_plain


def safe_address(environ: Mapping[str, str], name: str, default: str = "") -> str:
    """An address that secrets may be sent to: by https, or on this machine."""
    text = environ.get(name, "").strip() or default
    is_here = is_web_address(text) and urlsplit(text).hostname in {"localhost", "127.0.0.1"}
    if not is_here and not (is_web_address(text) and text.startswith("https:")):
        raise SettingsError(f"{name}：“{without_password(text)}”不能用，应为 https://主机名[/路径]。")
    return text


def word(
    environ: Mapping[str, str], name: str, default: str, *, pattern: str = r"\S+", most: int = 200
) -> str:
    """A word without spaces, needed where there is no default; it may be secret and is not repeated."""
    text = environ.get(name, "").strip() or default
    if len(text) > most or not text.isprintable() or not re.fullmatch(pattern, text):
        kind = "数字" if "0-9" in pattern else f"1 到 {most} 个字，中间没有空格"
        raise SettingsError(f"{name}：没有填或不能用，应为{kind}。")
    return text


def role_groups(environ: Mapping[str, str], name: str, kind: str, pattern: str = ".+") -> RoleGroups:
    """`group=role` separated by commas or semicolons; the first that fits a person is theirs."""
    found = []
    for pair in filter(None, map(str.strip, re.split("[,;]", environ.get(name, "")))):
        group, _, role = (each.strip() for each in pair.rpartition("="))
        if role not in ROLES or not re.fullmatch(pattern, group):
            raise SettingsError(
                f"{name}：“{pair}”不能用，应为 {kind}=角色，多个用逗号分开；角色有 {'、'.join(ROLES)}。"
            )
        found.append((group, role))
    return tuple(found)


def syslog(environ: Mapping[str, str]) -> str:
    """The address of a log server: host:port, tcp://host:port, or the path of this machine's socket."""
    text = environ.get("ACTIVITYLOG_SYSLOG", "").strip()
    found = re.fullmatch(r"/\S+|(?:tcp://)?[^\s:/]+:([0-9]{1,5})", text)
    if text and (found is None or int(found[1] or 1) not in range(1, 65_536)):
        raise SettingsError(
            f"ACTIVITYLOG_SYSLOG：“{text}”不能用，应为 主机:端口（UDP，如 log.example.cn:514）、"
            "tcp://主机:端口 或 /dev/log。"
        )
    return text


def access_log(environ: Mapping[str, str]) -> str:
    text = environ.get("ACTIVITYLOG_ACCESS_LOG", "").strip().lower() or "file"
    if text not in {"file", "stdout", "off"}:
        raise SettingsError(f"ACTIVITYLOG_ACCESS_LOG：“{text}”不能用，应为 file、stdout 或 off。")
    return text


def poster_font(environ: Mapping[str, str]) -> str:
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


def redis_url(environ: Mapping[str, str]) -> str:
    text = environ.get("ACTIVITYLOG_REDIS_URL", "").strip()
    if text and not re.fullmatch(r"rediss?://[^\s/]+(/\d*)?(\?\S*)?|unix://\S+", text):
        raise SettingsError(
            f"ACTIVITYLOG_REDIS_URL：“{without_password(text)}”无法使用，应为 redis://主机:端口/库号。"
        )
    return text


def close_day(environ: Mapping[str, str]) -> int:
    text = environ.get("ACTIVITYLOG_CLOSE_DAY", "").strip() or "0"
    if not COUNT.fullmatch(text) or int(text) > LATEST_CLOSE_DAY:
        raise SettingsError(
            f"ACTIVITYLOG_CLOSE_DAY：“{text}”不能用，"
            f"应为 0（不自动结账）或 1 到 {LATEST_CLOSE_DAY} 之间的日子，如 5。"
        )
    return int(text)


def trusted_proxies(environ: Mapping[str, str]) -> tuple[Network, ...]:
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


def mail_url(environ: Mapping[str, str]) -> str:
    """The mail server in Apprise's syntax; its parts are read where mail is sent, and it is never shown."""
    text = environ.get("ACTIVITYLOG_MAIL_URL", "").strip()
    if text and not re.fullmatch(r"mailtos?://\S+", text):
        raise SettingsError(
            "ACTIVITYLOG_MAIL_URL：不能用，应为 mailtos://用户:密码@服务器:465?from=发件地址"
            "（密码里的符号写成 %xx）。"
        )
    return text


def notice_urls(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses of groups' robots, separated by blanks; secrets, so no message says them."""
    urls = environ.get("ACTIVITYLOG_NOTICE_URLS", "").split()
    for place, url in enumerate(urls, 1):
        if not re.fullmatch(r"[a-z][a-z0-9]*://\S+", url):
            raise SettingsError(
                f"ACTIVITYLOG_NOTICE_URLS：第 {place} 个不是地址，"
                "应为 Apprise 的写法（如 wecombot://…）或机器人的 Webhook 地址，多个用空格分开。"
            )
    return tuple(dict.fromkeys(urls))


def robot_hosts(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Hosts besides the known ones to which people's own webhooks may lead, each with its sort of robot."""
    hosts = []
    for text in environ.get("ACTIVITYLOG_ROBOT_HOSTS", "").replace(",", " ").split():
        found = re.fullmatch(r"(wecom|dingtalk|feishu)=([a-z0-9.-]+\.[a-z]+(?::[0-9]{1,5})?)", text)
        if found is None:
            raise SettingsError(
                f"ACTIVITYLOG_ROBOT_HOSTS：“{text}”不能用，应为 wecom、dingtalk 或 feishu，等号，主机名，"
                "如 feishu=im.example.cn；多个用逗号分开。"
            )
        hosts.append((found[1], found[2]))
    return tuple(hosts)
