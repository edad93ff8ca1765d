"""Addresses that come from outside and are to be gone to."""

import re


def own_address(address: str | None) -> str | None:
    """The address when it is a path of ours, so that a link cannot lead a signed-in person away."""
    is_path = address is not None and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", address)
    return address if is_path else None
