"""Reads an attendee's request: cookies, language, and screen code or kiosk pass.

The minutes at which a phone last answered surveys are stored on the phone only, so that the server cannot
link answers to each other.
"""

import re
import secrets
from datetime import datetime
from urllib.parse import quote

from werkzeug import Request

from activitylog.settings import Settings
from activitylog.surveys import rules
from activitylog.surveys.access import rules as access_rules
from activitylog.surveys.access.rules import AccessKind
from activitylog.surveys.answers.rules import flags_on_arrival
from activitylog.surveys.attendee.page import Notice, NoticePage, PageVariant
from activitylog.surveys.forms import Submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import A_DAY, MANY_ACTIVITIES, CodeRule, SubmittedAnswer, Window

PREFIX = "/s/"  # of every attendee's address, and the path of the cookies
DEVICE = "device"
RECENT_ANSWERS = "lately"
LIFETIMES = {DEVICE: 400 * 24 * 3600, RECENT_ANSWERS: 24 * 3600}  # seconds; a browser grants 400 days
LONGEST_DEVICE = 100  # characters
Headers = tuple[tuple[str, str], ...]
_MINUTES = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})*", re.ASCII)
_PARAMETERS = re.compile(r"(?:^|&)(lang|code|kiosk)=([\w.-]+)", re.ASCII)


def query_parameters(request: Request) -> dict[str, str]:
    """The known query parameters: language, screen code, kiosk pass."""
    return dict(_PARAMETERS.findall(request.environ.get("QUERY_STRING", "")))


def plain_variant(request: Request) -> PageVariant:
    """The variant in the request's language, without screen code or kiosk pass."""
    accepted = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return PageVariant(rules.preferred_language(query_parameters(request).get("lang"), accepted))


class Visit:
    """A phone's request to an activity's survey.

    `access` says how the page was opened, `notice` what replaces its questions, if anything does, `closed`
    why no answers are taken. `device` is the phone's token, a new one if it has none.
    """

    def __init__(
        self, request: Request, activity: SurveyedActivity, settings: Settings, now: datetime
    ) -> None:
        self.request, self.activity, self.now = request, activity, now
        self._settings, self._secret_key = settings, settings.secret_key
        self._cookies = request.cookies.to_dict()  # a MultiDict takes 16 µs for each that is missing
        device = self._cookies.get(DEVICE, "")
        self.is_new_device = not 0 < len(device) <= LONGEST_DEVICE
        self.device = secrets.token_urlsafe(16) if self.is_new_device else device
        self.access, self.variant = AccessKind.PLAIN, plain_variant(request)
        self.notice: Notice | None = None
        self._kiosk: int | None = None
        parameters = query_parameters(request)
        self._code = parameters.get("code", "")
        self._open(parameters.get("kiosk"))
        self.closed = rules.why_closed(activity, now, activity.audience.window(Window.of(settings)))
        if self.closed is not None:
            self.notice = Notice.CLOSED

    def _open(self, kiosk: str | None) -> None:
        """Open the page by the kiosk pass or the screen code in its address, where the survey has them."""
        language, activity = self.variant.language, self.activity
        if kiosk is not None and activity.audience is Audience.ATTENDEES:
            self._kiosk = access_rules.kiosk_of_pass(self._secret_key, activity.id, kiosk, self.now)
            if self._kiosk is not None and self._kiosk not in activity.kiosks_revoked:
                leave = f"/activities/{quote(activity.number, safe='')}"
                self.access, self.variant = AccessKind.KIOSK, PageVariant(language, f"kiosk={kiosk}", leave)
            else:
                self.notice = Notice.KIOSK_OVER
        elif activity.code_rule is not CodeRule.OFF:
            if self._has_code():
                self.access, self.variant = AccessKind.CODE, PageVariant(language, f"code={self._code}")
            elif activity.code_rule is CodeRule.REQUIRED:
                self.notice = Notice.CODE_OVER if self._code else Notice.SCAN_SCREEN

    def _has_code(self) -> bool:
        return access_rules.is_screen_code(self._secret_key, self.activity.id, self._code, self.now)

    @property
    def is_kiosk(self) -> bool:
        return self.access is AccessKind.KIOSK

    def device_hash(self) -> str:
        return rules.device_hash(self._secret_key, self.activity.id, self.device)

    def new_nonce(self) -> str:
        return access_rules.new_nonce(self._secret_key, self.activity.id, self.access, kiosk=self._kiosk)

    def notice_page(self, notice: Notice) -> NoticePage:
        return NoticePage(notice, self.variant, self.activity.title, self.closed or "")

    def cookies(self, *, has_answered: bool = False) -> Headers:
        """The headers that store, except at a kiosk, a new device's token and the minute of an answer."""
        if self.is_kiosk:
            return ()
        values = {DEVICE: self.device} if self.is_new_device else {}
        if has_answered:
            minutes = [*self._recent_minutes(), int(self.now.timestamp() // 60)]
            values[RECENT_ANSWERS] = ".".join(map(str, minutes[-MANY_ACTIVITIES:]))
        secure = "; Secure" if self._settings.public_url.startswith("https:") else ""
        rest = f"; Path={PREFIX}; HttpOnly; SameSite=Lax{secure}"
        return tuple(
            ("Set-Cookie", f"{name}={value}; Max-Age={LIFETIMES[name]}{rest}")
            for name, value in values.items()
        )

    def _recent_minutes(self) -> list[int]:
        """The last minutes, since 1970, at which this phone answered surveys within a day."""
        text = self._cookies.get(RECENT_ANSWERS, "")
        minutes = [int(each) for each in text.split(".")] if _MINUTES.fullmatch(text) else []
        since, until = (self.now - A_DAY).timestamp() // 60, self.now.timestamp() // 60
        return [each for each in minutes if since <= each <= until][-MANY_ACTIVITIES:]

    def submitted_answer(self, submission: Submission, *, is_staff: bool) -> SubmittedAnswer:
        """The answer to store, with its flags and, except at a kiosk, the device hash."""
        access = access_rules.access_kind_of(self._secret_key, self.activity.id, submission.nonce)
        is_kiosk = access is AccessKind.KIOSK and self.activity.audience is Audience.ATTENDEES
        return SubmittedAnswer(
            nonce=submission.nonce,
            device_hash=None if is_kiosk else self.device_hash(),
            overall=submission.overall,
            answers=submission.answers,
            submitted_at=self.now,
            questionnaire=submission.questionnaire.version,
            flags=flags_on_arrival(
                access,
                submission.nonce,
                self.now,
                is_staff=is_staff,
                brought_cookie=not self.is_new_device,
                recent_answers=len(self._recent_minutes()),
                revoked_kiosks=self.activity.kiosks_revoked,
            ),
            has_code=is_kiosk or access is AccessKind.CODE or self._has_code(),
        )
