"""Reads an attendee's request: posted fields, cookies, language, and screen code or kiosk pass.

The minutes at which a phone last answered surveys are stored on the phone only, so that the server cannot
link answers to each other.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import quote

from werkzeug import Request
from werkzeug.exceptions import BadRequest

from activitylog.surveys.access.rules import (
    AccessKind,
    access_kind_of,
    is_kiosk_pass,
    is_screen_code,
    new_nonce,
    served_at,
)
from activitylog.surveys.attendee.page import Notice, PageVariant
from activitylog.surveys.forms import Fields, Submission
from activitylog.surveys.languages import preferred_language
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import (
    A_DAY,
    MANY_ACTIVITIES,
    AnswerFlag,
    CodeRule,
    SubmittedAnswer,
    device_hash,
    is_fast,
)

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
    """Every value of every field; raises BadRequest and RequestEntityTooLarge."""
    request.max_content_length = LARGEST_POST
    fields = request.form.to_dict(flat=False)
    if sum(map(len, fields.values())) > MOST_FIELDS:
        raise BadRequest
    return fields


def device_on(request: Request) -> str | None:
    """The device token in the request's cookies; None when there is no usable one."""
    token = request.cookies.get(DEVICE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def cookie(name: str, value: str, *, is_secure: bool) -> tuple[str, str]:
    """The header that sets a cookie to a value of URL-safe characters."""
    seconds, secure = int(LIFETIMES[name].total_seconds()), "; Secure" if is_secure else ""
    return "Set-Cookie", f"{name}={value}; Max-Age={seconds}; Path={PREFIX}; HttpOnly; SameSite=Lax{secure}"


def query_parameters(request: Request) -> dict[str, str]:
    """The known query parameters: language, screen code, kiosk pass."""
    return dict(_PARAMETERS.findall(request.environ.get("QUERY_STRING", "")))


def language_of(request: Request) -> str:
    accepted = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return preferred_language(query_parameters(request).get("lang"), accepted)


class Visit:
    """A request to an activity's survey.

    `access` says how the page was opened, `notice` what replaces its questions, if anything does.
    """

    def __init__(self, request: Request, activity: SurveyedActivity, secret_key: str, now: datetime) -> None:
        self.request, self.activity, self.secret_key, self.now = request, activity, secret_key, now
        self.access, self.variant = AccessKind.PLAIN, PageVariant(language_of(request))
        self.notice: Notice | None = None
        parameters = query_parameters(request)
        self._code, kiosk = parameters.get("code", ""), parameters.get("kiosk")
        if kiosk is not None and activity.audience is Audience.ATTENDEES:
            self._open_kiosk(kiosk)
        elif activity.code_rule is not CodeRule.OFF:
            self._open_by_code(is_required=activity.code_rule is CodeRule.REQUIRED)

    def _open_kiosk(self, kiosk: str) -> None:
        if is_kiosk_pass(self.secret_key, self.activity.id, kiosk, self.now):
            leave = f"/activities/{quote(self.activity.number, safe='')}"
            self.access = AccessKind.KIOSK
            self.variant = PageVariant(self.variant.language, f"kiosk={kiosk}", leave)
        else:
            self.notice = Notice.KIOSK_OVER

    def _open_by_code(self, *, is_required: bool) -> None:
        if self._has_code():
            self.access = AccessKind.CODE
            self.variant = PageVariant(self.variant.language, f"code={self._code}")
        elif is_required:
            self.notice = Notice.CODE_OVER if self._code else Notice.SCAN_SCREEN

    def _has_code(self) -> bool:
        return is_screen_code(self.secret_key, self.activity.id, self._code, self.now)

    @property
    def is_kiosk(self) -> bool:
        return self.access is AccessKind.KIOSK

    def new_nonce(self) -> str:
        return new_nonce(self.secret_key, self.activity.id, self.access)

    def recent_minutes(self) -> list[int]:
        """The last minutes, since 1970, at which this phone answered surveys within a day."""
        text = self.request.cookies.get(RECENT_ANSWERS, "")
        minutes = [int(each) for each in text.split(".")] if _MINUTES.fullmatch(text) else []
        since, until = (self.now - A_DAY).timestamp() // 60, self.now.timestamp() // 60
        return [each for each in minutes if since <= each <= until][-MANY_ACTIVITIES:]

    def answered_now(self) -> str:
        """The value of the cookie RECENT_ANSWERS with one more answer's minute."""
        minutes = [*self.recent_minutes(), int(self.now.timestamp() // 60)]
        return ".".join(map(str, minutes[-MANY_ACTIVITIES:]))

    def submitted_answer(self, submission: Submission, device: str, *, is_staff: bool) -> SubmittedAnswer:
        """The answer to store, with its flags and, except at a kiosk, the device hash."""
        access = access_kind_of(self.secret_key, self.activity.id, submission.nonce)
        is_kiosk = access is AccessKind.KIOSK and self.activity.audience is Audience.ATTENDEES
        flags = AnswerFlag.KIOSK
        if access is not AccessKind.KIOSK:
            flags = AnswerFlag.STAFF if is_staff else AnswerFlag.NONE
            if len(self.recent_minutes()) >= MANY_ACTIVITIES:
                flags |= AnswerFlag.MANY
        if access is None:
            flags |= AnswerFlag.NO_PAGE
        elif is_fast(served_at(submission.nonce), self.now):
            flags |= AnswerFlag.FAST
        return SubmittedAnswer(
            nonce=submission.nonce,
            device_hash=None if is_kiosk else device_hash(self.secret_key, self.activity.id, device),
            overall=submission.overall,
            answers=submission.answers,
            submitted_at=self.now,
            questionnaire=submission.questionnaire.version,
            flags=flags,
            has_code=is_kiosk or access is AccessKind.CODE or self._has_code(),
        )
