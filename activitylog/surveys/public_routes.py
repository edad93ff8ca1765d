"""The attendee's survey: no sign-in and no session, one request to see it and one to answer."""

import gzip
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from types import MappingProxyType
from typing import cast

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address
from jinja2 import Environment
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from activitylog.accounts.access import public
from activitylog.errors import AlreadyAnswered, Refused
from activitylog.extensions import begins_itself, csrf, db, limiter
from activitylog.period import utc_now
from activitylog.settings import Settings
from activitylog.surveys import operations, queries, rules
from activitylog.surveys.batches import Batches
from activitylog.surveys.forms import Submission, read_submission
from activitylog.surveys.queries import SurveyedActivity
from activitylog.web.headers import csp_nonce

COOKIE = "device"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest a browser keeps one
LONGEST_DEVICE = 100  # characters
LARGEST_POST = 64 * 1024  # bytes


STYLE_NONCE = "style-nonce-goes-here"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Notice:
    """A page with nothing to fill in; the tone `done` smiles."""

    heading: str
    sentence: str
    tone: str = "info"


CLOSED = "现在不能填写"
THANKS = Notice("谢谢您！", "您的评价已收到，可以关闭本页了。", tone="done")
ANSWERED = Notice("您已提交过", "这台手机已经为本场活动提交过问卷，每台手机只计一次。谢谢您！", tone="done")
UNKNOWN = Notice("没有找到这份问卷", "链接可能不完整。请重新扫一次现场的二维码，或询问工作人员。")
TOO_LONG = Notice(
    "内容太长", f"您的回答还没有存下。请返回上一页，把建议缩短到 {rules.LONGEST_TEXT} 字以内再提交。"
)
BUSY = Notice("请稍等", "现在提交的人很多，您的回答还没有存下。请返回上一页，过一分钟再点一次提交。")


@dataclass(frozen=True, slots=True)
class Posted:
    """One readable page from one phone."""

    token: str
    submission: Submission
    device: str
    at: datetime

    def filled_in(self, secret_key: str, activity_id: int) -> rules.FilledIn:
        return rules.FilledIn(
            nonce=self.submission.nonce,
            device_hash=rules.device_hash(secret_key, activity_id, self.device),
            overall=self.submission.overall,
            answers=self.submission.answers,
            submitted_at=self.at,
        )


Stored = tuple[SurveyedActivity | None, rules.Outcome | Refused | None]

blueprint = Blueprint("public", __name__)


@blueprint.record
def _make_batches(state: BlueprintSetupState) -> None:
    settings: Settings = state.app.extensions["activitylog"]
    state.app.extensions["survey_batches"] = Batches[Posted, Stored](partial(_store, settings.secret_key))


@blueprint.get("/s/<token>")
@public
def survey(token: str) -> Response:
    """The questionnaire, or the sentence why there is none."""
    session = db.session()
    activity = queries.activity_by_token(session, token)
    if activity is None:
        return _notice(UNKNOWN, status=404)
    closed = rules.why_closed(activity, utc_now())
    if closed is not None:
        return _notice(Notice(CLOSED, closed), activity)
    device = _device()
    if device is None:
        return _remember(_questions(activity, str(uuid.uuid4())), _new_device())
    if queries.has_answered(session, activity.id, _hash(activity, device)):
        return _notice(ANSWERED, activity)
    return _questions(activity, str(uuid.uuid4()))


def _limit() -> str:
    """In flask-limiter's notation; an empty one is no limit."""
    per_minute = _settings().survey_limit
    return f"{per_minute}/minute" if per_minute else ""


def _address_and_token() -> str:
    """A full hall shares one address: only one address at one activity can be too fast."""
    return f"{get_remote_address()} {(request.view_args or {}).get('token')}"


def _slow_down(_breach: RequestLimit) -> Response:
    response = _notice(BUSY, status=429)
    response.headers["Retry-After"] = "60"
    return response


