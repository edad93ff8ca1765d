"""Sends files to a browser: stored ones under their verified type and never as a page, and workbooks."""

import io
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from flask import Response, send_file

from activitylog.core.spreadsheets import ListColumn, write_list
from activitylog.files.letterhead import under_letterhead
from activitylog.files.models import StoredFile
from activitylog.files.rules import EXCEL
from activitylog.files.store import FileStore
from activitylog.web.headers import attachment
from activitylog.web.requests import current_settings

Row = TypeVar("Row")
DISPLAYED_TYPES = frozenset({"image/jpeg"})  # types a browser may display; others are downloaded
CACHE_SECONDS = 24 * 3600
_CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


def file_store() -> FileStore:
    """The store of the application that serves this request."""
    return FileStore(current_settings().files_dir)


def send_stored(file: StoredFile, *, name: str, is_inline: bool = False) -> Response:
    """Send a file for download, or a picture for display; the caller checks who may read it."""
    response = send_file(
        file_store().existing_path(file.sha256), mimetype=file.content_type, etag=file.sha256
    )
    is_shown = is_inline and file.content_type in DISPLAYED_TYPES
    response.headers["Content-Disposition"] = attachment(name, is_inline=is_shown)
    response.headers["Cache-Control"] = f"private, max-age={CACHE_SECONDS}"
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def send_json(content: object, name: str) -> Response:
    """Send values as a JSON file for download."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return send_file(io.BytesIO(text.encode()), "application/json", as_attachment=True, download_name=name)


def send_workbook(write: Callable[[Path], object], name: str) -> Response:
    """Send the workbook that `write` makes at a path, for download."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        with under_letterhead(current_settings()):
            write(path)
        content = io.BytesIO(path.read_bytes())
    response = send_file(content, mimetype=EXCEL)
    response.headers["Content-Disposition"] = attachment(name)
    response.cache_control.no_store = True
    return response


def send_list(name: str, columns: Sequence[ListColumn[Row]], rows: Iterable[Row]) -> Response:
    """Send all rows of a list as a workbook called `name`; the caller has checked who may read them."""
    return send_workbook(lambda path: write_list(path, name, columns, rows), f"{name}.xlsx")
