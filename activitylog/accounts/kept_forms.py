"""Keeps what was typed into a form whose session has ended, until it can be sent again after signing in."""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request

from activitylog.web.requests import SAFE_METHODS, local_address, wants_json

FIELD = "kept"  # of the sign-in form
PROOF = "proof"  # how the fields of who proves once more who they are begin
_OWN = frozenset({"csrf_token", f"{PROOF}-code"})  # fields that are not typed
_SECRET = re.compile("(^|[_-])password$")  # asked again, and never kept


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form as it was sent: where to, and its fields; files are not kept."""

    address: str
    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return json.dumps([self.address, self.fields], ensure_ascii=False)


def form_of_request() -> KeptForm | None:
    """The form this request brings from a page of ours; None for anything else.

    A form from elsewhere is not kept: nobody shall send for others what they never saw.
    """
    if request.method in SAFE_METHODS or wants_json() or not _is_from_here():
        return None
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _OWN and not _SECRET.search(name)
    ]
    return KeptForm(request.full_path.rstrip("?"), tuple(fields))


def kept_in_request() -> KeptForm | None:
    """The form that waits in a page of ours for signing in; None where none does."""
    return read_kept(request.form.get(FIELD, "")) if _is_from_here() else None


def _is_from_here() -> bool:
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(source).netloc == request.host


def read_kept(text: str) -> KeptForm | None:
    """The form written in a hidden field; None for what is none."""
    try:
        address, fields = json.loads(text)
        kept = KeptForm(str(address), tuple((str(name), str(value)) for name, value in fields))
    except (ValueError, TypeError):
        return None
    return kept if local_address(kept.address) else None
