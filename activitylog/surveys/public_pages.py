"""The attendees' pages: rendered and compressed once for all who ask for the same."""

import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType

from flask import Response, current_app, request
from jinja2 import Environment

from activitylog.surveys import rules
from activitylog.surveys.forms import Submission
from activitylog.surveys.packed import Page, page
from activitylog.web.headers import policy

NO_NONCE = "00000000-0000-0000-0000-000000000000"  # where a page's nonce goes
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
BUSY = Notice(
    "请稍等", "现在提交的人很多，您的回答还没有存下。请返回上一页，过一会儿再点一次提交，不会重复计算。"
)
FAILED = Notice("没有存下", "系统出了一点问题，您的回答还没有存下。请返回上一页再点一次提交，不会重复计算。")


def question_page(title: str) -> Response:
    """The questionnaire, with a nonce of its own."""
    return _respond(_question_page(current_app.jinja_env, title), 200, str(uuid.uuid4()))


def correction_page(title: str, submission: Submission) -> Response:
    """The questionnaire as it was filled in, with what is wrong beside it."""
    templates = current_app.jinja_env
    html = _questions(templates, title, submission.nonce, submission.values, submission.errors)
    return _respond(page(html), 422)


def _questions(
    templates: Environment,
    title: str,
    nonce: str,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> str:
    first, *others = rules.DEFAULT_QUESTIONNAIRE.questions
    return templates.get_template("surveys/questions.html").render(
        title=title,
        first=first,
        others=others,
        nonce=nonce,
        values=values,
        errors=errors,
        is_unfolded=any(question.key in errors or values.get(question.key) for question in others),
        longest_text=rules.LONGEST_TEXT,
    )


@lru_cache(maxsize=256)
def _question_page(templates: Environment, title: str) -> Page:
    """Rendered and compressed once for all who come to an activity."""
    return page(_questions(templates, title, NO_NONCE), gap=NO_NONCE)


@lru_cache(maxsize=256)
def _notice_page(templates: Environment, notice: Notice, title: str | None) -> Page:
    return page(templates.get_template("surveys/notice.html").render(notice=notice, title=title))


def notice_page(notice: Notice, title: str | None = None, *, status: int = 200) -> Response:
    """A page with nothing to fill in, under the activity's title when it is known."""
    return _respond(_notice_page(current_app.jinja_env, notice, title), status)


@lru_cache
def _headers(templates: Environment) -> Mapping[str, str]:
    """Nothing may load but the page's own style, known by its digest."""
    style = templates.get_template("layouts/survey.css").render()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return {
        **policy(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"),
        "Cache-Control": "no-store",  # a page kept is a nonce used twice
        "Vary": "Accept-Encoding",
    }


def _respond(content: Page, status: int, filling: str = "") -> Response:
    headers = _headers(current_app.jinja_env)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(content.plain(filling.encode()), status, headers, mimetype="text/html")
    body = content.gzipped(filling.encode())
    return Response(body, status, {**headers, "Content-Encoding": "gzip"}, mimetype="text/html")
