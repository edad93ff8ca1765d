"""The file store: files on the disk named by their SHA-256, each once; and uploads not yet whole."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from activitylog.core.locks import lock_file
from activitylog.errors import FileTooLarge, Missing, Refused

BLOCK = 1024 * 1024  # bytes read at once
ABANDONED_AFTER = timedelta(days=1)  # an upload older than this is not continued


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A file on the disk: digest, size in bytes and content type, as its row holds them."""

    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files, `ab/cd/abcd…`, and beside them the unfinished uploads."""

    root: Path

    @property
    def partial_folder(self) -> Path:
        """The folder of unfinished uploads, on the same disk, so that a finished one is moved in one step."""
        folder = self.root / "arriving"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def decoding_lock(self) -> Iterator[None]:
        """A lock of the whole machine: one picture is decoded at a time, to bound memory."""
        place = self.partial_folder / "turn"
        place.touch()  # recent enough not to be removed as abandoned
        with place.open("ab") as file:
            lock_file(file)
            yield

    def path_of(self, digest: str) -> Path:
        return self.root / digest[:2] / digest[2:4] / digest

    def put(self, content: BinaryIO, content_type: str) -> StoredContent:
        """Store the rest of the stream; the same content again changes nothing."""
        descriptor, name = tempfile.mkstemp(dir=self.partial_folder, prefix="put-")
        partial = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                digest, size = _copied(content, stream)
                stream.flush()
                os.fsync(stream.fileno())
            self._move_into_place(partial, self.path_of(digest))
        finally:
            partial.unlink(missing_ok=True)
        return StoredContent(digest, size, content_type)

    def _move_into_place(self, partial: Path, place: Path) -> None:
        """Replace an existing file as well, so that uploading it again repairs a damaged one."""
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.chmod(0o440)
        partial.replace(place)
        for folder in (place.parent, place.parent.parent, self.root):
            _sync(folder)

    def existing_path(self, digest: str) -> Path:
        """The path of a file to read; Missing when it is not on the disk."""
        path = self.path_of(digest)
        if not path.is_file():
            raise Missing("这个文件在存储里找不到了，请把这一页的地址告诉管理员，由管理员从备份恢复。")
        return path

    def digest_of(self, digest: str) -> str | None:
        """The actual SHA-256 of the file stored under this digest; None when there is none."""
        try:
            with self.path_of(digest).open("rb") as stream:
                return file_digest(stream, "sha256").hexdigest()
        except OSError:
            return None

    def remove_abandoned(self, now: datetime) -> int:
        """Remove abandoned uploads; returns how many."""
        abandoned = [file for file in self.partial_folder.iterdir() if _is_older(file, now - ABANDONED_AFTER)]
        for file in abandoned:
            file.unlink(missing_ok=True)
        return len(abandoned)


def blocks(content: BinaryIO) -> Iterator[bytes]:
    while block := content.read(BLOCK):
        yield block


def _copied(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    digest, size = sha256(), 0
    for block in blocks(source):
        digest.update(block)
        size += target.write(block)
    return digest.hexdigest(), size


def _sync(folder: Path) -> None:
    """Flush the folder to the disk, so that a new name survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_older(file: Path, moment: datetime) -> bool:
    try:
        return file.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:  # another process removed it first
        return False


_KEY = re.compile("[0-9a-z-]{1,80}")


class WrongOffset(Refused):
    """A piece does not begin at the end of what was received; `received` says how many bytes that is."""

    def __init__(self, received: int) -> None:
        super().__init__(f"已经收到 {received:,} 字节，请从这里接着传。")
        self.received = received


@dataclass(frozen=True, slots=True)
class PartialUpload:
    """One unfinished upload, named by its sender; FileStore.remove_abandoned deletes it after a day."""

    path: Path
    largest: int

    @classmethod
    def named(cls, files: FileStore, key: str, *, largest: int) -> "PartialUpload":
        if not _KEY.fullmatch(key):
            raise ValueError(f"no name for a file: {key!r}")
        return cls(files.partial_folder / f"part-{key}", largest)

    @property
    def received(self) -> int:
        """How many bytes were received."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, offset: int, piece: bytes) -> int:
        """Append a piece that begins at the offset; returns how many bytes are received now."""
        with self._locked() as stream:
            size = os.fstat(stream.fileno()).st_size
            if offset != size:
                raise WrongOffset(size)
            if size + len(piece) > self.largest:
                raise FileTooLarge(f"这个文件超过 {self.largest // 1024**2} MB，不能接收；请压缩后再传。")
            stream.write(piece)
            return size + len(piece)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Lock the file, so that two requests with the same piece do not both append it."""
        with self.path.open("ab") as stream:
            lock_file(stream)
            yield stream

    def open_complete(self, size: int) -> BinaryIO:
        """The complete file; raises WrongOffset unless it has the size its sender says."""
        received = self.received
        if received > size:  # left from another file of this name
            self.delete()
            received = 0
        if received != size or not size:
            raise WrongOffset(received)
        return self.path.open("rb")

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)
