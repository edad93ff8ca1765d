"""The attendee's cookies: a token that tells a phone again, and when it last answered surveys.

The moments stay on the phone alone: here no answer could be tied to another.
"""

import re
import secrets
from datetime import datetime, timedelta

from werkzeug import Request, Response

from activitylog.surveys.flags import A_DAY, MANY_ACTIVITIES

PREFIX = "/s/"  # of every attendee's address: the cookies go nowhere else
DEVICE = "device"
LATELY = "lately"
LONGEST_LIFE = timedelta(days=400)  # that a browser grants a cookie
LONGEST_DEVICE = 100  # characters
_MINUTES = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})*", re.ASCII)


def device_on(request: Request) -> str | None:
    """The token this phone was given, if it has one."""
    token = request.cookies.get(DEVICE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def new_device() -> str:
    return secrets.token_urlsafe(16)


def answered_lately(request: Request, now: datetime) -> list[int]:
    """The minutes, since 1970, at which this phone answered surveys within a day; the last few."""
    text = request.cookies.get(LATELY, "")
    minutes = [int(each) for each in text.split(".")] if _MINUTES.fullmatch(text) else []
    since, until = (now - A_DAY).timestamp() // 60, now.timestamp() // 60
    return [each for each in minutes if since <= each <= until][-MANY_ACTIVITIES:]


def set_device(response: Response, device: str, *, is_secure: bool) -> None:
    _set(response, DEVICE, device, LONGEST_LIFE, is_secure=is_secure)


def set_answered(response: Response, minutes: list[int], now: datetime, *, is_secure: bool) -> None:
    """Have the phone remember one more answer."""
    lately = [*minutes, int(now.timestamp() // 60)][-MANY_ACTIVITIES:]
    _set(response, LATELY, ".".join(map(str, lately)), A_DAY, is_secure=is_secure)


def _set(response: Response, name: str, value: str, age: timedelta, *, is_secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=age, path=PREFIX, httponly=True, samesite="Lax", secure=is_secure
    )
