"""How a request comes to a survey: its language, and the screen's code or the kiosk's pass in its address."""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from werkzeug import Request

from activitylog.surveys.access_codes import CodeRule, Way, is_kiosk_pass, is_screen_code
from activitylog.surveys.attendee.notices import CODE_OVER, KIOSK_OVER, SCAN_SCREEN, Notice
from activitylog.surveys.attendee.page import Setting
from activitylog.surveys.languages import preferred
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.questions import Audience

_PARAMETERS = re.compile(r"(?:^|&)(lang|code|kiosk)=([\w.-]+)", re.ASCII)


class Visit(NamedTuple):
    """The way somebody came, the setting of their page, and the notice they get instead of questions."""

    way: Way
    setting: Setting
    notice: Notice | None = None


def parameters(request: Request) -> dict[str, str]:
    """What the address says besides the survey's token: a language, a code, a kiosk's pass."""
    return dict(_PARAMETERS.findall(request.environ.get("QUERY_STRING", "")))


def language_of(request: Request) -> str:
    return preferred(parameters(request).get("lang"), request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def visit_of(request: Request, activity: SurveyedActivity, secret_key: str, now: datetime) -> Visit:
    """How this request comes to the activity's survey."""
    asked, language = parameters(request), language_of(request)
    code, kiosk = asked.get("code", ""), asked.get("kiosk")
    if kiosk is not None and activity.audience is Audience.ATTENDEES:
        if not is_kiosk_pass(secret_key, activity.id, kiosk, now):
            return Visit(Way.PLAIN, Setting(language), KIOSK_OVER)
        leave = f"/activities/{quote(activity.number, safe='')}"
        return Visit(Way.KIOSK, Setting(language, f"kiosk={kiosk}", leave))
    if activity.code_rule is CodeRule.OFF:
        return Visit(Way.PLAIN, Setting(language))
    if is_screen_code(secret_key, activity.id, code, now):
        return Visit(Way.CODE, Setting(language, f"code={code}"))
    is_refused = activity.code_rule is CodeRule.REQUIRED
    return Visit(Way.PLAIN, Setting(language), lacking(code) if is_refused else None)


def lacking(code: str) -> Notice:
    """What to say to somebody without a code that works."""
    return CODE_OVER if code else SCAN_SCREEN
