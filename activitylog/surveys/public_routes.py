"""The attendee's survey: no sign-in and no session, one request to see it and one to answer."""

import secrets
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from activitylog.accounts.access import public
from activitylog.errors import AlreadyAnswered, Refused
from activitylog.period import utc_now
from activitylog.settings import Settings
from activitylog.surveys import rules
from activitylog.surveys.batches import TooBusy
from activitylog.surveys.forms import Submission, read_submission
from activitylog.surveys.intake import Intake, Posted
from activitylog.surveys.public_pages import (
    ANSWERED,
    BUSY,
    CLOSED,
    THANKS,
    TOO_LONG,
    UNKNOWN,
    Notice,
    correction_page,
    notice_page,
    question_page,
)
from activitylog.web.limiting import limiter

COOKIE = "device"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest a browser keeps one
LONGEST_DEVICE = 100  # characters
LARGEST_POST = 64 * 1024  # bytes

blueprint = Blueprint("public", __name__)


def register(app: Flask, settings: Settings, intake: Intake) -> None:
    app.extensions["activitylog"] = settings
    app.extensions["survey_intake"] = intake
    app.register_blueprint(blueprint)


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["activitylog"])


def _intake() -> Intake:
    return cast(Intake, current_app.extensions["survey_intake"])


@blueprint.get("/s/<token>")
@public
def survey(token: str) -> Response:
    """The questionnaire, or the sentence why there is none."""
    activity = _intake().activity(token)
    if activity is None:
        return notice_page(UNKNOWN, status=404)
    closed = rules.why_closed(activity, utc_now())
    if closed is not None:
        return notice_page(Notice(CLOSED, closed), activity.title)
    device = _device()
    if device is not None and _intake().has_answered(activity, device):
        return notice_page(ANSWERED, activity.title)
    response = question_page(activity.title)
    return response if device else _remember(response, _new_device())


@blueprint.post("/s/<token>")
@public
def answer(token: str) -> Response:
    """Store the answer; the thank-you page leaves only after the commit."""
    # A full hall shares one address: only one address at one activity can be too fast.
    if not limiter().allows(_settings().survey_limit, "survey", request.remote_addr or "", token):
        return _later(BUSY, seconds=60, status=429)
    request.max_content_length = LARGEST_POST
    try:
        submission = read_submission(request.form)
    except RequestEntityTooLarge:
        return notice_page(TOO_LONG, status=413)
    if submission.errors:
        return _to_correct(token, submission)
    known = _device()
    device = known or _new_device()
    try:
        response = _submit(token, submission, device)
    except TooBusy:
        return _later(BUSY, seconds=5, status=503)
    return response if known else _remember(response, device)


def _submit(token: str, submission: Submission, device: str) -> Response:
    activity, outcome = _intake().take(Posted(token, submission, device, utc_now()))
    if activity is None:
        return notice_page(UNKNOWN, status=404)
    if isinstance(outcome, AlreadyAnswered):
        return notice_page(ANSWERED, activity.title, status=outcome.http_status)
    if isinstance(outcome, Refused):
        return notice_page(Notice(CLOSED, str(outcome)), activity.title, status=outcome.http_status)
    return notice_page(THANKS, activity.title)


def _to_correct(token: str, submission: Submission) -> Response:
    activity = _intake().activity(token)
    if activity is None:
        return notice_page(UNKNOWN, status=404)
    return correction_page(activity.title, submission)


def _later(notice: Notice, *, seconds: int, status: int) -> Response:
    response = notice_page(notice, status=status)
    response.headers["Retry-After"] = str(seconds)
    return response


def _device() -> str | None:
    """The token this phone was given, if it kept it."""
    token = request.cookies.get(COOKIE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def _new_device() -> str:
    return secrets.token_urlsafe(16)


def _remember(response: Response, device: str) -> Response:
    response.set_cookie(
        COOKIE,
        device,
        max_age=COOKIE_SECONDS,
        path="/s/",
        httponly=True,
        samesite="Lax",
        secure=_settings().public_url.startswith("https:"),
    )
    return response
