"""Stores what an office sets, once nobody else has meanwhile; tries its address and draws its logo."""

import base64
import io
import socket
import ssl
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, build_opener

from PIL import Image
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period
from activitylog.errors import Refused
from activitylog.files.pictures import read_picture
from activitylog.indicators.counted_words import kinds_of_rules
from activitylog.indicators.years.operations import set_satisfaction
from activitylog.office.operations import change_settings
from activitylog.office.queries import settings_in_force
from activitylog.office.rules import EDITABLE, as_stored
from activitylog.rollup.queries import last_rolled_up, record_roll_up
from activitylog.rollup.run import roll_up
from activitylog.settings import Settings
from activitylog.surveys.years.rules import SatisfactionMethod

PATIENCE_SECONDS = 3
LOGO_SIZE = (320, 96)  # pixels: twice what a page shows
HEALTH = b"ok"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLError, "那里没有有效的 https 证书"),
    (socket.gaierror, "找不到这个主机名"),
    (ConnectionRefusedError, "那里没有服务在听这个端口"),
    (TimeoutError, f"{PATIENCE_SECONDS} 秒内没有应答"),
)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


def settings_token(settings: Settings, names: tuple[str, ...]) -> str:
    """What a form was filled from, so that a later save does not undo somebody else's."""
    values = "\n".join(str(getattr(settings, name)) for name in names)
    return sha256(values.encode()).hexdigest()[:16]


def save_settings(
    session: Session, own: Settings, values: Mapping[str, object], *, seen: str, by: User, now: datetime
) -> None:
    """Store the values; raises Refused when somebody has changed one of them since `seen`."""
    names = tuple(values)
    current = settings_in_force(session, own)
    if seen != settings_token(current, names):
        raise Refused("这些设置刚刚被别人改过，现在的值已经写在下面，请核对后再保存一次。")
    for name in own.given & values.keys():
        if str(values[name]) != str(getattr(own, name)):
            raise Refused(f"“{EDITABLE[name].label}”由服务器的环境变量设定，在页面上改不了。", field=name)
    changed = {
        name: as_stored(name, value, key=own.secret_key)
        for name, value in values.items()
        if name not in own.given and not _is_same_secret(name, value, current)
    }
    change_settings(session, changed, by=by, now=now)


def _is_same_secret(name: str, value: object, current: Settings) -> bool:
    """Whether the secret is the one in force: sealed once more it would look like another."""
    setting = EDITABLE[name]
    return setting.is_secret and setting.read(str(value)) == getattr(current, name)


def count_satisfaction(
    session: Session, year: int, method: SatisfactionMethod, *, by: User, now: datetime
) -> tuple[Period, ...]:
    """Set what a year counts as satisfaction and roll its months up again: those that have been before."""
    lock_roll_up(session)
    last = last_rolled_up(session, year)
    if not set_satisfaction(session, year, method, by=by, now=now) or last is None:
        return ()
    months = roll_up(session, last, now=now)
    record_roll_up(session, months, now=now)
    return months


def check_retired_kinds(session: Session, kinds: Collection[str]) -> None:
    """Refuse a list without a kind that a rule filters by; none at all are all in use."""
    for kind, (project, indicator) in kinds_of_rules(session).items():
        if kinds and kind not in kinds:
            raise Refused(
                f"“{project}”的“{indicator}”按“{kind}”计数，这个类型不能停用；先改它的计数规则，或把“{kind}”加回来。",
                field="activity_kinds",
            )


def why_not_reached(public_url: str) -> str:
    """Why this server itself does not reach the office at the address, as a sentence; "" when it does."""
    address = f"{public_url}/healthz"
    try:
        with build_opener(_NoRedirects).open(address, timeout=PATIENCE_SECONDS) as answer:
            is_office = answer.read(len(HEALTH)) == HEALTH
    except HTTPError as error:
        return f"{address} 应答了 {error.code}，不是本系统的应答。"
    except (URLError, OSError, ValueError) as error:
        return f"从服务器打不开 {address}：{_reason(error)}。"
    return "" if is_office else f"{address} 有应答，但不是本系统。"


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    for kind, words in _REASONS:
        if isinstance(cause, kind):
            return words
    return str(cause)


def logo_address(content: BinaryIO, name: str) -> str:
    """The picture as a small PNG in a data: address; raises UnusableFile with the reason."""
    picture = content.read()
    read_picture(io.BytesIO(picture), name)
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail(LOGO_SIZE)
        drawn, file = image.convert("RGBA"), io.BytesIO()
    drawn.quantize(128).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
