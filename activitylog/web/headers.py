"""Security headers of every answer."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask, Response

_EVERYWHERE = "object-src 'none'; base-uri 'none'; form-action 'self'"
NOBODY, OURSELVES = "'none'", "'self'"


def policy(sources: str, *, framed_by: str = NOBODY) -> Mapping[str, str]:
    """The headers of a page that may load from these sources, in the words of Content-Security-Policy."""
    return MappingProxyType(
        {
            "Content-Security-Policy": f"{sources}; {_EVERYWHERE}; frame-ancestors {framed_by}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
        }
    )


OFFICE = policy("default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:")


def _add_headers(response: Response) -> Response:
    for name, value in OFFICE.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def register(app: Flask) -> None:
    app.after_request(_add_headers)
