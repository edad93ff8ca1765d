"""Cleans the name a file was uploaded with; it is shown and offered at download, never a path."""

import unicodedata

LONGEST = 120


def clean_name(name: str | None) -> str:
    """Without folders and control characters, short enough to be stored; never empty."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip(" .")
    if len(shown) > LONGEST:
        stem, dot, ending = shown.rpartition(".")
        kept = f".{ending}" if dot and len(ending) <= 5 else ""
        shown = (stem or shown)[: LONGEST - len(kept)] + kept
    return shown or "未命名"
