"""Identifies articles and news items by their link or title, and checks links."""

import re
from datetime import date
from hashlib import sha256
from urllib.parse import SplitResult, quote, unquote, urlsplit

from activitylog.errors import BadInput

LONGEST_KEY = 600
LONGEST_LINK = 2000
WECHAT = "mp.weixin.qq.com"
WECHAT_ARTICLE = ("__biz", "mid", "idx", "sn")
_LONE_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
LINK_IN_TEXT = re.compile(r"https?://[!-~]+", re.IGNORECASE)
CLOSING = ".,;:!?\"')]>"
_TRACKING = re.compile(
    r"(?:utm_\w+|spm|isappinstalled|nsukey|share_token)(?:=.*)?|from=(?:timeline|singlemessage|groupmessage)"
)
_HOST = re.compile(r"[^\s.@/]+(\.[^\s.@/]+)+", re.ASCII)


def article_key(link: str, title: str, published_on: date) -> str:
    """The key that identifies a push: its link or, without one, title and day."""
    return _shortened_key(normalised_link(link) or f"title:{title.strip()}|{published_on.isoformat()}")


def item_key(link: str, outlet: str, title: str) -> str:
    """The key that identifies a media report: its link or, without one, outlet and title."""
    return _shortened_key(normalised_link(link) or f"outlet:{outlet.strip()}|{title.strip()}")


def key_of_link(link: str) -> str:
    """The key of an article with this link."""
    return _shortened_key(normalised_link(link))


class NotALink(ValueError):
    """A text that is not one link; the message says in Chinese why, without a full stop."""


def link_in(text: str) -> str:
    """The link a pasted text holds, "" when there is none; several different links are refused."""
    text = text.strip()
    if _LONE_LINK.fullmatch(text):
        return text
    found = {match.rstrip(CLOSING) for match in LINK_IN_TEXT.findall(text)}
    if len(found) > 1:
        raise NotALink(f"里面有 {len(found)} 个链接，一次只能登记一个")
    return found.pop() if found else ""


def read_link(text: str) -> str:
    """The one http(s) link in a text; raises NotALink."""
    link = link_in(text)
    if not link:
        raise NotALink("没有认出链接：链接要以 http:// 或 https:// 开头")
    if len(link) > LONGEST_LINK:
        raise NotALink(f"链接超过 {LONGEST_LINK} 个字符，可能多粘贴了内容")
    if not is_address(link):
        raise NotALink(f"“{link[:60]}”不是完整的网址")
    return link


def check_link(text: str) -> str:
    """The one http(s) link in what was pasted into a form; anything else is refused."""
    try:
        return read_link(text)
    except NotALink as fault:
        raise BadInput(f"{fault}。请打开文章，选“复制链接”后粘贴到这里。", field="link") from None


def is_address(link: str) -> bool:
    """Whether a browser could open it."""
    try:
        parts = urlsplit(link)
        _ = parts.port
    except ValueError:
        return False
    return parts.hostname is not None and _HOST.fullmatch(parts.hostname) is not None


def normalised_link(link: str) -> str:
    """The link in its normal form, in which equal links are equal texts; tracking parameters are removed."""
    link = link.strip()
    if not link:
        return ""
    parts = urlsplit(link)
    user, at, host = parts.netloc.rpartition("@")
    parts = parts._replace(netloc=f"{user}{at}{host.lower()}", fragment=_page_fragment(parts.fragment))
    return (_wechat(parts) if parts.netloc == WECHAT else _untracked(parts)).geturl()


def _untracked(parts: SplitResult) -> SplitResult:
    """The link without the parameters a site or WeChat adds to track who shared it."""
    pairs = [pair for pair in parts.query.split("&") if not _TRACKING.fullmatch(pair)]
    return parts._replace(query="&".join(pairs))


def _page_fragment(fragment: str) -> str:
    """The fragment where the site's addresses are in it (`#/news/12`), else ""."""
    return fragment if fragment.startswith(("/", "!")) else ""


def _wechat(parts: SplitResult) -> SplitResult:
    parts = parts._replace(scheme="https", fragment="")
    if parts.path.startswith("/s/"):
        return parts._replace(query="")  # the path alone identifies the article
    values = {name: unquote(value) for name, _, value in (p.partition("=") for p in parts.query.split("&"))}
    if parts.path != "/s" or not all(values.get(name) for name in WECHAT_ARTICLE):
        return parts
    return parts._replace(query="&".join(f"{name}={quote(values[name])}" for name in WECHAT_ARTICLE))


def _shortened_key(key: str) -> str:
    """The key, if too long for its column cut and followed by its digest."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}~{digest}"
