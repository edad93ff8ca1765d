"""The attendees' pages as an application of their own: no session, no sign-in, nothing an office needs.

A hall that empties onto its phones asks for one page and one answer each; what the office's pages do before
and after every request would cost more than the answer.
"""

import logging

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import HTTPException

from activitylog.extensions import make_engine
from activitylog.migrating import beside_package
from activitylog.settings import Settings
from activitylog.surveys import public_routes
from activitylog.surveys.intake import Intake
from activitylog.surveys.public_pages import FAILED, UNKNOWN, Notice, notice_page
from activitylog.web import compiled, limiting

_log = logging.getLogger(__name__)


class _NoSession(SecureCookieSessionInterface):
    def open_session(self, _app: Flask, _request: object) -> None:
        return None


def create_public_app(settings: Settings, limiter: limiting.Limiter) -> Flask:
    """Everything under /s/; opens no connection yet."""
    app = Flask("activitylog", template_folder=str(beside_package("templates")), static_folder=None)
    app.session_interface = _NoSession()
    compiled.register(app)
    limiting.register(app, limiter)
    public_routes.register(app, settings, Intake(settings, make_engine(settings.database_url)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)
    return app


def _http(error: HTTPException) -> Response:
    if error.code == 404:
        return notice_page(UNKNOWN, status=404)
    sentence = "这个地址不能这样打开。请重新扫一次现场的二维码。"
    return notice_page(Notice("无法打开", sentence), status=error.code or 400)


def _crash(error: Exception) -> Response:
    _log.exception("unhandled error in a survey", exc_info=error)
    return notice_page(FAILED, status=500)
