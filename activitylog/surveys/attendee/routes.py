"""The attendee's survey under /s/: GET shows the page, POST stores an answer; no sign-in and no session."""

import logging
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment
from sqlalchemy.exc import OperationalError
from werkzeug import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.errors import AlreadyAnswered, CodeMissing, Refused
from activitylog.settings import Settings
from activitylog.surveys.access.rules import AccessKind, new_nonce
from activitylog.surveys.attendee import forms, operations
from activitylog.surveys.attendee.forms import DEVICE, RECENT_ANSWERS, Visit, visit_of
from activitylog.surveys.attendee.group_commit import GroupCommit, TooBusy
from activitylog.surveys.attendee.operations import AnswerWriter, PostedAnswer, Stored
from activitylog.surveys.attendee.page import (
    Notice,
    NoticePage,
    Pages,
    PageVariant,
    PreparedPage,
    QuestionsPage,
)
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.forms import CHANGED_PAGE, Fields, Submission, first_value, read_submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.rules import MANY_ACTIVITIES, AnswerFlag, Outcome, Window, why_closed
from activitylog.web.limits import Limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)

Headers = tuple[tuple[str, str], ...]


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
            operations.writing_engine(self._engine),
            AnswerWriter(self._surveys, settings.secret_key, self._window),
            lock_path=Path(f"{file}.turns") if file else None,
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            reply = self._reply(request, request.path.removeprefix("/"))
        except Exception as error:
            _log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
            reply = self._refuse(request, Notice.FAILED, 500)
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
        try:
            if request.method in {"GET", "HEAD"}:
                return self._show(request, token)
            if request.method == "POST":
                return self._accept(request, token)
        except (TooBusy, OperationalError) as error:
            _log.warning("a survey was too busy at %s: %r", request.method, error)
            return self._refuse(request, Notice.BUSY, 503, retry_after=5)
        return self._refuse(request, Notice.MISUSED, 405)

    def _show(self, request: Request, token: str) -> Reply:
        """The questionnaire, or a notice why it cannot be filled in."""
        activity = self._surveys.activity(token)
        if activity is None:
            return self._refuse(request, Notice.UNKNOWN, 404)
        now = utc_now()
        visit = self._visit(request, activity, now)
        device = None if visit.access is AccessKind.KIOSK else forms.device_on(request)
        page = self._notice_instead(activity, device, visit, now)
        if page is not None:
            return Reply(self.pages.prepared(page))
        questionnaire = self._surveys.questionnaire_now(activity)
        questions = self.pages.prepared(QuestionsPage(activity.title, visit.variant, questionnaire))
        is_new = device is None and visit.access is not AccessKind.KIOSK
        return Reply(
            questions,
            headers=(self._cookie(DEVICE, secrets.token_urlsafe(16)),) if is_new else (),
            nonce=self._new_nonce(activity, visit),
        )

    def _notice_instead(
        self, activity: SurveyedActivity, device: str | None, visit: Visit, now: datetime
    ) -> NoticePage | None:
        """The notice shown in place of the questions, if any."""
        closed = why_closed(activity, now, activity.audience.window(self._window))
        if closed is not None:
            return NoticePage(Notice.CLOSED, visit.variant, activity.title, closed)
        notice = visit.notice
        if device is not None and self._surveys.has_answered(activity, device, self._settings.secret_key):
            notice = Notice.ANSWERED
        return None if notice is None else NoticePage(notice, visit.variant, activity.title)

    def _accept(self, request: Request, token: str) -> Reply:
        """Store the answer; the thank-you page is sent after the commit."""
        # Everybody in a hall shares one IP address: the limit is per address and activity.
        if not self._limiter.allows(self._settings.survey_limit, "survey", request.remote_addr or "", token):
            return self._refuse(request, Notice.TOO_FAST, 429, retry_after=60)
        try:
            fields = forms.posted_fields(request)
        except RequestEntityTooLarge:
            return self._refuse(request, Notice.TOO_LONG, 413)
        except (HTTPException, ValueError):
            return self._refuse(request, Notice.MISUSED, 400)
        activity = self._surveys.activity(token)
        if activity is None:
            return self._refuse(request, Notice.UNKNOWN, 404)
        submission = self._read(activity, fields)
        if submission.nonce is not None and not submission.errors:
            return self._store(request, token, submission, submission.nonce)
        visit = self._visit(request, activity, utc_now())
        page = QuestionsPage(activity.title, visit.variant, submission.questionnaire, submission)
        nonce = submission.nonce or self._new_nonce(activity, visit)
        return Reply(self.pages.prepare(page), 422, nonce=nonce)

    def _read(self, activity: SurveyedActivity, fields: Fields) -> Submission:
        """Read by the page's questionnaire version; an unknown one is an error."""
        version = first_value(fields, "version") or activity.questionnaire
        questionnaire = self._surveys.questionnaire(activity, version)
        if questionnaire is not None:
            return read_submission(fields, questionnaire)
        submission = read_submission(fields, self._surveys.questionnaire_now(activity))
        submission.errors["nonce"] = CHANGED_PAGE
        return submission

    def _store(self, request: Request, token: str, submission: Submission, nonce: str) -> Reply:
        now, known = utc_now(), forms.device_on(request)
        device, minutes = known or secrets.token_urlsafe(16), forms.recent_answer_minutes(request, now)
        flags = AnswerFlag.STAFF if self._is_staff(request) else AnswerFlag.NONE
        if len(minutes) >= MANY_ACTIVITIES:
            flags |= AnswerFlag.MANY
        code = forms.query_parameters(request).get("code", "")
        stored = self._answers.run(PostedAnswer(token, submission, nonce, device, now, code, flags))
        if stored is None:
            return self._refuse(request, Notice.UNKNOWN, 404)
        activity, outcome = stored
        visit = self._visit(request, activity, now)
        cookies: Headers = ()
        if visit.access is not AccessKind.KIOSK and known is None:
            cookies = (self._cookie(DEVICE, device),)
        if visit.access is not AccessKind.KIOSK and outcome is Outcome.STORED:
            cookies += (self._cookie(RECENT_ANSWERS, forms.answered_now(minutes, now)),)
        if not isinstance(outcome, Refused):
            notice = Notice.THANKS_AT_KIOSK if visit.access is AccessKind.KIOSK else Notice.THANKS
            page = NoticePage(notice, visit.variant, activity.title)
            return Reply(self.pages.prepared(page), headers=cookies)
        page = _refusal_page(outcome, visit, activity.title, code)
        return Reply(self.pages.prepared(page), outcome.http_status, cookies)

    def _visit(self, request: Request, activity: SurveyedActivity, now: datetime) -> Visit:
        return visit_of(request, activity, self._settings.secret_key, now)

    def _new_nonce(self, activity: SurveyedActivity, visit: Visit) -> str:
        return new_nonce(self._settings.secret_key, activity.id, visit.access)

    def _cookie(self, name: str, value: str) -> tuple[str, str]:
        return forms.cookie(name, value, is_secure=self._is_secure)

    def _refuse(
        self, request: Request, notice: Notice, status: int, *, retry_after: int | None = None
    ) -> Reply:
        """A notice without an activity's title."""
        page = self.pages.prepared(NoticePage(notice, PageVariant(forms.language_of(request))))
        return Reply(page, status, (("Retry-After", str(retry_after)),) if retry_after else ())


def _refusal_page(refused: Refused, visit: Visit, title: str, code: str) -> NoticePage:
    match refused:
        case AlreadyAnswered():
            return NoticePage(Notice.ANSWERED, visit.variant, title)
        case CodeMissing():
            return NoticePage(forms.missing_code_notice(code), visit.variant, title)
    return NoticePage(Notice.CLOSED, visit.variant, title, refused.args[0])
