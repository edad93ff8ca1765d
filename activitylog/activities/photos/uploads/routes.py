"""Resumable uploads of photos in pieces: a phone that loses the connection continues where it stopped.

The sender makes a UUID for each photo once and keeps it with the bytes; every step may be repeated.

    GET   /activities/<no>/uploads/<uuid>   how far it is
    PATCH …   Upload-Offset: <received>     the next piece as application/octet-stream, at most 1 MB;
                                            409 with the true `received` when it does not begin there
    POST  …   size, name, taken_at          the end: verified, drawn anew and added; 201, or 200 when it
                                            was there. `size` in bytes, `taken_at` as EXIF writes it
                                            (2024:06:10 09:30:00, +08:00 may follow), ISO 8601, or empty

Every answer is JSON: `received` bytes; `photo`, null or {"id", "large", "small"} once it is one; `left`,
how many more photos the activity takes; `token`, for X-CSRFToken of PATCH and POST. A refusal has `error`,
the sentence to show: 403, 404, 413 and 422 are final; 409 with `received` means go on from there, without
it the activity takes no more photos, or the sender has sent enough for today; all others may be tried
again later, 503 in a few seconds. Signed out is a redirect to the sign-in page. What is not finished within
a day is forgotten: `received` is 0 again.

In the browser (static/js/photos.js): `uuid()`, `shrink(file)` → {bytes, takenAt}, and
`upload(activityNo, uuid, bytes, {name, takenAt}, onProgress)` → the photo, or an Error whose
`isFinal` says that sending it again is of no use.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import check_upload, needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity, Photo
from activitylog.activities.photos.operations import MOST_PHOTOS, add_photo, check_room, photo_of_upload
from activitylog.activities.photos.queries import photo_counts
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db, start_writing
from activitylog.core.period import SHANGHAI, utc_now
from activitylog.errors import ActivityLogError, BadInput, Refused
from activitylog.files.operations import store_picture
from activitylog.files.pictures import LARGEST_PICTURE
from activitylog.files.routes import file_store
from activitylog.files.store import FileStore, PartialUpload, WrongOffset
from activitylog.web.forms import form_token
from activitylog.web.requests import takes_files

LARGEST_PIECE = 1024 * 1024  # bytes
blueprint = Blueprint("uploads", __name__, url_prefix="/activities/<no>/uploads/<upload>")
View = Callable[[str, str], ResponseReturnValue]


def _in_json(view: View) -> View:
    """Answer refusals as JSON, for scripts."""

    @wraps(view)
    def answer(no: str, upload: str) -> ResponseReturnValue:
        try:
            return view(no, upload)
        except ActivityLogError as refusal:
            db.session.rollback()
            received = refusal.received if isinstance(refusal, WrongOffset) else None
            return jsonify(error=str(refusal), received=received, photo=None), refusal.http_status

    return answer


@blueprint.get("")
@needs(Permission.LOG)
@_in_json
def state(no: str, upload: str) -> ResponseReturnValue:
    """How many bytes of the photo were received."""
    activity = _activity(no)
    partial = _partial_upload(activity, upload)
    return _state(activity, partial.received, photo_of_upload(db.session(), activity.id, upload))


@blueprint.patch("")
@needs(Permission.LOG)
@takes_files(largest=LARGEST_PIECE)
@_in_json
def append(no: str, upload: str) -> ResponseReturnValue:
    """Append one piece."""
    activity = _activity(no)
    offset = request.headers.get("Upload-Offset", type=int)
    if offset is None or offset < 0:
        raise BadInput("没有说明从哪里接着传，请刷新页面后再传一次。")
    partial = _partial_upload(activity, upload)
    existing = photo_of_upload(db.session(), activity.id, upload)
    if existing is not None:
        return _state(activity, 0, existing)
    with _without_traces(partial):
        check_room(db.session(), activity)
        check_upload(partial.files)
    return _state(activity, partial.append(offset, request.get_data()))


@blueprint.post("")
@needs(Permission.LOG)
@takes_files(largest=0)
@_in_json
def finish(no: str, upload: str) -> ResponseReturnValue:
    """Make the photo of a complete upload."""
    session, activity = db.session(), _activity(no)
    partial = _partial_upload(activity, upload)
    existing = photo_of_upload(session, activity.id, upload)
    if existing is not None:
        partial.delete()
        return _state(activity, 0, existing)
    with partial.files.intake() as files, _without_traces(partial):
        check_room(session, activity)
        photo, is_new = _add(files, partial, no, upload)
    partial.delete()
    return _state(activity, 0, photo), 201 if is_new else 200


def _add(files: FileStore, partial: PartialUpload, no: str, upload: str) -> tuple[Photo, bool]:
    """Draw the complete upload anew and add it; says whether it is new."""
    session = db.session()
    with partial.open_complete(request.form.get("size", 0, type=int)) as content:
        picture = store_picture(files, content, request.form.get("name"))
    start_writing(session)
    added = add_photo(
        session,
        _activity(no),
        picture,
        upload=upload,
        taken_at=_taken_at(),
        by=signed_in_user(),
        now=utc_now(),
    )
    session.commit()
    return added


@contextmanager
def _without_traces(partial: PartialUpload) -> Iterator[None]:
    """Delete the raw bytes, which hold the camera's data, as soon as they are refused for good."""
    try:
        yield
    except WrongOffset:
        raise  # there is more to come
    except (BadInput, Refused):
        partial.delete()
        raise


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _partial_upload(activity: Activity, upload: str) -> PartialUpload:
    try:
        is_plain = str(UUID(upload)) == upload
    except ValueError:
        is_plain = False
    if not is_plain:
        raise BadInput("这张照片没有可用的编号，请刷新页面后再传一次。")
    sender, key = signed_in_user().id, f"{activity.id}-{upload}"
    return PartialUpload.named(file_store(), sender, key, largest=LARGEST_PICTURE)


def _taken_at() -> datetime | None:
    """The time the phone read from EXIF; without a zone it is Shanghai's."""
    taken_text = request.form.get("taken_at", "").strip()
    exif = taken_text[:10].replace(":", "-") + taken_text[10:]
    try:
        taken = datetime.fromisoformat(exif)
    except ValueError:
        return None
    return taken if taken.tzinfo else taken.replace(tzinfo=SHANGHAI)


def _state(activity: Activity, received: int, photo: Photo | None = None) -> Response:
    left = MOST_PHOTOS - photo_counts(db.session(), [activity.id])[activity.id]
    photo_fields = photo and {
        "id": photo.id,
        "large": url_for("photos.large", no=activity.number, photo_id=photo.id),
        "small": url_for("photos.small", no=activity.number, photo_id=photo.id),
    }
    return jsonify(received=received, photo=photo_fields, left=max(0, left), token=form_token())
