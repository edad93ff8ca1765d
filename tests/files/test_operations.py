import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.database import make_engine
from activitylog.errors import Busy, Refused
from activitylog.files import operations as file_operations
from activitylog.files.operations import (
    StoredPicture,
    add_stored_file,
    check_quota,
    store_document,
    store_picture,
    sweep_orphans,
)
from activitylog.files.pictures import Picture, read_picture
from activitylog.files.store import FileStore, PartialUpload
from tests.databases import TRAIL_KEYS
from tests.factories.files import PDF, encoded, make_image, make_photo

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


def test_a_content_has_one_row_whoever_stores_it(session: Session, database_url: str, tmp_path: Path) -> None:
    kept = store_document(FileStore(tmp_path), io.BytesIO(PDF), "总结.pdf").content
    first = add_stored_file(session, kept, now=NOW)
    session.commit()
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as other:
        again = add_stored_file(other, kept, now=datetime(2025, 1, 1, tzinfo=UTC))
        assert (again.id, again.stored_at, again.size) == (first.id, NOW, len(PDF))
    engine.dispose()


def test_a_picture_among_documents_is_drawn_anew(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    sent = encoded(make_image(300, 200), "PNG")
    document = store_document(files, io.BytesIO(sent), "截图.png")
    assert (document.name, document.content.content_type) == ("截图.jpg", "image/jpeg")


def test_the_same_photo_sent_by_two_people_is_one_content(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    one, two = (store_picture(files, io.BytesIO(make_photo()), name) for name in ("a.jpg", "b.jpg"))
    assert (one.large, one.small, one.original_sha256) == (two.large, two.small, two.original_sha256)
    assert one.large.size > one.small.size


def test_pictures_are_decoded_one_at_a_time_and_busy_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_operations, "_decoding_slots", threading.BoundedSemaphore(2))
    ours, others = FileStore(tmp_path), FileStore(tmp_path)  # as another process would have it
    arrived = threading.Semaphore(0)

    def read(*picture: Any) -> Picture:
        arrived.release()
        return read_picture(*picture)

    monkeypatch.setattr(file_operations, "read_picture", read)

    def keep() -> StoredPicture:
        return store_picture(ours, io.BytesIO(make_photo()), "现场.jpg")

    with ThreadPoolExecutor(2) as phones:
        with others.decoding_lock():
            waiting = [phones.submit(keep) for _ in range(2)]
            assert all(arrived.acquire(timeout=60) for _ in waiting)
            with pytest.raises(Busy, match="“现场"):
                keep()
            assert not any(each.done() for each in waiting)
        assert {each.result(timeout=60).width for each in waiting} == {640}
    assert keep().width == 640


def test_a_file_whose_row_was_rolled_back_is_not_in_its_place(session: Session, tmp_path: Path) -> None:
    with FileStore(tmp_path).intake() as files:
        content = store_document(files, io.BytesIO(PDF), "总结.pdf").content
        add_stored_file(session, content, now=NOW)
        session.rollback()
        session.commit()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_one_person_stores_so_much_a_day_of_shanghai(session: Session, tmp_path: Path) -> None:
    files, size = FileStore(tmp_path), len(PDF)
    add_stored_file(session, store_document(files, io.BytesIO(PDF), "a.pdf").content, by_id=7, now=NOW)
    session.commit()

    def check(by_id: int, now: datetime) -> None:
        check_quota(session, files, by_id=by_id, incoming=size, now=now, most=2 * size - 1)

    with pytest.raises(Refused, match=r"今天已上传 0\.0 MB，上限 0\.0 MB"):
        check(7, NOW)
    check(8, NOW)
    check(7, NOW + timedelta(days=1))
    PartialUpload.named(files, 8, "one", largest=1000).append(0, PDF)
    with pytest.raises(Refused, match="今天已上传"):
        check(8, NOW)


def test_the_sweep_removes_only_files_without_a_row(session: Session, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    kept = store_document(files, io.BytesIO(PDF), "a.pdf").content
    add_stored_file(session, kept, now=NOW)
    orphan = store_document(files, io.BytesIO(PDF + b"other"), "b.pdf").content
    orphan.keep()
    session.commit()
    later = datetime.now(UTC) + timedelta(days=2)
    assert sweep_orphans(session, files, now=datetime.now(UTC)) == 0
    assert sweep_orphans(session, files, now=later) == 1
    assert (kept.path.exists(), orphan.path.exists()) == (True, False)
