"""Session cookies, left out of responses that are cached without limit."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class PageSessionInterface(SecureCookieSessionInterface):
    """Sets no session cookie on immutable responses: browsers would reload assets whenever it changes."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.immutable:
            super().save_session(app, session, response)
