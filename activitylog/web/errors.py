"""The error pages of refusals, HTTP errors and crashes."""

import logging
from typing import cast

from flask import Flask, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from activitylog.core.database import db
from activitylog.errors import ActivityLogError, BadInput
from activitylog.web.requests import current_settings, wants_json

ENDED_SESSION = "ended_session"  # the extension that answers to a form of an ended session, or with None
_log = logging.getLogger(__name__)

SENTENCES = {
    400: ("请求无法识别", "页面发来的内容不完整。请返回上一页刷新后再试。"),
    403: ("没有权限", "您的角色不能打开这一页。如需办理，请联系系统管理员。"),
    404: ("没有找到", "这个地址下没有内容，可能已改名或输入有误。请从首页重新进入。"),
    405: ("不能这样打开", "这个地址只用于提交，请从页面上的按钮进入。"),
    409: ("没有保存", "记录的状态已经变化。请返回上一页刷新后再试。"),
    413: ("内容太大", "提交的内容太多，没有保存。请返回上一页，缩短文字，或把文件分几次提交。"),
    422: ("内容有误", "有些内容填写有误，请返回修改。"),
    429: ("请稍等", "操作太频繁，请过一分钟再试，已填写的内容请先保留在页面上。"),
    500: ("系统出错了", "刚才的操作没有完成，已记入日志。请稍后再试；若仍然出错，请把发生的时间告诉管理员。"),
    503: ("暂时繁忙", "系统正在忙，请稍等几秒再试，已填写的内容不会丢失。"),
}


def error_page(
    status: int, sentence: str = "", problems: tuple[object, ...] = (), *, result: str = "refused"
) -> ResponseReturnValue:
    """The page of a status, with `sentence` instead of the default one; JSON for a script."""
    title, usual = SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
    if wants_json():
        return {"result": result, "sentence": sentence or usual}, status
    page = render_template(
        "errors/page.html", status=status, title=title, sentence=sentence or usual, problems=problems
    )
    return page, status


def _refusal_page(error: ActivityLogError) -> ResponseReturnValue:
    db.session.rollback()
    problems = error.problems if isinstance(error, BadInput) else ()
    return error_page(error.http_status, str(error), tuple(problems))


def _stale_token_page(error: CSRFError) -> ResponseReturnValue:
    """A page that keeps what was typed, where it can be kept.

    Over http the cookie of an office with https does not come along, and no form can be sent.
    """
    sentence = "页面已过期，没有保存。请返回上一页、刷新后再提交一次。"
    public_url = current_settings().public_url
    if public_url.startswith("https:") and not request.is_secure:
        sentence = f"这里要用 {public_url} 打开：现在的地址是 http，登录和提交都不会成功，没有保存任何内容。"
    elif kept := current_app.extensions[ENDED_SESSION](error):
        return cast(ResponseReturnValue, kept)
    return error_page(400, sentence, result="stale_token")


def _http_error_page(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    return error_page(error.code)


def _crash_page(error: Exception) -> ResponseReturnValue:
    _log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
    try:
        db.session.rollback()
        return error_page(500)
    except Exception:  # the page needs the signed-in user, which a broken database cannot load
        _log.exception("no error page for %s %s", request.method, request.path)
        title, sentence = SENTENCES[500]
        return Response(f"{title}。{sentence}\n", 500, mimetype="text/plain")


def _reject_nul() -> None:
    """Answer 404 to a path with NUL, which PostgreSQL accepts in no text."""
    if "\0" in request.path:
        abort(404)


def register(app: Flask) -> None:
    app.before_request(_reject_nul)
    app.register_error_handler(ActivityLogError, _refusal_page)
    app.register_error_handler(CSRFError, _stale_token_page)
    app.register_error_handler(HTTPException, _http_error_page)
    app.register_error_handler(Exception, _crash_page)
