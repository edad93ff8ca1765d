"""The attendee's survey under /s/: GET shows the page, POST stores an answer; no sign-in and no session."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIEnvironment

from jinja2 import Environment
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from werkzeug import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, TooManyRequests

from activitylog.core.database import make_writing_engine
from activitylog.core.locks import writers_lock_path
from activitylog.core.period import utc_now
from activitylog.errors import ActivityLogError, Busy
from activitylog.office.queries import CurrentSettings
from activitylog.surveys.attendee.forms import Headers, Visit, plain_variant
from activitylog.surveys.attendee.group_commit import GroupCommit
from activitylog.surveys.attendee.operations import PostedAnswer, Stored, add_reason, write_answers
from activitylog.surveys.attendee.page import (
    Mood,
    Notice,
    NoticePage,
    Pages,
    PreparedPage,
    QuestionsPage,
    mood_of,
)
from activitylog.surveys.attendee.queries import Surveys
from activitylog.surveys.forms import (
    CHANGED_PAGE,
    REASON,
    Reason,
    Submission,
    first_value,
    posted_fields,
    read_reason,
    read_submission,
)
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.rules import Outcome, Window
from activitylog.web.headers import https_only
from activitylog.web.limits import Limiter

_log = logging.getLogger(__name__)

OUTCOMES = {
    Outcome.STORED: (Notice.THANKS, 200),
    Outcome.REPEATED: (Notice.THANKS, 200),
    Outcome.CLOSED: (Notice.CLOSED, 409),
    Outcome.CODE_MISSING: (Notice.SCAN_SCREEN, 422),
    Outcome.ALREADY_ANSWERED: (Notice.ANSWERED, 409),
}
RETRY_AFTER = {429: "60", 503: "5"}  # seconds, by status
StaffCheck = Callable[[Request], bool]  # whether staff are signed in on the device of a request


class Reply(NamedTuple):
    """A page with its status and the headers of this reply alone."""

    page: PreparedPage
    status: int = 200
    headers: Headers = ()
    nonce: str = ""


class AttendeeApp:
    """The WSGI application for /s/; connects to the database on its first request."""

    def __init__(
        self,
        settings: CurrentSettings,
        engine: Engine,
        limiter: Limiter,
        templates: Environment,
        *,
        is_staff: StaffCheck,
    ) -> None:
        self._settings, self._limiter, self._is_staff = settings, limiter, is_staff
        self.pages = Pages(templates, settings.now)
        self._headers: Headers = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),  # a reused page would reuse its nonce
            ("Vary", "Accept-Encoding, Accept-Language"),
            *self.pages.headers.items(),
        )
        self._engines = engine, make_writing_engine(engine)
        self._surveys = Surveys(engine)
        self._answers = GroupCommit[PostedAnswer, Stored](
            self._engines[1],
            self._write,
            lock_path=writers_lock_path(engine),
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            reply = self._reply(request, request.path.removeprefix("/"))
        except Exception as error:
            reply = self._error_page(request, error)
        headers = [*self._headers, *https_only(self._settings.now().public_url).items(), *reply.headers]
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = reply.page.gzipped(reply.nonce)
            headers.append(("Content-Encoding", "gzip"))
        else:
            body = reply.page.plain(reply.nonce)
        headers.append(("Content-Length", str(len(body))))
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return () if request.method == "HEAD" else (body,)

    def _write(self, connection: Connection, posted: Sequence[PostedAnswer]) -> list[Stored]:
        window = Window.of(self._settings.now())
        return write_answers(connection, posted, surveys=self._surveys, window=window)

    def close(self) -> None:
        """Close database connections; the next request opens new ones."""
        for engine in self._engines:
            engine.dispose()

    def _reply(self, request: Request, token: str) -> Reply:
        if request.method == "POST":
            return self._accept(request, token)
        if request.method in {"GET", "HEAD"}:
            return self._show(request, token)
        raise MethodNotAllowed

    def _show(self, request: Request, token: str) -> Reply:
        """The questionnaire, or a notice why it cannot be filled in."""
        activity = self._surveys.activity(token)
        visit = Visit(request, activity, self._settings.now(), utc_now())
        notice, may_know = visit.notice, not (visit.closed or visit.is_kiosk or visit.is_new_device)
        if may_know and self._surveys.has_answered(activity, visit.device_hash()):
            notice = Notice.ANSWERED
        if notice is not None:
            return Reply(self.pages.prepared(visit.notice_page(notice)))
        questionnaire = self._surveys.questionnaire_now(activity)
        questions = self.pages.prepared(QuestionsPage(activity.title, visit.variant, questionnaire))
        return Reply(questions, headers=visit.cookies(), nonce=visit.new_nonce())

    def _accept(self, request: Request, token: str) -> Reply:
        """Store the answer, or show its page again with an error beside each wrong field."""
        # Everybody in a hall shares one IP address: the limit is per address and activity.
        if not self._limiter.allows(
            self._settings.now().survey_limit, "survey", request.remote_addr or "", token
        ):
            raise TooManyRequests
        fields = posted_fields(request)
        activity = self._surveys.activity(token)
        if REASON in fields:
            return self._add_reason(request, activity, read_reason(fields))
        version = first_value(fields, "version") or activity.questionnaire
        questionnaire = self._surveys.questionnaire(activity, version)
        submission = read_submission(fields, questionnaire or self._surveys.questionnaire_now(activity))
        if questionnaire is None:
            submission.errors["nonce"] = CHANGED_PAGE
        visit = Visit(request, activity, self._settings.now(), utc_now())
        if not submission.errors:
            return self._store(token, visit, submission)
        page = QuestionsPage(
            activity.title, visit.variant, submission.questionnaire, submission.values, submission.errors
        )
        return Reply(self.pages.prepare(page), 422, nonce=submission.nonce or visit.new_nonce())

    def _add_reason(self, request: Request, activity: SurveyedActivity, reason: Reason) -> Reply:
        """Thanks for what was bad, added to the answer; or the field again with what is wrong."""
        visit = Visit(request, activity, self._settings.now(), utc_now())
        thanks = replace(visit.notice_page(Notice.THANKS), mood=Mood.SORRY)
        if reason.error:
            again = replace(thanks, asks_reason=True, reason=reason.text, error=reason.error)
            return Reply(self.pages.prepare(again), 422, nonce=reason.nonce)
        if reason.text and reason.nonce:
            with self._engines[1].begin() as connection:
                is_added = add_reason(
                    connection, activity, reason, partial(self._text_key, activity), visit.now
                )
            if not is_added:
                return Reply(self.pages.prepared(visit.notice_page(Notice.REASON_LATE)), 409)
        return Reply(self.pages.prepared(thanks))

    def _text_key(self, activity: SurveyedActivity, version: str) -> str:
        """The key of the questionnaire's first text question; "" when it has none."""
        questionnaire = self._surveys.questionnaire(activity, version)
        return (
            next((each.key for each in questionnaire.questions if each.is_listed), "")
            if questionnaire
            else ""
        )

    def _store(self, token: str, visit: Visit, submission: Submission) -> Reply:
        """The thank-you page, after the commit, or a notice why the answer is refused."""
        answer = partial(visit.submitted_answer, submission, is_staff=self._is_staff(visit.request))
        activity, outcome = self._answers.run((token, answer))
        if outcome is Outcome.CHANGED:
            raise Busy("活动刚刚改动，请稍后再提交一次。")
        cookies = visit.cookies(has_answered=outcome is Outcome.STORED)
        if activity != visit.activity:
            visit = Visit(visit.request, activity, self._settings.now(), visit.now)
        notice, status = OUTCOMES[outcome]
        if outcome is Outcome.CODE_MISSING:
            notice = visit.notice or notice  # missing, or expired
        page = visit.notice_page(notice)
        if notice is Notice.THANKS:
            mood = mood_of(submission.overall)
            key = self._text_key(activity, submission.questionnaire.version) if mood is Mood.SORRY else ""
            asks_reason = bool(key) and key not in submission.answers
            page = replace(page, mood=mood, asks_reason=asks_reason)
        return Reply(self.pages.prepared(page), status, cookies, submission.nonce)

    def _error_page(self, request: Request, error: Exception) -> Reply:
        """A notice without an activity's title."""
        match error:
            case HTTPException(code=int(status)) | ActivityLogError(http_status=status):
                pass
            case _:
                status = 503 if isinstance(error, OperationalError) else 500
                _log.exception("no answer to %s %s", request.method, request.path, exc_info=error)
        headers = (("Retry-After", RETRY_AFTER[status]),) if status in RETRY_AFTER else ()
        return Reply(self.pages.prepared(NoticePage(status, plain_variant(request))), status, headers)
