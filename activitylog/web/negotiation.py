"""Whether an answer is for a person's browser or for a script of ours."""

from flask import request


def wants_data() -> bool:
    """Asked for JSON rather than for a page; who does not care gets the page."""
    accepted = request.accept_mimetypes
    return bool(accepted["application/json"] > accepted["text/html"])
