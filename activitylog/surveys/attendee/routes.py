"""The attendee's survey under /s/: GET shows the page, POST stores an answer; no sign-in and no session."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from jinja2 import Environment
from sqlalchemy.exc import OperationalError
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.errors import AlreadyAnswered, CodeMissing, Refused
from activitylog.settings import Settings
from activitylog.surveys.access_codes import AccessKind, new_nonce
from activitylog.surveys.attendee import cookies, notices, operations
from activitylog.surveys.attendee.group_commit import GroupCommit, TooBusy
from activitylog.surveys.attendee.notices import Notice
from activitylog.surveys.attendee.operations import AnswerWriter, PostedAnswer, Stored
from activitylog.surveys.attendee.page import Pages, PreparedPage, Setting
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.attendee.visit import (
    Visit,
    language_of,
    missing_code_notice,
    query_parameters,
    visit_of,
)
from activitylog.surveys.flags import MANY_ACTIVITIES, AnswerFlag
from activitylog.surveys.forms import CHANGED_PAGE, Fields, Submission, first_value, read_submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.rules import Outcome, Window, why_closed
from activitylog.web.limits import Limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_POST = 64 * 1024  # bytes
MOST_FIELDS = 100

_log = logging.getLogger(__name__)


class AttendeeApp:
    """The WSGI application for /s/; connects to the database on its first request.

    `is_staff` says whether a request comes from a device where staff are signed in.
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
        self._window = Window.of(settings)
        self._is_secure = settings.public_url.startswith("https:")
        self._is_staff = is_staff
        self._limiter = limiter
        self.pages = Pages(templates)
        self._engine = make_engine(settings.database_url)
        self._surveys = Surveys(self._engine)
        file = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self._answers = GroupCommit[PostedAnswer, Stored](
            operations.writing_engine(self._engine),
            AnswerWriter(self._surveys, settings.secret_key, self._window),
            lock_path=Path(f"{file}.turns") if file else None,
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._respond(request, request.path.removeprefix("/"))
        except Exception as error:
            _log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
            response = self._refuse(request, notices.FAILED, 500)
        return response(environ, start_response)

    def close(self) -> None:
        """Close database connections; the next request opens new ones."""
        self._engine.dispose()

    def _respond(self, request: Request, token: str) -> Response:
        try:
            if request.method in {"GET", "HEAD"}:
                return self._show(request, token)
            if request.method == "POST":
                return self._take(request, token)
        except (TooBusy, OperationalError) as error:
            _log.warning("a survey was too busy at %s: %r", request.method, error)
            return self._refuse(request, notices.BUSY, 503, retry_after=5)
        return self._refuse(request, notices.MISUSED, 405)

    def _show(self, request: Request, token: str) -> Response:
        """The questionnaire, or a notice why it cannot be filled in."""
        activity = self._surveys.activity(token)
        if activity is None:
            return self._refuse(request, notices.UNKNOWN, 404)
        now = utc_now()
        visit = visit_of(request, activity, self._settings.secret_key, now)
        device = None if visit.access is AccessKind.KIOSK else cookies.device_on(request)
        notice = self._why_not(activity, device, visit, now)
        if notice is not None:
            return self._page(request, self.pages.notice(notice, visit.setting, activity.title))
        page = self.pages.questions(activity.title, visit.setting, self._surveys.questionnaire_now(activity))
        response = self._page(request, page, nonce=self._new_nonce(activity, visit))
        if device is None and visit.access is not AccessKind.KIOSK:
            cookies.set_device(response, cookies.new_device(), is_secure=self._is_secure)
        return response

    def _why_not(
        self, activity: SurveyedActivity, device: str | None, visit: Visit, now: datetime
    ) -> Notice | None:
        """The notice shown in place of the questions, if any."""
        closed = why_closed(activity, now, activity.audience.window(self._window))
        if closed is not None:
            return Notice(notices.CLOSED, closed)
        if device is not None and self._surveys.has_answered(activity, device, self._settings.secret_key):
            return notices.ANSWERED
        return visit.notice

    def _take(self, request: Request, token: str) -> Response:
        """Store the answer; the thank-you page is sent after the commit."""
        # Everybody in a hall shares one IP address: the limit is per address and activity.
        if not self._limiter.allows(self._settings.survey_limit, "survey", request.remote_addr or "", token):
            return self._refuse(request, notices.TOO_FAST, 429, retry_after=60)
        try:
            fields = _fields(request)
        except RequestEntityTooLarge:
            return self._refuse(request, notices.TOO_LONG, 413)
        except (HTTPException, ValueError):
            return self._refuse(request, notices.MISUSED, 400)
        activity = self._surveys.activity(token)
        if activity is None:
            return self._refuse(request, notices.UNKNOWN, 404)
        submission = self._read(activity, fields)
        if submission.nonce is None or submission.errors:
            visit = visit_of(request, activity, self._settings.secret_key, utc_now())
            page = self.pages.correction(activity.title, visit.setting, submission)
            nonce = submission.nonce or self._new_nonce(activity, visit)
            return self._page(request, page, 422, nonce=nonce)
        return self._store(request, token, submission, submission.nonce)

    def _read(self, activity: SurveyedActivity, fields: Fields) -> Submission:
        """Read by the page's questionnaire version; an unknown one is an error."""
        version = first_value(fields, "version") or activity.questionnaire
        questionnaire = self._surveys.questionnaire(activity, version)
        if questionnaire is not None:
            return read_submission(fields, questionnaire)
        submission = read_submission(fields, self._surveys.questionnaire_now(activity))
        submission.errors["nonce"] = CHANGED_PAGE
        return submission

    def _store(self, request: Request, token: str, submission: Submission, nonce: str) -> Response:
        now, known = utc_now(), cookies.device_on(request)
        device, lately = known or cookies.new_device(), cookies.recent_answer_minutes(request, now)
        flags = AnswerFlag.STAFF if self._is_staff(request) else AnswerFlag.NONE
        if len(lately) >= MANY_ACTIVITIES:
            flags |= AnswerFlag.MANY
        code = query_parameters(request).get("code", "")
        stored = self._answers.run(PostedAnswer(token, submission, nonce, device, now, code, flags))
        if stored is None:
            return self._refuse(request, notices.UNKNOWN, 404)
        activity, outcome = stored
        visit = visit_of(request, activity, self._settings.secret_key, now)
        notice, status = _notice_of(outcome, visit, code)
        response = self._page(request, self.pages.notice(notice, visit.setting, activity.title), status)
        if visit.access is not AccessKind.KIOSK:
            if outcome is Outcome.STORED:
                cookies.set_answered(response, lately, now, is_secure=self._is_secure)
            if known is None:
                cookies.set_device(response, device, is_secure=self._is_secure)
        return response

    def _new_nonce(self, activity: SurveyedActivity, visit: Visit) -> str:
        return new_nonce(self._settings.secret_key, activity.id, visit.access)

    def _refuse(
        self, request: Request, notice: Notice, status: int, *, retry_after: int | None = None
    ) -> Response:
        """A notice without an activity's title."""
        response = self._page(request, self.pages.notice(notice, Setting(language_of(request))), status)
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def _page(self, request: Request, page: PreparedPage, status: int = 200, *, nonce: str = "") -> Response:
        headers = {
            "Cache-Control": "no-store",  # a reused page would reuse its nonce
            "Vary": "Accept-Encoding, Accept-Language",
            **self.pages.headers,
        }
        if "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", ""):
            return Response(page.plain(nonce), status, headers, mimetype="text/html")
        headers["Content-Encoding"] = "gzip"
        return Response(page.gzipped(nonce), status, headers, mimetype="text/html")


def _notice_of(outcome: Outcome | Refused, visit: Visit, code: str) -> tuple[Notice, int]:
    """The notice and status code for the result of storing an answer."""
    match outcome:
        case AlreadyAnswered():
            return notices.ANSWERED, outcome.http_status
        case CodeMissing():
            return missing_code_notice(code), outcome.http_status
        case Refused():
            return Notice(notices.CLOSED, outcome.args[0]), outcome.http_status
    return notices.THANKS_AT_KIOSK if visit.access is AccessKind.KIOSK else notices.THANKS, 200


def _fields(request: Request) -> Fields:
    """The posted fields: every value of every name.

    Raises RequestEntityTooLarge, or ValueError for a malformed body.
    """
    request.max_content_length = LARGEST_POST
    if request.mimetype == "multipart/form-data":  # sent by some clients, never by our page
        return request.form.to_dict(flat=False)
    body = request.get_data(cache=False).decode(errors="replace")
    return parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
