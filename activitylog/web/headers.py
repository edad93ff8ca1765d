"""Headers of responses: security, compression of pages, and session cookies."""

import gzip
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from urllib.parse import quote

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from activitylog.web.assets import import_map_source

_EVERYWHERE = "object-src 'none'; base-uri 'none'; form-action 'self'"
SMALLEST_GZIPPED = 1000  # bytes: about a network packet
GZIP_LEVEL = 5
HTTPS_SECONDS = 365 * 24 * 3600
NO_ORIGIN, OWN_ORIGIN = "'none'", "'self'"


def policy(sources: str, *, framed_by: str = NO_ORIGIN) -> Mapping[str, str]:
    """The headers of a page; `sources` are the source directives of its Content-Security-Policy."""
    return MappingProxyType(
        {
            "Content-Security-Policy": f"{sources}; {_EVERYWHERE}; frame-ancestors {framed_by}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
    )


def https_only(public_url: str) -> Mapping[str, str]:
    """The header by which browsers come back by https only; none for an office without it."""
    is_https = public_url.startswith("https:")
    return {"Strict-Transport-Security": f"max-age={HTTPS_SECONDS}"} if is_https else {}


@cache
def office_policy() -> Mapping[str, str]:
    """The headers of the office's pages: scripts from this origin, and the inline import map."""
    scripts = f"script-src 'self' {import_map_source()}"
    return policy(f"default-src 'self'; style-src 'self'; {scripts}; img-src 'self' data:")


def _add_headers(response: Response) -> Response:
    for name, value in office_policy().items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def register(app: Flask, public_url: Callable[[], str]) -> None:
    def add_https_only(response: Response) -> Response:
        response.headers.update(https_only(public_url()))
        return response

    app.after_request(_compress)
    app.after_request(_add_headers)
    app.after_request(add_https_only)


def _compress(response: Response) -> Response:
    """Send a page gzipped where the client takes it: its only secret, the form token, never repeats."""
    if response.mimetype != "text/html" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    if len(page) > SMALLEST_GZIPPED and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(page, GZIP_LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response


def attachment(name: str, *, is_inline: bool = False) -> str:
    """The Content-Disposition of a file; clients that know no UTF-8 names decode the quoted one."""
    quoted = quote(name)
    return f"{'inline' if is_inline else 'attachment'}; filename=\"{quoted}\"; filename*=UTF-8''{quoted}"


class PageSessionInterface(SecureCookieSessionInterface):
    """Sets no session cookie on immutable responses: browsers would reload assets whenever it changes."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.immutable:
            super().save_session(app, session, response)
