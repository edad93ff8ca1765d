"""Content negotiation: a page for a browser, or JSON for a script of the pages."""

from flask import request


def wants_json() -> bool:
    """Whether the request prefers JSON to HTML; without a preference it gets the page."""
    accepted = request.accept_mimetypes
    return bool(accepted["application/json"] > accepted["text/html"])
