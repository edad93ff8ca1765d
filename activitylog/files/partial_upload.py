"""Uploads sent in pieces: each piece is appended at its offset, and sending one again does no harm."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from activitylog.core.locks import lock_file
from activitylog.errors import FileTooLarge, Refused
from activitylog.files.store import FileStore

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
