import io
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from activitylog.errors import BadInput, Busy, Missing, Refused
from activitylog.files import store
from activitylog.files.store import MOST_PARTIAL, FileStore, PartialUpload, StoredContent

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def put(files: FileStore, content: bytes = b"evidence") -> StoredContent:
    kept = files.put(io.BytesIO(content), "x/y")
    kept.keep()
    return kept


def age(file: Path, by: timedelta) -> None:
    moment = (NOW - by).timestamp()
    os.utime(file, (moment, moment))


def every_file(files: FileStore) -> list[Path]:
    return [path.relative_to(files.root) for path in files.root.rglob("*") if path.is_file()]


def test_the_same_content_is_stored_once_under_its_digest(files: FileStore) -> None:
    digest = sha256(b"evidence").hexdigest()
    for _ in range(2):
        kept = files.put(io.BytesIO(b"evidence"), "application/pdf")
        assert (kept.sha256, kept.size, kept.path.read_bytes()) == (digest, 8, b"evidence")
        kept.keep()
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
    digest = put(files).sha256
    path = files.path_of(digest)
    path.chmod(0o600)
    path.write_bytes(b"forged")
    assert files.digest_of(digest) != digest
    put(files)
    assert files.digest_of(digest) == digest
    path.unlink()
    assert files.digest_of(digest) is None
    with pytest.raises(Missing, match="备份"):
        files.existing_path(digest)


def test_an_unfinished_upload_is_removed_after_a_day(files: FileStore) -> None:
    old, fresh = files.partial_folder / "old", files.partial_folder / "fresh"
    for file, by in ((old, timedelta(hours=25)), (fresh, timedelta(hours=23))):
        file.write_bytes(b"x")
        age(file, by)
    kept = put(files)
    assert files.remove_abandoned(NOW) == 1
    assert not old.exists()
    assert fresh.exists()
    assert files.digest_of(kept.sha256) == kept.sha256


def test_what_no_row_has_taken_goes_with_its_request(files: FileStore) -> None:
    with suppress(ConnectionResetError), files.intake() as request:
        kept, refused = (request.put(io.BytesIO(content), "x/y") for content in (b"kept", b"refused"))
        kept.keep()
        raise ConnectionResetError
    assert [path.name for path in every_file(files)] == [kept.sha256]
    with pytest.raises(BadInput, match="重新选"):
        refused.check()


def test_a_refused_file_leaves_the_same_one_of_another_request(files: FileStore) -> None:
    with files.intake() as theirs:
        other = theirs.put(io.BytesIO(b"evidence"), "x/y")
        with files.intake() as ours:
            ours.put(io.BytesIO(b"evidence"), "x/y")
        other.keep()
    assert files.digest_of(other.sha256) == other.sha256


def test_an_old_file_without_a_row_is_removed_unless_it_was_just_stored_again(files: FileStore) -> None:
    orphan = files.path_of(put(files).sha256)
    assert list(files.old_files(NOW)) == []
    age(orphan, timedelta(hours=25))
    assert list(files.old_files(NOW)) == [orphan]
    put(files)
    assert not files.remove_orphan(orphan, NOW)
    age(orphan, timedelta(hours=25))
    assert files.remove_orphan(orphan, NOW)
    assert every_file(files) == []


def test_files_and_folders_are_for_this_account_alone_whatever_an_older_version_left(
    files: FileStore,
) -> None:
    kept = files.path_of(put(files).sha256)
    PartialUpload.named(files, 7, "one", largest=100).append(0, b"x")
    folders = (kept.parent, kept.parent.parent, files.partial_folder, files.root)
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
    assert kept.stat().st_mode & 0o777 == 0o400
    assert (files.partial_folder / "part-7-one").stat().st_mode & 0o777 == 0o600
    kept.parent.chmod(0o755)
    list(files.old_files(NOW))
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_files_leave_free_what_records_need(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "reserve_of", lambda disk: disk + 1)
    with pytest.raises(Busy, match="磁盘快满了"):
        put(files)
    with pytest.raises(Busy, match="磁盘快满了"):
        PartialUpload.named(files, 7, "one", largest=100).append(0, b"x")


def test_one_sender_has_so_many_unfinished_uploads_and_no_more(files: FileStore) -> None:
    for number in range(MOST_PARTIAL):
        PartialUpload.named(files, 7, str(number), largest=100).append(0, b"x")
    with pytest.raises(Refused, match="还没有传完"):
        PartialUpload.named(files, 7, "more", largest=100).append(0, b"x")
    assert PartialUpload.named(files, 7, "0", largest=100).append(1, b"x") == 2
    assert PartialUpload.named(files, 77, "more", largest=100).append(0, b"x") == 1
