"""Reads an attendee's request: posted fields, cookies, language, and screen code or kiosk pass.

The minutes at which a phone last answered surveys are stored on the phone only, so that the server cannot
link answers to each other.
"""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qs, quote

from werkzeug import Request
from werkzeug.http import dump_cookie

from activitylog.surveys.access.rules import AccessKind, is_kiosk_pass, is_screen_code
from activitylog.surveys.attendee.page import Notice, PageVariant
from activitylog.surveys.forms import Fields
from activitylog.surveys.languages import preferred_language
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import A_DAY, MANY_ACTIVITIES, CodeRule

PREFIX = "/s/"  # of every attendee's address, and the path of the cookies
DEVICE = "device"
RECENT_ANSWERS = "lately"
LIFETIMES = {DEVICE: timedelta(days=400), RECENT_ANSWERS: A_DAY}  # a browser grants no more than 400
LONGEST_DEVICE = 100  # characters
LARGEST_POST = 64 * 1024  # bytes
MOST_FIELDS = 100
_MINUTES = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})*", re.ASCII)
_PARAMETERS = re.compile(r"(?:^|&)(lang|code|kiosk)=([\w.-]+)", re.ASCII)


def posted_fields(request: Request) -> Fields:
    """Every value of every field; raises RequestEntityTooLarge, or ValueError for a malformed body."""
    request.max_content_length = LARGEST_POST
    if request.mimetype == "multipart/form-data":  # sent by some clients, never by our page
        return request.form.to_dict(flat=False)
    body = request.get_data(cache=False).decode(errors="replace")
    return parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)


def device_on(request: Request) -> str | None:
    """The device token in the request's cookies; None when there is no usable one."""
    token = request.cookies.get(DEVICE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def recent_answer_minutes(request: Request, now: datetime) -> list[int]:
    """The last minutes, since 1970, at which this phone answered surveys within a day."""
    text = request.cookies.get(RECENT_ANSWERS, "")
    minutes = [int(each) for each in text.split(".")] if _MINUTES.fullmatch(text) else []
    since, until = (now - A_DAY).timestamp() // 60, now.timestamp() // 60
    return [each for each in minutes if since <= each <= until][-MANY_ACTIVITIES:]


def answered_now(minutes: list[int], now: datetime) -> str:
    """The cookie's value with one more answer's minute."""
    return ".".join(map(str, [*minutes, int(now.timestamp() // 60)][-MANY_ACTIVITIES:]))


def cookie(name: str, value: str, *, is_secure: bool) -> tuple[str, str]:
    """The header that sets a cookie to a value of URL-safe characters."""
    return "Set-Cookie", f"{name}={value}{_attributes(name, is_secure)}"


@cache
def _attributes(name: str, is_secure: bool) -> str:
    return dump_cookie(
        name,
        max_age=LIFETIMES[name],
        path=PREFIX,
        httponly=True,
        samesite="Lax",
        secure=is_secure,
        sync_expires=False,
    ).removeprefix(f"{name}=")


class Visit(NamedTuple):
    """How a page was opened, its variant, and the notice that replaces its questions, if any."""

    access: AccessKind
    variant: PageVariant
    notice: Notice | None = None


def query_parameters(request: Request) -> dict[str, str]:
    """The known query parameters: language, screen code, kiosk pass."""
    return dict(_PARAMETERS.findall(request.environ.get("QUERY_STRING", "")))


def language_of(request: Request) -> str:
    accepted = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return preferred_language(query_parameters(request).get("lang"), accepted)


def visit_of(request: Request, activity: SurveyedActivity, secret_key: str, now: datetime) -> Visit:
    """The access kind, page variant and notice of this request."""
    parameters, language = query_parameters(request), language_of(request)
    code, kiosk = parameters.get("code", ""), parameters.get("kiosk")
    if kiosk is not None and activity.audience is Audience.ATTENDEES:
        if not is_kiosk_pass(secret_key, activity.id, kiosk, now):
            return Visit(AccessKind.PLAIN, PageVariant(language), Notice.KIOSK_OVER)
        leave = f"/activities/{quote(activity.number, safe='')}"
        return Visit(AccessKind.KIOSK, PageVariant(language, f"kiosk={kiosk}", leave))
    if activity.code_rule is CodeRule.OFF:
        return Visit(AccessKind.PLAIN, PageVariant(language))
    if is_screen_code(secret_key, activity.id, code, now):
        return Visit(AccessKind.CODE, PageVariant(language, f"code={code}"))
    is_refused = activity.code_rule is CodeRule.REQUIRED
    return Visit(AccessKind.PLAIN, PageVariant(language), missing_code_notice(code) if is_refused else None)


def missing_code_notice(code: str) -> Notice:
    """The notice for a missing or expired screen code."""
    return Notice.CODE_OVER if code else Notice.SCAN_SCREEN
