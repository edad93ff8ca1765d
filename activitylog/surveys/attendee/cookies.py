"""The attendee's cookies: a device token, and the minutes at which the phone last answered surveys.

The minutes are stored on the phone only, so that the server cannot link answers to each other.
"""

import re
import secrets
from datetime import datetime, timedelta

from werkzeug import Request, Response

from activitylog.surveys.flags import A_DAY, MANY_ACTIVITIES

PREFIX = "/s/"  # of every attendee's address, and the path of the cookies
DEVICE = "device"
RECENT_ANSWERS = "lately"
LONGEST_LIFE = timedelta(days=400)  # that a browser grants a cookie
LONGEST_DEVICE = 100  # characters
_MINUTES = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})*", re.ASCII)


def device_on(request: Request) -> str | None:
    """The device token in the request's cookies; None when there is no usable one."""
    token = request.cookies.get(DEVICE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def new_device() -> str:
    return secrets.token_urlsafe(16)


def recent_answer_minutes(request: Request, now: datetime) -> list[int]:
    """The last minutes, since 1970, at which this phone answered surveys within a day."""
    text = request.cookies.get(RECENT_ANSWERS, "")
    minutes = [int(each) for each in text.split(".")] if _MINUTES.fullmatch(text) else []
    since, until = (now - A_DAY).timestamp() // 60, now.timestamp() // 60
    return [each for each in minutes if since <= each <= until][-MANY_ACTIVITIES:]


def set_device(response: Response, device: str, *, is_secure: bool) -> None:
    _set(response, DEVICE, device, LONGEST_LIFE, is_secure=is_secure)


def set_answered(response: Response, minutes: list[int], now: datetime, *, is_secure: bool) -> None:
    """Add one more answer's minute to the cookie."""
    lately = [*minutes, int(now.timestamp() // 60)][-MANY_ACTIVITIES:]
    _set(response, RECENT_ANSWERS, ".".join(map(str, lately)), A_DAY, is_secure=is_secure)


def _set(response: Response, name: str, value: str, age: timedelta, *, is_secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=age, path=PREFIX, httponly=True, samesite="Lax", secure=is_secure
    )
