"""The signed field of a form that names stored documents until it is submitted without errors."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import cast

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from activitylog.files.models import StoredFile
from activitylog.files.operations import StoredDocument
from activitylog.files.store import StoredContent


def pending_value(document: StoredDocument) -> str:
    """The signed form value that names the document."""
    return _signer().dumps({"name": document.name, **asdict(document.content)})


def pending_documents(values: Iterable[str]) -> list[StoredDocument]:
    """The documents named by signed form values, each once; values not signed here are ignored."""
    found: dict[tuple[str, str], StoredDocument] = {}
    for value in values:
        try:
            fields = _signer().loads(value)
        except BadSignature:
            continue
        document = StoredDocument(fields.pop("name"), StoredContent(**fields))
        found[document.name, document.content.sha256] = document
    return list(found.values())


def as_document(file: StoredFile, name: str) -> StoredDocument:
    """A stored file as a document that another record may link to."""
    return StoredDocument(name, StoredContent(file.sha256, file.size, file.content_type))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(cast(str, current_app.secret_key), salt="carried file")
