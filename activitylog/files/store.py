"""The file store: files on the disk named by their SHA-256, each once; staged files, and partial uploads.

A file is staged until a row is written for it (FileStore.keep); what no row takes is removed when the
request ends (FileStore.intake), and after a crash by the nightly sweep.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, Optional, cast

from activitylog.core.atomic_file import PRIVATE_FILE, make_private_folder
from activitylog.core.locks import lock_file
from activitylog.errors import BadInput, Busy, FileTooLarge, Missing, Refused
from activitylog.files.rules import reserve_of
from activitylog.settings import PRIVATE_FOLDER, PRIVATE_MASK

BLOCK = 1024 * 1024  # bytes read at once
ABANDONED_AFTER = timedelta(days=1)  # an upload older than this is not continued
STORED_MODE = 0o400  # of a stored file, which never changes
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A file on the disk: digest, size in bytes and content type, as its row holds them.

    `files` and `staged` say where it lies as long as it has no row.
    """

    sha256: str
    size: int
    content_type: str
    files: Optional["FileStore"] = field(default=None, compare=False, repr=False)
    staged: str = field(default="", compare=False)

    @property
    def path(self) -> Path:
        """Where the file lies now."""
        files = cast(FileStore, self.files)
        staged = files.partial_folder / self.staged
        return staged if self.staged and staged.exists() else files.path_of(self.sha256)

    def check(self) -> None:
        """Refuse a file that waited for its form so long that it was swept."""
        if self.files is not None and self.staged and not self.path.exists():
            raise BadInput("前一天选的文件已经清理掉了，请重新选一次。", field="files")

    def keep(self) -> None:
        """Move the file to its place, because its row is about to be committed."""
        if self.files is not None and self.staged:
            self.files.keep(self)


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files, `ab/cd/abcd…`, and beside them the staged files and unfinished uploads."""

    root: Path
    staged: list[Path] = field(default_factory=list, compare=False, repr=False)

    @property
    def partial_folder(self) -> Path:
        """The folder of unfinished uploads, on the same disk, so that a finished one is moved in one step."""
        return make_private_folder(self.root / "arriving")

    @contextmanager
    def intake(self) -> Iterator["FileStore"]:
        """A store for one request: at its end the files that no row has taken are removed."""
        store = FileStore(self.root)
        try:
            yield store
        finally:
            for path in store.staged:
                path.unlink(missing_ok=True)

    def check_space(self, incoming: int = 0) -> None:
        """Refuse a file that would use up what the disk keeps free for records and answers."""
        disk = shutil.disk_usage(make_private_folder(self.root))
        if disk.free - incoming < reserve_of(disk.total):
            raise Busy("服务器的磁盘快满了，暂时不能再存文件，文字记录不受影响；请告诉管理员，腾出后再传。")

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
        """Stage the rest of the stream, until `keep` moves it to its place."""
        self.check_space()
        descriptor, name = tempfile.mkstemp(dir=self.partial_folder, prefix="put-")
        staged = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                digest, size = _copied(content, stream)
                stream.flush()
                os.fsync(stream.fileno())
            staged.chmod(STORED_MODE)
            self._make_folders(self.path_of(digest).parent)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        self.staged.append(staged)
        return StoredContent(digest, size, content_type, self, staged.name)

    def _make_folders(self, folder: Path) -> None:
        if not folder.is_dir():
            make_private_folder(folder)
            for each in (folder.parent, self.root):
                _sync(each)

    def keep(self, content: StoredContent) -> None:
        """Move a staged file to its place; a file already there is replaced, which repairs a damaged one."""
        staged, place = self.partial_folder / content.staged, self.path_of(content.sha256)
        if staged.exists():
            staged.replace(place)
        else:  # an earlier attempt moved it; being fresh, it is not swept before its row is there
            os.utime(place)
        _sync(place.parent)

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
            if file.is_dir():
                shutil.rmtree(file, ignore_errors=True)
            else:
                file.unlink(missing_ok=True)
        return len(abandoned)

    def old_files(self, now: datetime) -> Iterator[Path]:
        """Every stored file that is old enough to have its row."""
        for folder in self._folders():
            for file in folder.iterdir():
                if _DIGEST.fullmatch(file.name) and _is_older(file, now - ABANDONED_AFTER):
                    yield file

    def _folders(self) -> Iterator[Path]:
        """The folders that hold stored files, with the rights mended that an older version gave them."""
        for outer in self.root.glob("[0-9a-f][0-9a-f]"):
            for folder in (outer, *outer.glob("[0-9a-f][0-9a-f]")):
                if folder.stat().st_mode & PRIVATE_MASK:
                    folder.chmod(PRIVATE_FOLDER)
                if folder is not outer:
                    yield folder

    def remove_orphan(self, file: Path, now: datetime) -> bool:
        """Remove a stored file without a row; one stored again in the meantime stays."""
        aside = self.partial_folder / f"orphan-{file.name}"
        with suppress(FileNotFoundError):
            file.replace(aside)
            if _is_older(aside, now - ABANDONED_AFTER):
                aside.unlink()
                return True
            aside.replace(file)
        return False


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
MOST_PARTIAL = 30  # uploads of one sender at once: three activities full of photos


class WrongOffset(Refused):
    """A piece does not begin at the end of what was received; `received` says how many bytes that is."""

    def __init__(self, received: int) -> None:
        super().__init__(f"已经收到 {received:,} 字节，请从这里接着传。")
        self.received = received


@dataclass(frozen=True, slots=True)
class PartialUpload:
    """One unfinished upload of a sender; FileStore.remove_abandoned deletes it after a day."""

    files: FileStore
    sender: int
    path: Path
    largest: int

    @classmethod
    def named(cls, files: FileStore, sender: int, key: str, *, largest: int) -> "PartialUpload":
        if not _KEY.fullmatch(key):
            raise ValueError(f"no name for a file: {key!r}")
        return cls(files, sender, files.partial_folder / f"part-{sender}-{key}", largest)

    @property
    def received(self) -> int:
        """How many bytes were received."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, offset: int, piece: bytes) -> int:
        """Append a piece that begins at the offset; returns how many bytes are received now."""
        if not self.path.exists() and len(partial_sizes(self.files, self.sender)) >= MOST_PARTIAL:
            raise Refused(
                f"您有 {MOST_PARTIAL} 张照片还没有传完，请先等它们传完；传不完的一天后自动清除，届时再传。"
            )
        with self._locked() as stream:
            size = os.fstat(stream.fileno()).st_size
            if offset != size:
                raise WrongOffset(size)
            if size + len(piece) > self.largest:
                raise FileTooLarge(f"这个文件超过 {self.largest // 1024**2} MB，不能接收；请压缩后再传。")
            self.files.check_space(len(piece))
            stream.write(piece)
            return size + len(piece)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Lock the file, so that two requests with the same piece do not both append it."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
        with os.fdopen(descriptor, "ab") as stream:
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


def partial_sizes(files: FileStore, sender: int) -> list[int]:
    """The bytes received of each unfinished upload of a sender."""
    sizes = []
    for path in files.partial_folder.glob(f"part-{sender}-*"):
        with suppress(FileNotFoundError):  # finished in the meantime
            sizes.append(path.stat().st_size)
    return sizes
