"""The signed field of a form that names stored documents until it is submitted without errors."""

from collections.abc import Iterable
from typing import cast

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from activitylog.files.models import StoredFile
from activitylog.files.operations import StoredDocument
from activitylog.files.store import FileStore, StoredContent


def pending_value(document: StoredDocument) -> str:
    """The signed form value that names the document."""
    content = document.content
    named = (document.name, content.sha256, content.size, content.content_type, content.staged)
    return _signer().dumps(named)


def pending_documents(values: Iterable[str], files: FileStore) -> list[StoredDocument]:
    """The documents named by signed form values, each once; values not signed here are ignored."""
    found: dict[tuple[str, str], StoredDocument] = {}
    for value in values:
        try:
            name, sha256, size, content_type, staged = _signer().loads(value)
        except (BadSignature, ValueError):
            continue
        content = StoredContent(sha256, size, content_type, files, staged)
        document = StoredDocument(name, content)
        found[document.name, document.content.sha256] = document
    return list(found.values())


def as_document(file: StoredFile, name: str) -> StoredDocument:
    """A stored file as a document that another record may link to."""
    return StoredDocument(name, StoredContent(file.sha256, file.size, file.content_type))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(cast(str, current_app.secret_key), salt="carried file")
