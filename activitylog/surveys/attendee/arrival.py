"""Whether somebody may see a survey's page, by the address they came with, and what that page must keep."""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from werkzeug import Request

from activitylog.surveys.access.codes import CodeRule, Way, is_kiosk_pass, is_screen_code
from activitylog.surveys.attendee.pages import CODE_OVER, KIOSK_OVER, SCAN_SCREEN, Notice, Setting
from activitylog.surveys.languages import preferred
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.questions import Audience

_ASKED = re.compile(r"(?:^|&)(lang|code|kiosk)=([\w-]+)", re.ASCII)


class Arrival(NamedTuple):
    """The way somebody came, the setting of their page, and the notice they see instead of questions."""

    way: Way
    setting: Setting
    notice: Notice | None = None


def asked_for(request: Request) -> dict[str, str]:
    """What the address says besides the survey's token: a language, a code, a kiosk's pass."""
    return dict(_ASKED.findall(request.environ.get("QUERY_STRING", "")))


def language_of(request: Request) -> str:
    return preferred(asked_for(request).get("lang"), request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def arrival(request: Request, activity: SurveyedActivity, secret_key: str, now: datetime) -> Arrival:
    """How this request comes to the activity's survey."""
    asked, language = asked_for(request), language_of(request)
    code, kiosk = asked.get("code", ""), asked.get("kiosk")
    if kiosk is not None and activity.audience is Audience.ATTENDEES:
        if not is_kiosk_pass(secret_key, activity.id, kiosk, now):
            return Arrival(Way.PLAIN, Setting(language), KIOSK_OVER)
        leave = f"/activities/{quote(activity.number, safe='')}"
        return Arrival(Way.KIOSK, Setting(language, f"kiosk={kiosk}", leave))
    if activity.code_rule is CodeRule.OFF:
        return Arrival(Way.PLAIN, Setting(language))
    if is_screen_code(secret_key, activity.id, code, now):
        return Arrival(Way.CODE, Setting(language, f"code={code}"))
    is_refused = activity.code_rule is CodeRule.REQUIRED
    return Arrival(Way.PLAIN, Setting(language), lacking(code) if is_refused else None)


def lacking(code: str) -> Notice:
    """What to say to somebody without a code that works."""
    return CODE_OVER if code else SCAN_SCREEN
