"""Cleans the name of an uploaded file, for display and download; it is never used as a path."""

import unicodedata

LONGEST = 120


def clean_name(name: str | None) -> str:
    """The name without folders and control characters, at most LONGEST characters; never empty."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    cleaned = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip(" .")
    if len(cleaned) > LONGEST:
        stem, dot, ending = cleaned.rpartition(".")
        suffix = f".{ending}" if dot and len(ending) <= 5 else ""
        cleaned = (stem or cleaned)[: LONGEST - len(suffix)] + suffix
    return cleaned or "未命名"
