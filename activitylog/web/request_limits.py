"""What a request may send, and that all of it is here before anybody waits for its transaction."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_login import current_user

from activitylog.core.database import begin_writing, db

View = TypeVar("View", bound=Callable[..., Any])
LARGEST_FORM = 4 * 1024 * 1024  # bytes of a form without files
FORM_FIELDS = 64 * 1024  # bytes that may come beside the files
MOST_FILES = 64  # parts of a form that takes files: fields and files
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def takes_files(*, largest: int) -> Callable[[View], View]:
    """Of a view: signed-in people may send it that many bytes, and it starts writing by itself.

    It looks at what was sent first, then calls `start_writing` and asks again for every record it had read.
    """

    def mark(view: View) -> View:
        view.largest_body = largest + FORM_FIELDS  # type: ignore[attr-defined]
        return view

    return mark


def _receive() -> None:
    """Before every request: a phone on a slow line must not hold the write lock while it sends."""
    if request.method in SAFE_METHODS:
        return
    largest = getattr(current_app.view_functions.get(request.endpoint or ""), "largest_body", None)
    if largest is None:
        request.get_data(parse_form_data=True)
        begin_writing(db.session())
    elif current_user.is_authenticated:
        request.max_content_length = largest
        request.max_form_parts = MOST_FILES


def register(app: Flask) -> None:
    app.before_request(_receive)
