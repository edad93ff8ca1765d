import io
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from activitylog.core.database import make_engine
from activitylog.files.operations import add_stored_file
from activitylog.files.store import FileStore
from activitylog.files.uploads import store_document, store_picture
from tests.factories.files import PDF, encoded, make_image, make_photo

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)


def test_a_content_has_one_row_whoever_stores_it(session: Session, database_url: str, tmp_path: Path) -> None:
    kept = store_document(FileStore(tmp_path), io.BytesIO(PDF), "总结.pdf").content
    first = add_stored_file(session, kept, now=NOW)
    session.commit()
    engine = make_engine(database_url)
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
