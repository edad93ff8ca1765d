import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.database import make_engine
from activitylog.errors import Busy
from activitylog.files import operations as file_operations
from activitylog.files.operations import StoredPicture, add_stored_file, store_document, store_picture
from activitylog.files.pictures import Picture, read_picture
from activitylog.files.store import FileStore
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
