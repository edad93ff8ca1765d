import io
import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from activitylog.errors import Missing
from activitylog.files.store import FileStore

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def every_file(files: FileStore) -> list[Path]:
    return [path.relative_to(files.root) for path in files.root.rglob("*") if path.is_file()]


def test_the_same_content_is_stored_once_under_its_digest(files: FileStore) -> None:
    digest = sha256(b"evidence").hexdigest()
    for _ in range(2):
        kept = files.put(io.BytesIO(b"evidence"), "application/pdf")
        assert (kept.sha256, kept.size) == (digest, 8)
    assert every_file(files) == [Path(digest[:2], digest[2:4], digest)]
    assert files.existing_path(digest).read_bytes() == b"evidence"


def test_a_content_that_stops_halfway_leaves_nothing(files: FileStore) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        files.put(Broken(b"half"), "image/jpeg")
    assert every_file(files) == []


def test_a_damaged_content_is_noticed_and_mended_by_storing_it_again(files: FileStore) -> None:
    digest = files.put(io.BytesIO(b"evidence"), "x/y").sha256
    path = files.path_of(digest)
    path.chmod(0o600)
    path.write_bytes(b"forged")
    assert files.digest_of(digest) != digest
    files.put(io.BytesIO(b"evidence"), "x/y")
    assert files.digest_of(digest) == digest
    path.unlink()
    assert files.digest_of(digest) is None
    with pytest.raises(Missing, match="备份"):
        files.existing_path(digest)


def test_an_unfinished_upload_is_removed_after_a_day(files: FileStore) -> None:
    old, fresh = files.partial_folder / "old", files.partial_folder / "fresh"
    for file, age in ((old, timedelta(hours=25)), (fresh, timedelta(hours=23))):
        file.write_bytes(b"x")
        moment = (NOW - age).timestamp()
        os.utime(file, (moment, moment))
    kept = files.put(io.BytesIO(b"evidence"), "x/y")
    assert files.remove_abandoned(NOW) == 1
    assert not old.exists()
    assert fresh.exists()
    assert files.digest_of(kept.sha256) == kept.sha256
