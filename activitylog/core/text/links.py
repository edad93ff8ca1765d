"""Reads links, and says which of them are one article whatever their spelling."""

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from activitylog.core.text.words import clean_text

LONGEST_LINK = 2000
WECHAT = "mp.weixin.qq.com"
WECHAT_ARTICLE = ("__biz", "mid", "idx", "sn")
LINK_IN_TEXT = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_STOPS = ".,;:!?'\"。，；：！？、…"
_CLOSERS = {
    ")": "(",
    "]": "[",
    ">": "<",
    "}": "{",
    "）": "（",
    "》": "《",
    "】": "【",
    "”": "“",
    "’": "‘",
    "」": "「",
}
_LONE_LINK = re.compile(r"https?://[^\s，。；：！？、…（）《》【】“”‘’「」<>\"]+", re.IGNORECASE)
_AMPERSAND = re.compile("&(?:amp|#38|#x26);", re.IGNORECASE)
_PERCENT = re.compile("(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED = re.compile(r"[0-9A-Za-z._~-]|[^\x00-\x7f]")
_TRACKING = re.compile(
    r"(?:utm_\w+|spm|scm|spm_id_from|isappinstalled|nsukey|share_\w+|wxshare_count|vd_source|fbclid|gclid)(?:=.*)?"
    r"|from=(?:timeline|singlemessage|groupmessage|wechat|weixin|weibo|qq)",
    re.IGNORECASE,
)
# Sites whose share buttons add much to a link; their articles differ by these parameters or by the path.
_TELLING = {
    "toutiao.com": frozenset[str](),
    "baijiahao.baidu.com": frozenset({"id"}),
    "thepaper.cn": frozenset({"contid", "id"}),
}
_ARTICLE_NUMBER = re.compile("[0-9]{6}")
_HOST = re.compile(r"[^\s.@/]+(\.[^\s.@/]+)+", re.ASCII)
_DEVICE = re.compile(r"^(?:(?:www|m|wap|mobile|h5|3g|web)\.)+")


class NotALink(ValueError):
    """A text that is not one link; the message says in Chinese why, without a full stop."""


def link_in(text: str) -> str:
    """The link a pasted text holds, "" when there is none; several different links are refused."""
    text = unescaped(text)
    lone = without_closing(text)
    if _LONE_LINK.fullmatch(lone):
        return lone
    found: dict[str, str] = {}
    for match in LINK_IN_TEXT.findall(text):
        link = without_closing(match)
        found.setdefault(normalised_link(link), link)
    if len(found) > 1:
        raise NotALink(f"里面有 {len(found)} 个链接，一次只能登记一个")
    return next(iter(found.values()), "")


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


def is_address(link: str) -> bool:
    """Whether a browser could open it."""
    try:
        parts = urlsplit(link)
        _ = parts.port
    except ValueError:
        return False
    return parts.hostname is not None and _HOST.fullmatch(parts.hostname) is not None


def unescaped(text: str) -> str:
    """A text without invisible characters, an `&` copied from a page's source as it was meant."""
    return _AMPERSAND.sub("&", clean_text(text))


def without_closing(link: str) -> str:
    """The link without the stops behind it, and without a bracket that closes one before it."""
    while link:
        last = link[-1]
        opener = _CLOSERS.get(last)
        if last not in _STOPS and (opener is None or link.count(opener) >= link.count(last)):
            break
        link = link[:-1].rstrip()
    return link


def normalised_link(link: str) -> str:
    """The link in its normal form, in which links of one article are equal texts; not for opening it."""
    link = without_closing(unescaped(link))
    if not is_address(link):
        return link
    parts = urlsplit(link)
    user, at, host = parts.netloc.rpartition("@")
    netloc = f"{user}{at}{re.sub(':(?:80|443)?$', '', host.lower()).rstrip('.')}"
    path, query = _decoded(parts.path).rstrip("/"), _decoded(parts.query)
    parts = SplitResult("https", netloc, path, query, _page_fragment(_decoded(parts.fragment)))
    return (_wechat(parts) if netloc == WECHAT else _untracked(parts)).geturl()


def site_of(link: str) -> str:
    """The site of a link, the same for its pages for phones and for desks; "" for none."""
    return _DEVICE.sub("", urlsplit(link).hostname or "") if is_address(link) else ""


def _decoded(part: str) -> str:
    """The part with those characters percent-encoded that must be."""
    return _PERCENT.sub(_decode, part)


def _decode(match: re.Match[str]) -> str:
    try:
        text = unquote(match[0], errors="strict")
    except UnicodeDecodeError:
        return match[0].upper()
    return "".join(each if _is_plain(each) else quote(each, safe="") for each in text)


def _is_plain(character: str) -> bool:
    return _UNRESERVED.match(character) is not None and character.isprintable()


def _untracked(parts: SplitResult) -> SplitResult:
    """The link without the parameters a site or WeChat adds to track who shared it, the others in order."""
    pairs = sorted(pair for pair in parts.query.split("&") if pair if not _TRACKING.fullmatch(pair))
    for site, telling in _TELLING.items():
        if parts.netloc == site or parts.netloc.endswith(f".{site}"):
            told = [pair for pair in pairs if pair.partition("=")[0] in telling]
            pairs = told if told or _ARTICLE_NUMBER.search(parts.path) else pairs
    return parts._replace(query="&".join(pairs))


def _page_fragment(fragment: str) -> str:
    """The fragment where the site's addresses are in it (`#/news/12`), else ""."""
    return fragment.rstrip("/") if fragment.startswith(("/", "!")) else ""


def _wechat(parts: SplitResult) -> SplitResult:
    parts = parts._replace(fragment="")
    if parts.path.startswith("/s/"):
        return parts._replace(query="")  # the path alone identifies the article
    values = {name: unquote(value) for name, _, value in (p.partition("=") for p in parts.query.split("&"))}
    if parts.path != "/s" or not all(values.get(name) for name in WECHAT_ARTICLE):
        return parts._replace(query="&".join(sorted(filter(None, parts.query.split("&")))))
    return parts._replace(query="&".join(f"{name}={quote(values[name])}" for name in WECHAT_ARTICLE))
