"""Reads an attendee's request: language, and screen code or kiosk pass in the address."""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from werkzeug import Request

from activitylog.surveys.access_codes import AccessKind, CodeRule, is_kiosk_pass, is_screen_code
from activitylog.surveys.attendee.notices import CODE_OVER, KIOSK_OVER, SCAN_SCREEN, Notice
from activitylog.surveys.attendee.page import Setting
from activitylog.surveys.languages import preferred_language
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.questions import Audience

_PARAMETERS = re.compile(r"(?:^|&)(lang|code|kiosk)=([\w.-]+)", re.ASCII)


class Visit(NamedTuple):
    """How a page was opened, its variant, and the notice that replaces its questions, if any."""

    access: AccessKind
    setting: Setting
    notice: Notice | None = None


def query_parameters(request: Request) -> dict[str, str]:
    """The known query parameters: language, screen code, kiosk pass."""
    return dict(_PARAMETERS.findall(request.environ.get("QUERY_STRING", "")))


def language_of(request: Request) -> str:
    return preferred_language(
        query_parameters(request).get("lang"), request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    )


def visit_of(request: Request, activity: SurveyedActivity, secret_key: str, now: datetime) -> Visit:
    """The access kind, page variant and notice of this request."""
    parameters, language = query_parameters(request), language_of(request)
    code, kiosk = parameters.get("code", ""), parameters.get("kiosk")
    if kiosk is not None and activity.audience is Audience.ATTENDEES:
        if not is_kiosk_pass(secret_key, activity.id, kiosk, now):
            return Visit(AccessKind.PLAIN, Setting(language), KIOSK_OVER)
        leave = f"/activities/{quote(activity.number, safe='')}"
        return Visit(AccessKind.KIOSK, Setting(language, f"kiosk={kiosk}", leave))
    if activity.code_rule is CodeRule.OFF:
        return Visit(AccessKind.PLAIN, Setting(language))
    if is_screen_code(secret_key, activity.id, code, now):
        return Visit(AccessKind.CODE, Setting(language, f"code={code}"))
    is_refused = activity.code_rule is CodeRule.REQUIRED
    return Visit(AccessKind.PLAIN, Setting(language), missing_code_notice(code) if is_refused else None)


def missing_code_notice(code: str) -> Notice:
    """The notice for a missing or expired screen code."""
    return CODE_OVER if code else SCAN_SCREEN
