"""What is sent, looked at and put on the disk: slow work, to be done before a transaction writes."""

import io
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from activitylog.errors import Busy
from activitylog.files.documents import document_type
from activitylog.files.file_types import Kind, kind_of
from activitylog.files.images.pictures import Picture, read_picture
from activitylog.files.names import clean_name
from activitylog.files.store import FileStore, Kept

JPEG = "image/jpeg"
MOST_WAITING = 8  # pictures in one process: half its threads
_PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.HEIC})
_waiting_room = threading.BoundedSemaphore(MOST_WAITING)


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture on the disk, large and small, and what is known of the one that was sent."""

    name: str
    large: Kept
    small: Kept
    width: int
    height: int
    taken_at: datetime | None
    original_sha256: str
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document on the disk with the name it came under."""

    name: str
    content: Kept


def keep_picture(files: FileStore, content: BinaryIO, name: str | None) -> KeptPicture:
    """Verify a picture, draw it anew and keep that; UnusableFile names the file and says why not."""
    called = clean_name(name)
    drawn = _read(files, content, called)
    return KeptPicture(
        name=called,
        large=files.put(io.BytesIO(drawn.large), JPEG),
        small=files.put(io.BytesIO(drawn.small), JPEG),
        width=drawn.width,
        height=drawn.height,
        taken_at=drawn.taken_at,
        original_sha256=drawn.original_sha256,
        fingerprint=drawn.fingerprint,
    )


def keep_document(files: FileStore, content: BinaryIO, name: str | None) -> KeptDocument:
    """Keep a PDF, a Word or Excel file as it is, and a picture drawn anew; UnusableFile says why not."""
    called = clean_name(name)
    if kind_of(content) in _PICTURES:
        drawn = _read(files, content, called)
        return KeptDocument(_as_jpeg(called), files.put(io.BytesIO(drawn.large), JPEG))
    return KeptDocument(called, files.put(content, document_type(content, called)))


def _read(files: FileStore, content: BinaryIO, name: str) -> Picture:
    """In its turn; with too many before it, it is to come again: pages need threads, too."""
    if not _waiting_room.acquire(blocking=False):
        raise Busy(f"正在处理别的照片，“{name}”还没有存上；请过几秒再传一次。")
    try:
        return read_picture(content, name, files.turn())
    finally:
        _waiting_room.release()


def _as_jpeg(name: str) -> str:
    return name if name.lower().endswith((".jpg", ".jpeg")) else f"{name.rpartition('.')[0] or name}.jpg"
