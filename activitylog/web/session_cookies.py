"""Session cookies of pages; what is kept for ever is everybody's and differs by no cookie."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class PageSessions(SecureCookieSessionInterface):
    """A cookie with an asset would make browsers ask for it again each time the cookie changes."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.immutable:
            super().save_session(app, session, response)
