"""Finds by cookies alone whether a request comes from a device with a signed-in user."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login.utils import decode_cookie
from werkzeug import Request


class OfficeDevices:
    """Recognises the office's devices without Flask's session and without the database."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._sessions = SecureCookieSessionInterface()
        self._session = str(app.config["SESSION_COOKIE_NAME"])
        self._remembered = str(app.config.get("REMEMBER_COOKIE_NAME", "remember_token"))

    def is_signed_in(self, request: Request) -> bool:
        """Whether the cookies are of a signed-in user; sessions revoked since are not recognised."""
        return self._has_session(request) or self._is_remembered(request)

    def _has_session(self, request: Request) -> bool:
        if self._session not in request.cookies:
            return False
        session = self._sessions.open_session(self._app, request)  # type: ignore[arg-type]
        return bool(session and session.get("_user_id"))

    def _is_remembered(self, request: Request) -> bool:
        token = request.cookies.get(self._remembered)
        return bool(token) and decode_cookie(token, key=self._app.config["SECRET_KEY"]) is not None
