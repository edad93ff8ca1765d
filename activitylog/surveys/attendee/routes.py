"""The attendee's survey under /s/: GET shows the page, POST stores an answer; no sign-in and no session."""

import logging
import secrets
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment
from sqlalchemy.exc import OperationalError
from werkzeug import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, TooManyRequests

from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.errors import AlreadyAnswered, CodeMissing, Missing, Refused
from activitylog.settings import Settings
from activitylog.surveys.attendee import forms
from activitylog.surveys.attendee.forms import DEVICE, RECENT_ANSWERS, Visit
from activitylog.surveys.attendee.group_commit import GroupCommit, TooBusy
from activitylog.surveys.attendee.operations import AnswerWriter, PostedAnswer, Stored, writing_engine
from activitylog.surveys.attendee.page import (
    Notice,
    NoticePage,
    Pages,
    PageVariant,
    PreparedPage,
    QuestionsPage,
)
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.forms import CHANGED_PAGE, Submission, first_value, read_submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.rules import Outcome, Window, why_closed
from activitylog.web.limits import Limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)

Headers = tuple[tuple[str, str], ...]
ERROR_NOTICES = {
    400: Notice.MISUSED,
    404: Notice.UNKNOWN,
    405: Notice.MISUSED,
    413: Notice.TOO_LONG,
    429: Notice.TOO_FAST,
    500: Notice.FAILED,
    503: Notice.BUSY,
}
RETRY_AFTER = {429: "60", 503: "5"}  # seconds


