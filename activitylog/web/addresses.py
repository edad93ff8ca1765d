"""Checks addresses to redirect to that come from a request."""

import re


def local_address(address: str | None) -> str | None:
    """The address when it is a path of this application, else None: no redirect leads to another site."""
    is_path = address is not None and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", address)
    return address if is_path else None
