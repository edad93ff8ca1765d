"""Reads single variables of the environment; a bad value is refused with its name and what was expected."""

import re
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from activitylog.errors import SettingsError

ROLES = ("organizer", "manager", "officer", "auditor", "admin", "accounts")  # accounts/rules.py: ROLE_WORDS
RoleGroups: TypeAlias = tuple[tuple[str, str], ...]  # a group of a provider, and the role it gives
COUNT = re.compile("[0-9]{1,9}")


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
