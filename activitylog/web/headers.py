"""Security headers of every answer, and the nonce for the one page that carries its own styles."""

import secrets

from flask import Flask, Response, g


def csp_nonce() -> str:
    """The nonce of this answer's inline styles; asking for it allows them."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(9)
    return str(g.csp_nonce)


def _add_headers(response: Response) -> Response:
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; style-src 'self'{nonce}; script-src 'self'{nonce}; img-src 'self' data:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=(self)")
    return response


def register(app: Flask) -> None:
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
