"""Identifies articles and news items by their link or title, and checks links."""

from collections.abc import Hashable
from datetime import date
from hashlib import sha256

from activitylog.core.text.links import NotALink, normalised_link, read_link
from activitylog.core.text.words import read_word
from activitylog.errors import BadInput

LONGEST_KEY = 600


def article_key(link: str, title: str, published_on: date) -> str:
    """The key that identifies a push: its link or, without one, title and day."""
    return _shortened_key(normalised_link(link) or f"title:{read_word(title)}|{published_on.isoformat()}")


def item_key(link: str, outlet: str, title: str) -> str:
    """The key that identifies a media report: its link or, without one, outlet and title."""
    return _shortened_key(normalised_link(link) or f"outlet:{read_word(outlet)}|{read_word(title)}")


def push_title_key(title: str, published_on: date) -> Hashable | None:
    """What two pushes of one project share when they may be one article; None without a title."""
    return (read_word(title), published_on) if title else None


def report_title_key(title: str, outlet: str, published_on: date) -> Hashable | None:
    """The same of two media reports; other outlets may print the same title."""
    return (read_word(title), read_word(outlet), published_on) if title else None


def key_of_link(link: str) -> str:
    """The key of an article with this link."""
    return _shortened_key(normalised_link(link))


def check_link(text: str) -> str:
    """The one http(s) link in what was pasted into a form; anything else is refused."""
    try:
        return read_link(text)
    except NotALink as fault:
        raise BadInput(f"{fault}。请打开文章，选“复制链接”后粘贴到这里。", field="link") from None


def _shortened_key(key: str) -> str:
    """The key, if too long for its column cut and followed by its digest."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}~{digest}"