@blueprint.post("/s/<token>")
@public
@csrf.exempt
@begins_itself
@limiter.limit(_limit, key_func=_address_and_token, on_breach=_slow_down)
def answer(token: str) -> Response:
    """Store the answer; the thank-you page leaves only after the commit."""
    request.max_content_length = LARGEST_POST
    try:
        submission = read_submission(request.form)
    except RequestEntityTooLarge:
        return _notice(TOO_LONG, status=413)
    if submission.errors:
        return _to_correct(token, submission)
    known = _device()
    device = known or _new_device()
    response = _submit(token, submission, device)
    return response if known else _remember(response, device)


def _submit(token: str, submission: Submission, device: str) -> Response:
    posted = Posted(token, submission, device, utc_now())
    activity, outcome = _batches().run(db.session(), posted)
    if activity is None:
        return _notice(UNKNOWN, status=404)
    if isinstance(outcome, AlreadyAnswered):
        return _notice(ANSWERED, activity, status=outcome.http_status)
    if isinstance(outcome, Refused):
        return _notice(Notice(CLOSED, str(outcome)), activity, status=outcome.http_status)
    return _notice(THANKS, activity)


def _store(secret_key: str, session: Session, posted: Sequence[Posted]) -> list[Stored]:
    """Write what several people posted; each activity's answers together."""
    stored: dict[int, Stored] = {}
    for token in sorted({one.token for one in posted}):
        activity = queries.activity_by_token(session, token)
        places = [place for place, one in enumerate(posted) if one.token == token]
        if activity is None:
            stored |= dict.fromkeys(places, (None, None))
            continue
        filled = [posted[place].filled_in(secret_key, activity.id) for place in places]
        outcomes = operations.submit_responses(session, activity=activity, filled=filled)
        stored |= {place: (activity, outcome) for place, outcome in zip(places, outcomes, strict=True)}
    return [stored[place] for place in range(len(posted))]


def _to_correct(token: str, submission: Submission) -> Response:
    activity = queries.activity_by_token(db.session(), token)
    if activity is None:
        return _notice(UNKNOWN, status=404)
    return _questions(activity, submission.nonce, submission.values, submission.errors, status=422)


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["activitylog"])


def _batches() -> Batches[Posted, Stored]:
    return cast(Batches[Posted, Stored], current_app.extensions["survey_batches"])


def _device() -> str | None:
    """The token this phone was given, if it kept it."""
    token = request.cookies.get(COOKIE, "")
    return token if 0 < len(token) <= LONGEST_DEVICE else None


def _new_device() -> str:
    return secrets.token_urlsafe(16)


def _hash(activity: SurveyedActivity, device: str) -> str:
    return rules.device_hash(_settings().secret_key, activity.id, device)


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


def _questions(
    activity: SurveyedActivity,
    nonce: str,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
    *,
    status: int = 200,
) -> Response:
    """Without `render_template`: its context would look up who is signed in."""
    first, *others = rules.DEFAULT_QUESTIONNAIRE.questions
    html = current_app.jinja_env.get_template("surveys/questions.html").render(
        activity=activity,
        first=first,
        others=others,
        nonce=nonce,
        values=values,
        errors=errors,
        is_unfolded=any(question.key in errors or values.get(question.key) for question in others),
        longest_text=rules.LONGEST_TEXT,
    )
    return _response(html, status)


def _notice(notice: Notice, activity: SurveyedActivity | None = None, *, status: int = 200) -> Response:
    html = _notice_page(current_app.jinja_env, notice, activity and activity.title)
    return _response(html.replace(STYLE_NONCE, csp_nonce()), status)


@lru_cache(maxsize=256)
def _notice_page(templates: Environment, notice: Notice, title: str | None) -> str:
    """Rendered once: a full hall is shown the same thanks. The place of the style's nonce stays open."""
    page = templates.get_template("surveys/notice.html")
    return page.render(notice=notice, title=title, csp_nonce=lambda: STYLE_NONCE)


def _response(html: str, status: int) -> Response:
    body = html.encode()
    response = Response(body, status, mimetype="text/html")
    response.cache_control.no_store = True  # a page kept is a nonce used twice
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(body, compresslevel=6, mtime=0))
        response.content_encoding = "gzip"
    return response
