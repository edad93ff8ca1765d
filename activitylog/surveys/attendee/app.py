"""The attendee's survey: no sign-in and no session, one request to see it and one to answer.

An application of its own, without Flask: when a hall empties onto its phones, what the office's pages do
before and after every request would cost more than taking the answer.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from jinja2 import Environment
from werkzeug import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.errors import AlreadyAnswered, CodeMissing, Refused
from activitylog.settings import Settings
from activitylog.surveys.access.codes import Way, new_nonce
from activitylog.surveys.answers.flags import MANY_ACTIVITIES, Mark
from activitylog.surveys.attendee import cookies
from activitylog.surveys.attendee.arrival import Arrival, arrival, asked_for, lacking, language_of
from activitylog.surveys.attendee.batches import TooBusy
from activitylog.surveys.attendee.operations import Intake, Posted
from activitylog.surveys.attendee.pages import (
    ANSWERED,
    BUSY,
    CLOSED,
    FAILED,
    MISUSED,
    THANKS,
    THANKS_AT_KIOSK,
    TOO_FAST,
    TOO_LONG,
    UNKNOWN,
    Filled,
    Notice,
    Pages,
    Setting,
)
from activitylog.surveys.forms import CHANGED_PAGE, Fields, Submission, first_of, read_submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.rules import Outcome
from activitylog.web.limits import Limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/s/"  # of every address served here; what follows is the survey's token
LARGEST_POST = 64 * 1024  # bytes
MOST_FIELDS = 100

_log = logging.getLogger(__name__)


class Answer:
    """A page on its way to one phone."""

    def __init__(self, page: Filled, status: int = 200) -> None:
        self.page = page
        self.status = status
        self.headers: list[tuple[str, str]] = []

    def later(self, seconds: int) -> "Answer":
        """Ask to come again after so many seconds."""
        self.headers.append(("Retry-After", str(seconds)))
        return self


class AttendeeApp:
    """Everything under /s/, as a WSGI application; opens no connection before it is asked.

    `is_staff` tells requests from devices where somebody is signed in to the office.
    """

    def __init__(
        self,
        settings: Settings,
        limiter: Limiter,
        templates: Environment,
        *,
        is_staff: Callable[[Request], bool],
    ) -> None:
        self._settings = settings
        self._is_staff = is_staff
        self._limiter = limiter
        self.pages = Pages(templates)
        self._headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),  # a page kept is a nonce used twice
            ("Vary", "Accept-Encoding, Accept-Language"),
            *self.pages.headers.items(),
        ]
        self._is_secure = settings.public_url.startswith("https:")
        self._intake = Intake(settings, make_engine(settings.database_url))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            answer = self._answer(request)
        except Exception as error:
            _log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
            answer = self._tell(request, FAILED, 500)
        return self._send(request, answer, start_response)

    def close(self) -> None:
        """Let go of the database; the next request opens it again."""
        self._intake.close()

    def _send(self, request: Request, answer: Answer, start_response: "StartResponse") -> Iterable[bytes]:
        is_gzipped = "gzip" in request.environ.get("HTTP_ACCEPT_ENCODING", "")
        body = answer.page.body(gzipped=is_gzipped)
        headers = [*self._headers, *answer.headers, ("Content-Length", str(len(body)))]
        if is_gzipped:
            headers.append(("Content-Encoding", "gzip"))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [] if request.method == "HEAD" else [body]

    def _answer(self, request: Request) -> Answer:
        token = request.path.removeprefix(PREFIX)
        if request.method in {"GET", "HEAD"}:
            return self._show(request, token)
        if request.method == "POST":
            return self._take(request, token)
        return self._tell(request, MISUSED, 405)

    def _tell(self, request: Request, notice: Notice, status: int) -> Answer:
        """A notice to somebody whose survey is not known, or not yet."""
        return Answer(self.pages.notice(notice, Setting(language_of(request))), status)

    def _show(self, request: Request, token: str) -> Answer:
        """The questionnaire, or the sentence why there is none."""
        activity = self._intake.activity(token)
        if activity is None:
            return self._tell(request, UNKNOWN, 404)
        now = utc_now()
        came = arrival(request, activity, self._settings.secret_key, now)
        device = None if came.way is Way.KIOSK else cookies.device_on(request)
        notice = self._instead(activity, device, came, now)
        if notice is not None:
            return Answer(self.pages.notice(notice, came.setting, activity.title))
        nonce = new_nonce(self._settings.secret_key, activity.id, came.way)
        asked = self._intake.questionnaire(activity) or BUILT_IN_FOR[activity.audience]
        answer = Answer(self.pages.questions(activity.title, came.setting, asked, nonce))
        return answer if device or came.way is Way.KIOSK else self._remember(answer, cookies.new_device())

    def _instead(
        self, activity: SurveyedActivity, device: str | None, came: Arrival, now: datetime
    ) -> Notice | None:
        """What is said in place of the questions, if anything."""
        closed = self._intake.why_closed(activity, now)
        if closed is not None:
            return Notice(CLOSED, closed)
        if device is not None and self._intake.has_answered(activity, device):
            return ANSWERED
        return came.notice

    def _take(self, request: Request, token: str) -> Answer:
        """Store the answer; the thank-you page leaves only after the commit."""
        # A full hall shares one address: only one address at one activity can be too fast.
        if not self._limiter.allows(self._settings.survey_limit, "survey", request.remote_addr or "", token):
            return self._tell(request, TOO_FAST, 429).later(60)
        try:
            posted = _fields(request)
        except RequestEntityTooLarge:
            return self._tell(request, TOO_LONG, 413)
        except (HTTPException, ValueError):
            return self._tell(request, MISUSED, 400)
        try:
            return self._read_and_store(request, token, posted)
        except TooBusy:
            return self._tell(request, BUSY, 503).later(5)

    def _read_and_store(self, request: Request, token: str, posted: Fields) -> Answer:
        activity = self._intake.activity(token)
        if activity is None:
            return self._tell(request, UNKNOWN, 404)
        submission = self._read(activity, posted)
        if submission.nonce is not None and not submission.errors:
            return self._store(request, token, submission, submission.nonce)
        secret_key = self._settings.secret_key
        came = arrival(request, activity, secret_key, utc_now())
        nonce = submission.nonce or new_nonce(secret_key, activity.id, came.way)
        return Answer(self.pages.correction(activity.title, came.setting, submission, nonce), 422)

    def _read(self, activity: SurveyedActivity, posted: Fields) -> Submission:
        """By the version the page was asked with; where that is not this survey's, it is asked anew."""
        asked = self._intake.questionnaire(activity, first_of(posted, "version"))
        if asked is not None:
            return read_submission(posted, asked)
        now_asked = self._intake.questionnaire(activity) or BUILT_IN_FOR[activity.audience]
        submission = read_submission(posted, now_asked)
        submission.errors["nonce"] = CHANGED_PAGE
        return submission

    def _store(self, request: Request, token: str, submission: Submission, nonce: str) -> Answer:
        now, known = utc_now(), cookies.device_on(request)
        device, lately = known or cookies.new_device(), cookies.answered_lately(request, now)
        noticed = Mark.STAFF if self._is_staff(request) else Mark.NONE
        if len(lately) >= MANY_ACTIVITIES:
            noticed |= Mark.MANY
        code = asked_for(request).get("code", "")
        activity, outcome = self._intake.take(Posted(token, submission, nonce, device, now, code, noticed))
        if activity is None:
            return self._tell(request, UNKNOWN, 404)
        came = arrival(request, activity, self._settings.secret_key, now)
        notice, status = _said(outcome, code)
        if notice is THANKS and came.way is Way.KIOSK:
            notice = THANKS_AT_KIOSK
        answer = Answer(self.pages.notice(notice, came.setting, activity.title), status)
        if came.way is Way.KIOSK:
            return answer
        if outcome is Outcome.STORED:
            answer.headers.append(cookies.with_answer(lately, now, PREFIX, is_secure=self._is_secure))
        return answer if known else self._remember(answer, device)

    def _remember(self, answer: Answer, device: str) -> Answer:
        answer.headers.append(cookies.with_device(device, PREFIX, is_secure=self._is_secure))
        return answer


def _said(outcome: Outcome | Refused | None, code: str) -> tuple[Notice, int]:
    """What somebody hears of their answer."""
    match outcome:
        case AlreadyAnswered():
            return ANSWERED, outcome.http_status
        case CodeMissing():
            return lacking(code), outcome.http_status
        case Refused():
            return Notice(CLOSED, outcome.args[0]), outcome.http_status
    return THANKS, 200


def _fields(request: Request) -> Fields:
    """What was posted: every value of every name.

    Raises RequestEntityTooLarge, or ValueError for what no page of ours sends.
    """
    request.max_content_length = LARGEST_POST
    if request.mimetype == "multipart/form-data":  # some clients' way; our page sends the plain one
        return request.form.to_dict(flat=False)
    body = request.get_data(cache=False).decode(errors="replace")
    return parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
