"""Files on the disk that go along with a form until it is right, signed so that nobody names another's."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import cast

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from activitylog.files.models import StoredFile
from activitylog.files.store import Kept
from activitylog.files.uploads import KeptDocument


def carried(document: KeptDocument) -> str:
    """The value of a form field that stands for the document."""
    return _signer().dumps({"name": document.name, **asdict(document.content)})


def brought(values: Iterable[str]) -> list[KeptDocument]:
    """The documents behind such values, each once; what was not signed here stands for nothing."""
    found: dict[tuple[str, str], KeptDocument] = {}
    for value in values:
        try:
            told = _signer().loads(value)
        except BadSignature:
            continue
        document = KeptDocument(told.pop("name"), Kept(**told))
        found[document.name, document.content.sha256] = document
    return list(found.values())


def stored_as(file: StoredFile, name: str) -> KeptDocument:
    """A stored file as a document that may be linked to once more."""
    return KeptDocument(name, Kept(file.sha256, file.size, file.content_type))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(cast(str, current_app.secret_key), salt="carried file")
