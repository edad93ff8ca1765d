"""Lists the settings that people change by page, and turns their stored text into values."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from activitylog.core.sealed_text import seal, unseal
from activitylog.settings import Settings

MAX_NAME_LENGTH = 40
MAX_CONTACT_LENGTH = 120
KIND_SEPARATOR = "、"
SEALED = "sealed:"  # before the text of a secret
_PURPOSE = b"activitylog office setting"


@dataclass(frozen=True, slots=True)
class Editable:
    """A setting of `Settings` that a page may change: its label, and how its stored text is read."""

    label: str
    read: Callable[[str], Any] = str
    unit: str = ""
    is_secret: bool = False


EDITABLE: Mapping[str, Editable] = {
    "office_name": Editable("单位名称"),
    "office_contact": Editable("联系方式"),
    "office_logo": Editable("标志"),
    "public_url": Editable("公开网址"),
    "close_day": Editable("结账日", int, "日"),
    "survey_opens_minutes": Editable("开场前", int, "分钟"),
    "survey_closes_hours": Editable("活动当天结束后", int, "小时"),
    "text_months": Editable("文字意见保存", int, "个月"),
    "second_factor_roles": Editable("须两步验证"),
    "activity_kinds": Editable("活动类型"),
    "quiet_from": Editable("从几点起不发", time.fromisoformat),
    "quiet_until": Editable("到几点", time.fromisoformat),
    "upload_megabytes": Editable("每人每天最多上传", int, "MB"),
    "access_log_days": Editable("访问日志保存", int, "天"),
    "mail_url": Editable("发信服务器", is_secret=True),
    "notice_urls": Editable("群机器人", lambda text: tuple(text.split()), is_secret=True),
    "survey_limit": Editable("每分钟最多答卷", int, "份"),
}


def with_stored(settings: Settings, stored: Mapping[str, str]) -> Settings:
    """The settings in force: what the environment sets, else what a page has set, else the default."""
    values = {
        name: EDITABLE[name].read(_unsealed(text, settings.secret_key))
        for name, text in stored.items()
        if name in EDITABLE and name not in settings.given
    }
    return replace(settings, **values)


def as_stored(name: str, value: object, *, key: str) -> str:
    """The text that is stored of a setting; a secret sealed with the installation's key."""
    text = str(value)
    return SEALED + seal(text, key=key, purpose=_PURPOSE) if EDITABLE[name].is_secret and text else text


def _unsealed(text: str, key: str) -> str:
    """The text as it was before; "" for a secret that was sealed with another key."""
    if not text.startswith(SEALED):
        return text
    return unseal(text.removeprefix(SEALED), key=key, purpose=_PURPOSE) or ""


def kinds_in(text: str) -> tuple[str, ...]:
    """The kinds of activity in their setting."""
    return tuple(filter(None, text.split(KIND_SEPARATOR)))


def logo_digest(address: str) -> str:
    """What tells one logo from another in its address."""
    return sha256(address.encode()).hexdigest()[:16]


def logo_picture(address: str) -> bytes:
    """The PNG in the logo's data: address; empty without one."""
    return base64.b64decode(address.partition(",")[2])


def why_unreachable(public_url: str) -> str:
    """Why phones cannot open the address in a QR code, as a sentence; "" when they can."""
    if not _is_this_machine(urlsplit(public_url).hostname or ""):
        return ""
    return (
        f"二维码现在指向 {public_url}，只有这台电脑自己打得开，手机扫了没有用。"
        "请管理账号的人在“我的 → 设置”里填手机打得开的公开网址，再出示或印刷。"
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
