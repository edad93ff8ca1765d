"""Reads links from pasted text, each with the title, day and outlet in the text around it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from activitylog.core.text.links import (
    LINK_IN_TEXT,
    LONGEST_LINK,
    WECHAT,
    is_address,
    normalised_link,
    unescaped,
    without_closing,
)

LONGEST_TITLE = 200
LONGEST_CONTEXT = 400  # characters of a line beside a link
MOST_LINKS = 20  # in one paste: what one page can show
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
_FULL_DAY = re.compile(_DAY)
_DAY_WITHOUT_YEAR = re.compile(_DAY_OF_YEAR)
_IN_LINK = re.compile(r"[/_-](20\d\d)[-/]?(\d\d)[-/]?(\d\d)(?!\d)")
_EDGES = r"[\s|｜·,，;；:：()（）\[\]—-]*"
_DAY_AT_START = re.compile(rf"^{_EDGES}(?:{_DAY}|{_DAY_OF_YEAR}){_REST_OF_MOMENT}(?=[\s|｜,，;；:：)）\]]|$)")
_DAY_AT_END = re.compile(
    rf"(?<=[\s|｜,，;；(（\[》】]){_EDGES}(?:{_DAY}|{_DAY_OF_YEAR}){_REST_OF_MOMENT}{_EDGES}$"
)
_NOISE = re.compile(
    r"(?:点击|打开|复制|长按|阅读|查看|戳)(?:此|这里|本|下方|以下)?(?:链接|原文|全文|打开|阅读|查看|更多)+[：:>》→↓]*"
    r"|^(?:原文|文章|报道|推送|新闻)?(?:链接|地址|标题|网址)\s*[:：]|\[链接\]|↓+|👇+"
)
_LINK_LIKE = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"'，。；、（）《》【】]+", re.IGNORECASE)
_BARE_ADDRESS = re.compile(
    r"(?<![\w/.@:?=&%-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[!-~]+|(?<![\w/.@:?=&%-])www\.(?:[a-z0-9-]+\.)+[a-z]{2,}",
    re.IGNORECASE | re.ASCII,
)
_LIST_NUMBER = re.compile(r"^\s*(?:[(（]?\d{1,2}[.、)）](?!\d)|[-•·*●])\s*")
_TITLE_MARKS = re.compile(r"《([^《》]{2,})》")
_WHOLE_BRACKET = re.compile(r"[【\[]([^【】\[\]]{2,})[】\]]")


@dataclass(frozen=True, slots=True)
class PastedLink:
    """One link with title, outlet and day; `published_on` is None where the text has none."""

    link: str
    title: str
    outlet: str
    published_on: date | None

    @property
    def is_push(self) -> bool:
        """Whether it is an article on WeChat, where our own account publishes."""
        return (urlsplit(self.link).hostname or "").lower() == WECHAT


def read_pasted_links(text: str, *, today: date, year: int) -> list[PastedLink]:
    """Every link once, in the order pasted; a day without a year is in the project's, never in the future."""
    found: dict[str, PastedLink] = {}
    for link, context, behind in _links_with_context(text):
        if _is_usable(link):
            found.setdefault(normalised_link(link), _read(link, context, behind, _Today(today, year)))
    return list(found.values())


def unrecognised_links(text: str) -> list[str]:
    """Texts like addresses that are no usable link, each once, in the order pasted."""
    read = [link for link, *_ in _links_with_context(text) if _is_usable(link)]
    link_like = dict.fromkeys(without_closing(match[0]) for match in _LINK_LIKE.finditer(unescaped(text)))
    return [each for each in link_like if not any(each in link or each.startswith(link) for link in read)]


def title_beside_link(text: str) -> str:
    """The title beside the first link of a pasted text, "" where there is none."""
    return next((_title(context)[0] for _, context, _ in _links_with_context(text)), "")


def _is_usable(link: str) -> bool:
    return is_address(link) and len(link) <= LONGEST_LINK


def _links_with_context(text: str) -> Iterator[tuple[str, list[str], str]]:
    """Each link with its lines of context and the text behind it on its line.

    The context are the lines before a link, or after it where a link comes first.
    """
    lines = [line.strip() for line in _with_schemes(unescaped(text)).splitlines() if line.strip()]
    begins_with_link = bool(lines) and not _without_links(lines[0]) and not LINK_IN_TEXT.search(lines[-1])
    if not begins_with_link:
        lines = _with_days_behind_links(lines)
    context: list[str] = []
    links: list[str] = []
    for line in lines:
        matches = list(LINK_IN_TEXT.finditer(line))
        if begins_with_link and matches and links:
            yield links.pop(), context, ""
            context = []
        end = 0
        for match in matches:
            before = _trimmed(line[end : match.start()])
            link = without_closing(match[0])
            end = match.start() + len(link)
            if begins_with_link:
                links = [link]
                continue
            after = _trimmed(line[end:]) if match is matches[-1] else ""
            yield link, [*context, *filter(None, [before or after])], after
            context = []
        if not matches:
            context.append(line[:LONGEST_CONTEXT])
    yield from ((link, context, "") for link in links)


def _with_schemes(text: str) -> str:
    """The text with https:// before addresses copied without it, as www.xinmin.cn/2024/1.html."""
    return _BARE_ADDRESS.sub(r"https://\g<0>", text)