class Reply(NamedTuple):
    """A page with its status and the headers of this reply alone."""

    page: PreparedPage
    status: int = 200
    headers: Headers = ()
    nonce: str = ""


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
        self._settings, self._limiter, self._is_staff = settings, limiter, is_staff
        self._window = Window.of(settings)
        self._is_secure = settings.public_url.startswith("https:")
        self.pages = Pages(templates)
        self._headers: Headers = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),  # a reused page would reuse its nonce
            ("Vary", "Accept-Encoding, Accept-Language"),
            *self.pages.headers.items(),
        )
        self._engine = make_engine(settings.database_url)
        self._surveys = Surveys(self._engine)
        file = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self._answers = GroupCommit[PostedAnswer, Stored](
            writing_engine(self._engine),
            AnswerWriter(self._surveys, self._window),
            lock_path=Path(f"{file}.turns") if file else None,
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            reply = self._reply(request, request.path.removeprefix("/"))
        except Exception as error:
            reply = self._error_page(request, error)
        headers = [*self._headers, *reply.headers]
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = reply.page.gzipped(reply.nonce)
            headers.append(("Content-Encoding", "gzip"))
        else:
            body = reply.page.plain(reply.nonce)
        headers.append(("Content-Length", str(len(body))))
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return () if request.method == "HEAD" else (body,)

    def close(self) -> None:
        """Close database connections; the next request opens new ones."""
        self._engine.dispose()

    def _reply(self, request: Request, token: str) -> Reply:
        if request.method in {"GET", "HEAD"}:
            return self._show(request, token)
        if request.method == "POST":
            return self._accept(request, token)
        raise MethodNotAllowed

    def _visit(self, request: Request, activity: SurveyedActivity) -> Visit:
        return Visit(request, activity, self._settings.secret_key, utc_now())

    def _show(self, request: Request, token: str) -> Reply:
        """The questionnaire, or a notice why it cannot be filled in."""
        activity = self._surveys.activity(token)
        visit = self._visit(request, activity)
        device = None if visit.is_kiosk else forms.device_on(request)
        page = self._notice_instead(visit, device)
        if page is not None:
            return Reply(self.pages.prepared(page))
        questionnaire = self._surveys.questionnaire_now(activity)
        questions = self.pages.prepared(QuestionsPage(activity.title, visit.variant, questionnaire))
        is_new = device is None and not visit.is_kiosk
        cookies = (self._cookie(DEVICE, secrets.token_urlsafe(16)),) if is_new else ()
        return Reply(questions, headers=cookies, nonce=visit.new_nonce())

    def _notice_instead(self, visit: Visit, device: str | None) -> NoticePage | None:
        """The notice shown in place of the questions, if any."""
        activity, notice = visit.activity, visit.notice
        closed = why_closed(activity, visit.now, activity.audience.window(self._window))
        if closed is not None:
            return NoticePage(Notice.CLOSED, visit.variant, activity.title, closed)
        if device is not None and self._surveys.has_answered(activity, device, self._settings.secret_key):
            notice = Notice.ANSWERED
        return NoticePage(notice, visit.variant, activity.title) if notice is not None else None

    def _accept(self, request: Request, token: str) -> Reply:
        """Store the answer, or show its page again with an error beside each wrong field."""
        # Everybody in a hall shares one IP address: the limit is per address and activity.
        if not self._limiter.allows(self._settings.survey_limit, "survey", request.remote_addr or "", token):
            raise TooManyRequests
        fields = forms.posted_fields(request)
        activity = self._surveys.activity(token)
        version = first_value(fields, "version") or activity.questionnaire
        questionnaire = self._surveys.questionnaire(activity, version)
        submission = read_submission(fields, questionnaire or self._surveys.questionnaire_now(activity))
        if questionnaire is None:
            submission.errors["nonce"] = CHANGED_PAGE
        visit = self._visit(request, activity)
        if not submission.errors:
            return self._store(token, visit, submission)
        page = QuestionsPage(
            activity.title, visit.variant, submission.questionnaire, submission.values, submission.errors
        )
        return Reply(self.pages.prepare(page), 422, nonce=submission.nonce or visit.new_nonce())

    def _store(self, token: str, visit: Visit, submission: Submission) -> Reply:
        """The thank-you page, after the commit, or a notice why the answer is refused."""
        known = forms.device_on(visit.request)
        device = known or secrets.token_urlsafe(16)
        answer = visit.submitted_answer(submission, device, is_staff=self._is_staff(visit.request))
        activity, outcome = self._answers.run(PostedAnswer(token, answer))
        if not isinstance(outcome, Outcome):
            activity, outcome = self._answers.run(PostedAnswer(token, answer, by_cached=False))
            visit = Visit(visit.request, activity, visit.secret_key, visit.now)
        if outcome is None:
            raise TooBusy  # edited since it was read
        cookies: Headers = ()
        if not visit.is_kiosk and known is None:
            cookies = (self._cookie(DEVICE, device),)
        if not visit.is_kiosk and outcome is Outcome.STORED:
            cookies += (self._cookie(RECENT_ANSWERS, visit.answered_now()),)
        status = outcome.http_status if isinstance(outcome, Refused) else 200
        return Reply(self.pages.prepared(_outcome_page(outcome, visit)), status, cookies)

    def _cookie(self, name: str, value: str) -> tuple[str, str]:
        return forms.cookie(name, value, is_secure=self._is_secure)

    def _error_page(self, request: Request, error: Exception) -> Reply:
        """A notice without an activity's title."""
        match error:
            case HTTPException(code=int(status)) | Missing(http_status=status):
                pass
            case TooBusy() | OperationalError():
                status = 503
                _log.warning("a survey was too busy at %s: %r", request.method, error)
            case _:
                status = 500
                _log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
        page = NoticePage(ERROR_NOTICES[status], PageVariant(forms.language_of(request)))
        retry_after = (("Retry-After", RETRY_AFTER[status]),) if status in RETRY_AFTER else ()
        return Reply(self.pages.prepared(page), status, retry_after)


def _outcome_page(outcome: Outcome | Refused, visit: Visit) -> NoticePage:
    closed = ""
    match outcome:
        case Outcome():
            notice = Notice.THANKS_AT_KIOSK if visit.is_kiosk else Notice.THANKS
        case AlreadyAnswered():
            notice = Notice.ANSWERED
        case CodeMissing():
            notice = visit.notice or Notice.SCAN_SCREEN
        case _:
            notice, closed = Notice.CLOSED, outcome.args[0]
    return NoticePage(notice, visit.variant, visit.activity.title, closed)
