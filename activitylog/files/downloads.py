"""Sends stored files to a browser: never as a page, never under a type its sender chose."""

from typing import cast

from flask import Response, current_app, send_file

from activitylog.files.models import StoredFile
from activitylog.files.store import FileStore
from activitylog.settings import Settings

SHOWN = frozenset({"image/jpeg"})  # what a browser may show; all else is saved
KEPT_SECONDS = 24 * 3600
_LOCKED = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


def file_store() -> FileStore:
    """The store of the application that serves this request."""
    return FileStore(cast(Settings, current_app.extensions["activitylog"]).files_dir)


def send_stored(file: StoredFile, *, name: str, is_shown: bool = False) -> Response:
    """The content under that name, to be saved or, a picture, shown; the caller knows who may have it."""
    response = send_file(
        file_store().found(file.sha256),
        mimetype=file.content_type,
        as_attachment=not (is_shown and file.content_type in SHOWN),
        download_name=name,
        etag=file.sha256,
    )
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    response.headers["Content-Security-Policy"] = _LOCKED
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
