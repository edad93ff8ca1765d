import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from activitylog.errors import Busy
from activitylog.files import uploads
from activitylog.files.pictures import Picture, read_picture
from activitylog.files.store import FileStore
from activitylog.files.uploads import StoredPicture, store_picture
from tests.factories.files import make_photo


def test_pictures_are_decoded_one_at_a_time_and_busy_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_decoding_slots", threading.BoundedSemaphore(2))
    ours, others = FileStore(tmp_path), FileStore(tmp_path)  # as another process would have it
    arrived = threading.Semaphore(0)

    def read(*picture: Any) -> Picture:
        arrived.release()
        return read_picture(*picture)

    monkeypatch.setattr(uploads, "read_picture", read)

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
