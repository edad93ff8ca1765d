"""Reading links out of pasted text, each with the title, day and outlet the text around it tells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from activitylog.publicity.rules import CLOSING, LINK_IN_TEXT, LONGEST_LINK, WECHAT, is_address, same_link

LONGEST_TITLE = 200
LONGEST_WORDS = 400  # of a line beside a link: what follows tells nothing more
MOST_LINKS = 20  # in one go: what a person looks over on one page
OUTLETS = {
    "thepaper.cn": "澎湃新闻",
    "jfdaily.com": "上观新闻",
    "shobserver.com": "上观新闻",
    "whb.cn": "文汇报",
    "xinmin.cn": "新民晚报",
    "eastday.com": "东方网",
    "kankanews.com": "看看新闻",
    "people.com.cn": "人民网",
    "news.cn": "新华网",
    "xinhuanet.com": "新华网",
    "stdaily.com": "科技日报",
    "kepuchina.cn": "科普中国",
    "gmw.cn": "光明网",
    "cctv.com": "央视网",
    "chinanews.com.cn": "中国新闻网",
    "toutiao.com": "今日头条",
}
_DAY = r"(?<![\d.])(20\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?"
_DAY_OF_YEAR = r"(?<!\d)(?:(\d{1,2})月(\d{1,2})日)"
_REST_OF_MOMENT = (
    r"\s*(?:[（(]?(?:周|星期)[一二三四五六日天][）)]?)?\s*(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?(?:发布)?"
)
_WHOLE = re.compile(_DAY)
_SHORT = re.compile(_DAY_OF_YEAR)
_IN_LINK = re.compile(r"[/_-](20\d\d)[-/]?(\d\d)[-/]?(\d\d)(?!\d)")
_EDGES = r"[\s|｜·,，;；:：()（）\[\]—-]*"
_DAY_AHEAD = re.compile(rf"^{_EDGES}(?:{_DAY}|{_DAY_OF_YEAR}){_REST_OF_MOMENT}(?=[\s|｜,，;；:：)）\]]|$)")
_DAY_BEHIND = re.compile(
    rf"(?<=[\s|｜,，;；(（\[》】]){_EDGES}(?:{_DAY}|{_DAY_OF_YEAR}){_REST_OF_MOMENT}{_EDGES}$"
)
_NOISE = re.compile(
    r"(?:点击|打开|复制|长按|阅读|查看|戳)(?:此|这里|本|下方|以下)?(?:链接|原文|全文|打开|阅读|查看|更多)+[：:>》→↓]*"
    r"|^(?:原文|文章|报道|推送|新闻)?(?:链接|地址|标题|网址)\s*[:：]|\[链接\]|↓+|👇+"
)
_LIKE_A_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"'，。；、（）《》【】]+", re.IGNORECASE)
_ITEM = re.compile(r"^\s*(?:[(（]?\d{1,2}[.、)）](?!\d)|[-•·*●])\s*")
_BOOK = re.compile(r"《([^《》]{2,})》")
_WHOLE_BRACKET = re.compile(r"[【\[]([^【】\[\]]{2,})[】\]]")


@dataclass(frozen=True, slots=True)
class Pasted:
    """One link and what was told with it; a day that is not told is None."""

    link: str
    title: str
    outlet: str
    published_on: date | None

    @property
    def is_push(self) -> bool:
        """Our own account writes there; whose article it is, the person says."""
        return (urlsplit(self.link).hostname or "").lower() == WECHAT


def read_pasted(text: str, *, today: date, year: int) -> list[Pasted]:
    """Every link once, in the order pasted; days without a year are the project's, none are to come."""
    found: dict[str, Pasted] = {}
    for link, words in _links_with_words(text):
        if _is_kept(link):
            found.setdefault(same_link(link), _read(link, words, today, year))
    return list(found.values())


def unread_links(text: str) -> list[str]:
    """What looks like an address and is none of ours to keep, each once, in the order pasted."""
    read = [link for link, _ in _links_with_words(text) if _is_kept(link)]
    alike = dict.fromkeys(match[0].rstrip(CLOSING) for match in _LIKE_A_LINK.finditer(text))
    return [each for each in alike if not any(each in link or each.startswith(link) for link in read)]