def _with_days_behind_links(lines: Sequence[str]) -> list[str]:
    """The lines, a day on a line of its own joined to the link before it, unless days stand before links."""
    joined: list[str] = []
    for line in lines:
        follows_link = bool(joined) and LINK_IN_TEXT.search(joined[-1]) is not None
        joined[-1:] = [f"{joined[-1]} {line}"] if follows_link and _is_day(line) else [*joined[-1:], line]
    first_day = next((place for place, line in enumerate(lines) if _is_day(line)), 0)
    stand_behind = any(LINK_IN_TEXT.search(line) for line in lines[:first_day])
    return joined if stand_behind else list(lines)


def _is_day(line: str) -> bool:
    """Whether the line is a day and nothing else."""
    match = _DAY_AT_START.match(line)
    return match is not None and not re.search(r"\w", line[match.end() :])


def _without_links(line: str) -> str:
    return _trimmed(LINK_IN_TEXT.sub("", line))


def _trimmed(text: str) -> str:
    return text.strip(" \t\u3000,，;；、|｜")[:LONGEST_CONTEXT]


@dataclass(frozen=True, slots=True)
class _Today:
    """The day of pasting, and the year of the project pasted into."""

    on: date
    year: int

    def day(self, year: int, month: int, day: int) -> date | None:
        """The day, None when there is none or it is still to come."""
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        return found if found <= self.on else None

    def day_of_year(self, month: int, day: int) -> date | None:
        """The day in the project's year; in January after it, a day of January is this January's."""
        is_january_after = (self.on.year, self.on.month, month) == (self.year + 1, 1, 1)
        return self.day(self.year + is_january_after, month, day)


def _read(link: str, context: Sequence[str], behind: str, today: _Today) -> PastedLink:
    title, outlet = _title(context)
    day = (
        _day_apart([behind], today, (_DAY_AT_START, _DAY_AT_END))
        or _day_apart(context, today, (_DAY_AT_END, _DAY_AT_START))
        or _day_of_link(link, today)
        or next((day for line in reversed(context) if (day := _last_day(line, today))), None)
    )
    return PastedLink(link, title, outlet or _named_outlet(_without_noise(behind)) or _outlet(link), day)


def _title(context: Sequence[str]) -> tuple[str, str]:
    """The title nearest to the link, and the outlet where it is named before the title."""
    for line in reversed(context):
        marks = _TITLE_MARKS.search(line)
        cleaned = _without_noise(line)
        if marks is not None:
            return marks[1].strip()[:LONGEST_TITLE], _named_outlet(cleaned)
        if len(re.sub(r"\W", "", cleaned)) >= 2 and cleaned not in OUTLETS.values():
            bracket = _WHOLE_BRACKET.fullmatch(cleaned)
            outlet = _named_outlet(cleaned)
            rest = _without_outlet(cleaned, outlet) if outlet else cleaned
            return (bracket[1] if bracket else rest).strip()[:LONGEST_TITLE], outlet
    return "", next((outlet for outlet in map(_named_outlet, context) if outlet), "")


def _named_outlet(line: str) -> str:
    """The outlet that a line begins with, or ends with apart from its other words."""
    end = line.rstrip("）)】] ")
    return next(
        (
            name
            for name in OUTLETS.values()
            if line.startswith(name) or (end.endswith(name) and end[: -len(name)][-1:] in _BEFORE_OUTLET)
        ),
        "",
    )


def _without_outlet(line: str, outlet: str) -> str:
    if line.startswith(outlet):
        return line.removeprefix(outlet).lstrip("：: |｜")
    return line[: line.rindex(outlet)].removesuffix("来源：").removesuffix("来源:").rstrip(_BEFORE_OUTLET)


_BEFORE_OUTLET = " \u3000|｜—–-_·（(【[：:，,"


def _without_noise(line: str) -> str:
    """A line without list number, days at its edges, and instructions for opening the link."""
    line = _NOISE.sub(" ", line)
    for edge in (_DAY_AT_START, _DAY_AT_END, _LIST_NUMBER, _DAY_AT_START):
        line = edge.sub("", line, count=1)
    return line.strip(" \t\u3000,，;；:：|｜→>-—").rstrip("(（[")


def _day_apart(lines: Sequence[str], today: _Today, patterns: Sequence[re.Pattern[str]]) -> date | None:
    """The day written apart from the words of a line, of the line nearest to the link that has one."""
    for line in reversed(lines):
        for pattern in patterns:
            match = pattern.search(line)
            day = _last_day(match[0], today) if match else None
            if day is not None:
                return day
    return None


def _last_day(text: str, today: _Today) -> date | None:
    """The last day in a text that is not still to come."""
    found = [today.day(*map(int, match.groups())) for match in _FULL_DAY.finditer(text)] or [
        today.day_of_year(*map(int, match.groups())) for match in _DAY_WITHOUT_YEAR.finditer(text)
    ]
    return next((day for day in reversed(found) if day is not None), None)


def _day_of_link(link: str, today: _Today) -> date | None:
    match = _IN_LINK.search(urlsplit(link).path)
    return today.day(*map(int, match.groups())) if match else None


def _outlet(link: str) -> str:
    host = (urlsplit(link).hostname or "").lower()
    return next((name for site, name in OUTLETS.items() if host == site or host.endswith(f".{site}")), "")
