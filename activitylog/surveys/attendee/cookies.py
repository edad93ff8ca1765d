"""What a phone keeps for us in cookies: a token that tells it again, and when it last answered surveys.

The moments stay on the phone alone: here no answer could be tied to another.
"""

import re
import secrets
from datetime import datetime, timedelta

from werkzeug import Request
from werkzeug.http import dump_cookie

from activitylog.surveys.answers.flags import A_DAY, MANY_ACTIVITIES

DEVICE = "device"
LATELY = "lately"
KEPT = timedelta(days=400)  # the longest a browser keeps one
LONGEST_DEVICE = 100  # characters
_MINUTES = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})*", re.ASCII)


def device_on(request: Request) -> str | None:
    """The token this phone was given, if it kept it."""
    token = request.cookies.get(DEVICE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def new_device() -> str:
    return secrets.token_urlsafe(16)


def answered_lately(request: Request, now: datetime) -> list[int]:
    """The minutes, since 1970, at which this phone answered surveys within a day, as far as we ask."""
    kept = request.cookies.get(LATELY, "")
    minutes = [int(each) for each in kept.split(".")] if _MINUTES.fullmatch(kept) else []
    since, until = (now - A_DAY).timestamp() // 60, now.timestamp() // 60
    return [each for each in minutes if since <= each <= until][-MANY_ACTIVITIES:]


def with_device(device: str, path: str, *, is_secure: bool) -> tuple[str, str]:
    """The header that has the phone keep its token."""
    return _cookie(DEVICE, device, KEPT, path, is_secure=is_secure)


def with_answer(minutes: list[int], now: datetime, path: str, *, is_secure: bool) -> tuple[str, str]:
    """The header that has the phone remember one more answer."""
    kept = [*minutes, int(now.timestamp() // 60)][-MANY_ACTIVITIES:]
    return _cookie(LATELY, ".".join(map(str, kept)), A_DAY, path, is_secure=is_secure)


def _cookie(name: str, value: str, age: timedelta, path: str, *, is_secure: bool) -> tuple[str, str]:
    cookie = dump_cookie(
        name,
        value,
        max_age=age,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=is_secure,
        sync_expires=False,
    )
    return "Set-Cookie", cookie
