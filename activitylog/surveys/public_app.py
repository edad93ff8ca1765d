"""The attendee's survey: no sign-in and no session, one request to see it and one to answer.

An application of its own, without Flask: when a hall empties onto its phones, what the office's pages do
before and after every request would cost more than taking the answer.
"""

import logging
import re
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from jinja2 import Environment
from werkzeug import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import dump_cookie

from activitylog.errors import AlreadyAnswered, Refused
from activitylog.extensions import make_engine
from activitylog.period import utc_now
from activitylog.settings import Settings
from activitylog.surveys import rules
from activitylog.surveys.batches import TooBusy
from activitylog.surveys.bilingual import preferred
from activitylog.surveys.built_in import BUILT_IN_FOR
from activitylog.surveys.forms import CHANGED_PAGE, Fields, Submission, first_of, read_submission
from activitylog.surveys.intake import Intake, Posted
from activitylog.surveys.public_pages import (
    ANSWERED,
    BUSY,
    CLOSED,
    FAILED,
    MISUSED,
    THANKS,
    TOO_LONG,
    UNKNOWN,
    Filled,
    Notice,
    Pages,
)
from activitylog.surveys.queries import SurveyedActivity
from activitylog.web.limiting import Limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/s/"  # of every address served here; what follows is the survey's token
COOKIE = "device"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest a browser keeps one
LONGEST_DEVICE = 100  # characters
LARGEST_POST = 64 * 1024  # bytes
MOST_FIELDS = 100

_ASKED_LANGUAGE = re.compile(r"\blang=(\w+)")

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
    """Everything under /s/, as a WSGI application; opens no connection before it is asked."""

    def __init__(self, settings: Settings, limiter: Limiter, templates: Environment) -> None:
        self._settings = settings
        self._limiter = limiter
        self._pages = Pages(templates)
        self._headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),  # a page kept is a nonce used twice
            ("Vary", "Accept-Encoding, Accept-Language"),
            *self._pages.headers.items(),
        ]
        self._is_secure = settings.public_url.startswith("https:")
        self._intake = Intake(settings, make_engine(settings.database_url))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            answer = self._answer(request)
        except Exception as error:
            _log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
            answer = Answer(self._pages.notice(FAILED, _language(request)), 500)
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
        return Answer(self._pages.notice(MISUSED, _language(request)), 405)

    def _show(self, request: Request, token: str) -> Answer:
        """The questionnaire, or the sentence why there is none."""
        language = _language(request)
        activity = self._intake.activity(token)
        if activity is None:
            return Answer(self._pages.notice(UNKNOWN, language), 404)
        closed = rules.why_closed(activity, utc_now(), activity.audience.closes_after)
        if closed is not None:
            return Answer(self._pages.notice(Notice(CLOSED, closed), language, activity.title))
        device = _device(request)
        if device is not None and self._intake.has_answered(activity, device):
            return Answer(self._pages.notice(ANSWERED, language, activity.title))
        asked = self._intake.questionnaire(activity) or BUILT_IN_FOR[activity.audience]
        answer = Answer(self._pages.questions(activity.title, language, asked))
        return answer if device else self._remember(answer, _new_device())

    def _take(self, request: Request, token: str) -> Answer:
        """Store the answer; the thank-you page leaves only after the commit."""
        language = _language(request)
        # A full hall shares one address: only one address at one activity can be too fast.
        if not self._limiter.allows(self._settings.survey_limit, "survey", request.remote_addr or "", token):
            return Answer(self._pages.notice(BUSY, language), 429).later(60)
        try:
            posted = _fields(request)
        except RequestEntityTooLarge:
            return Answer(self._pages.notice(TOO_LONG, language), 413)
        except (HTTPException, ValueError):
            return Answer(self._pages.notice(MISUSED, language), 400)
        try:
            return self._read_and_store(request, token, posted, language)
        except TooBusy:
            return Answer(self._pages.notice(BUSY, language), 503).later(5)

    def _read_and_store(self, request: Request, token: str, posted: Fields, language: str) -> Answer:
        activity = self._intake.activity(token)
        if activity is None:
            return Answer(self._pages.notice(UNKNOWN, language), 404)
        submission = self._read(activity, posted)
        if submission.errors:
            return Answer(self._pages.correction(activity.title, language, submission), 422)
        known = _device(request)
        device = known or _new_device()
        answer = self._store(token, submission, device, language)
        return answer if known else self._remember(answer, device)

    def _read(self, activity: SurveyedActivity, posted: Fields) -> Submission:
        """By the version the page was asked with; where that is not this survey's, it is asked anew."""
        asked = self._intake.questionnaire(activity, first_of(posted, "version"))
        if asked is not None:
            return read_submission(posted, asked)
        now_asked = self._intake.questionnaire(activity) or BUILT_IN_FOR[activity.audience]
        submission = read_submission(posted, now_asked)
        submission.errors["nonce"] = CHANGED_PAGE
        return submission

    def _store(self, token: str, submission: Submission, device: str, language: str) -> Answer:
        activity, outcome = self._intake.take(Posted(token, submission, device, utc_now()))
        if activity is None:
            return Answer(self._pages.notice(UNKNOWN, language), 404)
        if isinstance(outcome, Refused):
            is_known = isinstance(outcome, AlreadyAnswered)
            why = ANSWERED if is_known else Notice(CLOSED, outcome.args[0])
            return Answer(self._pages.notice(why, language, activity.title), outcome.http_status)
        return Answer(self._pages.notice(THANKS, language, activity.title))

    def _remember(self, answer: Answer, device: str) -> Answer:
        cookie = dump_cookie(
            COOKIE,
            device,
            max_age=COOKIE_SECONDS,
            path=PREFIX,
            httponly=True,
            samesite="Lax",
            secure=self._is_secure,
        )
        answer.headers.append(("Set-Cookie", cookie))
        return answer


def _language(request: Request) -> str:
    asked = _ASKED_LANGUAGE.search(request.environ.get("QUERY_STRING", ""))
    return preferred(asked[1] if asked else None, request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def _fields(request: Request) -> Fields:
    """What was posted: every value of every name.

    Raises RequestEntityTooLarge, or ValueError for what no page of ours sends.
    """
    request.max_content_length = LARGEST_POST
    if request.mimetype == "multipart/form-data":  # some clients' way; our page sends the plain one
        return request.form.to_dict(flat=False)
    body = request.get_data(cache=False).decode(errors="replace")
    return parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)


def _device(request: Request) -> str | None:
    """The token this phone was given, if it kept it."""
    token = request.cookies.get(COOKIE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def _new_device() -> str:
    return secrets.token_urlsafe(16)
