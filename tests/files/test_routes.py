import io

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.core.period import utc_now
from activitylog.files.models import StoredFile
from activitylog.files.operations import add_stored_file, store_document, store_picture
from activitylog.files.routes import send_stored
from activitylog.files.store import FileStore, StoredContent
from activitylog.settings import Settings
from tests.factories.files import PDF, make_photo


@pytest.fixture
def document(session: Session, settings: Settings) -> StoredFile:
    kept = store_document(FileStore(settings.files_dir), io.BytesIO(PDF), "总结.pdf")
    return committed(session, kept.content)


@pytest.fixture
def picture(session: Session, settings: Settings) -> StoredFile:
    kept = store_picture(FileStore(settings.files_dir), io.BytesIO(make_photo()), "现场.jpg")
    return committed(session, kept.large)


def committed(session: Session, content: StoredContent) -> StoredFile:
    file = add_stored_file(session, content, now=utc_now())
    session.commit()
    return file


def test_a_document_is_saved_under_its_name_and_never_a_page(app: Flask, document: StoredFile) -> None:
    with app.test_request_context():
        answer = send_stored(document, name="总结.pdf", is_inline=True)
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert "%E6%80%BB%E7%BB%93.pdf" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"].startswith("private, max-age=")
        answer.direct_passthrough = False
        assert answer.get_data() == PDF
        answer.close()


def test_a_picture_is_shown_and_not_sent_again_to_who_has_it(app: Flask, picture: StoredFile) -> None:
    with app.test_request_context():
        answer = send_stored(picture, name="现场.jpg", is_inline=True)
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert answer.content_length == picture.size
        answer.close()
    with app.test_request_context(headers={"If-None-Match": f'"{picture.sha256}"'}):
        answer = send_stored(picture, name="现场.jpg", is_inline=True)
        assert answer.status_code == 304
        answer.close()