def title_beside_link(text: str) -> str:
    """The title told with the first link of a pasted text, "" where none is."""
    return next((_title(words)[0] for _, words in _links_with_words(text)), "")


def _is_kept(link: str) -> bool:
    return is_address(link) and len(link) <= LONGEST_LINK


def _links_with_words(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each link with the lines that tell of it: those before it, or after it where a link comes first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    begins_with_link = bool(lines) and not _without_links(lines[0]) and not LINK_IN_TEXT.search(lines[-1])
    words: list[str] = []
    links: list[str] = []
    for line in lines:
        matches = list(LINK_IN_TEXT.finditer(line))
        if begins_with_link and matches and links:
            yield links.pop(), words
            words = []
        end = 0
        for match in matches:
            told = _inner(line[end : match.start()])
            link = match[0].rstrip(CLOSING)
            end = match.start() + len(link)
            if begins_with_link:
                links = [link]
                continue
            behind = _inner(line[end:]) if match is matches[-1] else ""
            yield link, [*words, *filter(None, [told or behind])]
            words = []
        if not matches:
            words.append(line[:LONGEST_WORDS])
    yield from ((link, words) for link in links)


def _without_links(line: str) -> str:
    return _inner(LINK_IN_TEXT.sub("", line))


def _inner(text: str) -> str:
    return text.strip(" \t\u3000,，;；、|｜")[:LONGEST_WORDS]


def _read(link: str, words: Sequence[str], today: date, year: int) -> Pasted:
    title, outlet = _title(words)
    day = _day_in(words, today, year) or _day_of(_IN_LINK.search(urlsplit(link).path), today)
    return Pasted(link, title, outlet or _outlet(link), day)


def _title(words: Sequence[str]) -> tuple[str, str]:
    """The title nearest to the link, and the outlet where it is named before it."""
    for line in reversed(words):
        book = _BOOK.search(line)
        bare = _bare(line)
        if book is not None:
            return book[1].strip()[:LONGEST_TITLE], _named_outlet(bare)
        if len(re.sub(r"\W", "", bare)) >= 2 and bare not in OUTLETS.values():
            bracket = _WHOLE_BRACKET.fullmatch(bare)
            outlet = _named_outlet(bare)
            rest = bare.removeprefix(outlet).lstrip("：: |｜") if outlet else bare
            return (bracket[1] if bracket else rest).strip()[:LONGEST_TITLE], outlet
    return "", next((outlet for outlet in map(_named_outlet, words) if outlet), "")


def _named_outlet(line: str) -> str:
    return next((name for name in OUTLETS.values() if line.startswith(name)), "")


def _bare(line: str) -> str:
    """A line without its number in a list, days that stand apart, and what tells how to open a link."""
    line = _NOISE.sub(" ", line)
    for edge in (_DAY_AHEAD, _DAY_BEHIND, _ITEM, _DAY_AHEAD):
        line = edge.sub("", line, count=1)
    return line.strip(" \t\u3000,，;；:：|｜→>-—").rstrip("(（[")


def _day_in(words: Sequence[str], today: date, year: int) -> date | None:
    for line in reversed(words):
        apart = [match for pattern in (_DAY_AHEAD, _DAY_BEHIND) if (match := pattern.search(line))]
        for part in (*(match[0] for match in apart), line):
            day = _day_of(_WHOLE.search(part), today) or _day_of_year(_SHORT.search(part), today, year)
            if day is not None:
                return day
    return None


def _day_of(match: re.Match[str] | None, today: date) -> date | None:
    return None if match is None else _past(int(match[1]), int(match[2]), int(match[3]), today)


def _day_of_year(match: re.Match[str] | None, today: date, year: int) -> date | None:
    if match is None:
        return None
    month, day = int(match[1]), int(match[2])
    return _past(year, month, day, today) or _past(year - 1, month, day, today)


def _past(year: int, month: int, day: int, today: date) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found <= today else None


def _outlet(link: str) -> str:
    host = (urlsplit(link).hostname or "").lower()
    return next((name for site, name in OUTLETS.items() if host == site or host.endswith(f".{site}")), "")
