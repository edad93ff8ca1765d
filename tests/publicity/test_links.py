"""Links read from pasted text, with title, day and outlet."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activitylog.core.text.links import normalised_link
from activitylog.publicity.links import (
    LONGEST_TITLE,
    PastedLink,
    read_pasted_links,
    unrecognised_links,
)

TODAY = date(2024, 7, 1)
WECHAT = "https://mp.weixin.qq.com/s/AbC_1-d"
NEWS = "https://www.thepaper.cn/newsDetail_forward_277"
DAY = date(2024, 6, 12)

ONE = {
    f"【天文课走进村居】 {WECHAT}": ("天文课走进村居", None),
    f"天文课走进村居\n{WECHAT}": ("天文课走进村居", None),
    f"{WECHAT}\n天文课走进村居\n2024-06-12": ("天文课走进村居", DAY),
    f"《天文课走进村居》{WECHAT}，请查收": ("天文课走进村居", None),
    f"天文课走进村居 2024年6月12日 {WECHAT}": ("天文课走进村居", DAY),
    f"6月12日 天文课走进村居 {WECHAT}": ("天文课走进村居", DAY),
    f"1. 2024/6/12 天文课走进村居：{WECHAT}": ("天文课走进村居", DAY),
    f"2、天文课走进村居（2024.6.12）\n{WECHAT} 复制打开链接": ("天文课走进村居", DAY),
    f"{WECHAT} 天文课走进村居": ("天文课走进村居", None),
    f"天文课走进村居\n2024-06-12 09:30\n点击链接阅读全文：\n{WECHAT}": ("天文课走进村居", DAY),
    f"3D打印与6月12日天象回顾 {WECHAT}": ("3D打印与6月12日天象回顾", DAY),
    f"【科普】天文课走进村居 {WECHAT}": ("【科普】天文课走进村居", None),
    f"天文课走进村居\n{WECHAT}\n2024-06-12": ("天文课走进村居", DAY),
    f"天文课走进村居\n{WECHAT}\n（6月12日）": ("天文课走进村居", DAY),
    f"天文课走进村居 {WECHAT} 6月12日": ("天文课走进村居", DAY),
    f"天文课6月20日走进村居 {WECHAT}（6月12日）": ("天文课6月20日走进村居", DAY),
    f"6月20日 天文课走进村居（6月12日）{WECHAT}": ("天文课走进村居", DAY),
    f"天文课走进村居，6月20日开讲，6月12日发布 {WECHAT}": ("天文课走进村居，6月20日开讲", DAY),
    f"6月12日发布：7月5日天文课预告 {WECHAT}": ("7月5日天文课预告", DAY),
    WECHAT: ("", None),
}


@pytest.mark.parametrize(("text", "expected"), ONE.items())
def test_a_link_comes_with_its_title_and_day(text: str, expected: tuple[str, date | None]) -> None:
    (found,) = read_pasted_links(text, today=TODAY, year=2024)
    assert (found.link, found.title, found.published_on) == (WECHAT, *expected)
    assert found.is_push


def test_news_comes_with_its_outlet_and_the_day_in_its_address() -> None:
    text = f"澎湃新闻：科学家进社区\n{NEWS}\n上海科普周开幕 https://sh.people.com.cn/n2/2024/0612/c1-4.html"
    assert read_pasted_links(text, today=TODAY, year=2024) == [
        PastedLink(NEWS, "科学家进社区", "澎湃新闻", None),
        PastedLink("https://sh.people.com.cn/n2/2024/0612/c1-4.html", "上海科普周开幕", "人民网", DAY),
    ]


@pytest.mark.parametrize(
    ("written", "year", "day"),
    [
        ("6月30日", 2024, date(2024, 6, 30)),
        ("7月2日", 2024, None),
        ("12月5日", 2024, None),
        ("2月30日", 2024, None),
        ("2024-13-01", 2024, None),
        ("2031-01-01", 2024, None),
        ("12月31日", 2023, date(2023, 12, 31)),
    ],
)
def test_a_day_is_never_to_come(written: str, year: int, day: date | None) -> None:
    (found,) = read_pasted_links(f"{written} 天文课 {WECHAT}", today=TODAY, year=year)
    assert found.published_on == day


def test_days_on_lines_of_their_own_belong_to_the_links_before_them() -> None:
    lines = [f"天文课{n}\n{WECHAT}{n}\n6月1{n}日" for n in range(3)]
    found = read_pasted_links("\n".join(lines), today=TODAY, year=2024)
    days = [date(2024, 6, 10 + n) for n in range(3)]
    assert [(each.title, each.published_on) for each in found] == [
        (f"天文课{n}", day) for n, day in enumerate(days)
    ]


def test_the_day_in_an_address_is_trusted_before_a_day_in_a_title() -> None:
    text = "6月20日开幕的科普周 https://sh.people.com.cn/n2/2024/0612/c1-4.html"
    assert [each.published_on for each in read_pasted_links(text, today=TODAY, year=2024)] == [DAY]


def test_in_january_a_day_of_january_is_this_years() -> None:
    texts = {"1月3日": date(2025, 1, 3), "12月30日": date(2024, 12, 30)}
    for written, day in texts.items():
        (found,) = read_pasted_links(f"{written} 天文课 {WECHAT}", today=date(2025, 1, 5), year=2024)
        assert found.published_on == day


def test_the_same_article_is_read_once() -> None:
    text = f"{WECHAT}?scene=1\n{WECHAT}#rd"
    assert [found.link for found in read_pasted_links(text, today=TODAY, year=2024)] == [f"{WECHAT}?scene=1"]


TITLES = st.text(alphabet="天文课走进村居科普咖啡馆ABCd", min_size=4, max_size=30).filter(
    lambda title: not title.startswith(("科普中国",))
)
LAYOUTS = (
    "{title}\n{link}",
    "【{title}】 {link}",
    "{number}. {title} {day} {link}",
    "{day}\n{title}\n{link}",
    "《{title}》（{day}）{link}",
)


@given(st.lists(TITLES, min_size=1, max_size=8, unique=True), st.sampled_from(LAYOUTS))
def test_many_lines_are_read_in_their_order(titles: list[str], layout: str) -> None:
    expected = [(title, f"https://mp.weixin.qq.com/s/link{n}") for n, title in enumerate(titles)]
    text = "\n".join(
        layout.format(title=title, link=link, day="2024-06-12", number=n + 1)
        for n, (title, link) in enumerate(expected)
    )
    found = read_pasted_links(text, today=TODAY, year=2024)
    assert [(each.title, each.link) for each in found] == expected
    assert all(each.published_on == (DAY if "{day}" in layout else None) for each in found)


def test_what_looks_like_a_link_and_is_not_read_is_reported() -> None:
    odd = ["https://例子.中国/新闻/1", "ftp://files.example.cn/a.doc", "www.example.cn/news/2"]
    text = f"{odd[0]}\n《天文课》{WECHAT}。欢迎转发\n{odd[1]}，{odd[2]}\n{odd[0]}"
    read = [each.link for each in read_pasted_links(text, today=TODAY, year=2024)]
    assert read == [WECHAT, f"https://{odd[2]}"]
    assert unrecognised_links(text) == odd[:2]
    assert unrecognised_links(f"{WECHAT}，{WECHAT}") == []


@pytest.mark.parametrize(
    ("text", "link", "outlet"),
    [
        ("天文课走进村居\nwww.xinmin.cn/2024/a.html", "https://www.xinmin.cn/2024/a.html", "新民晚报"),
        ("天文课走进村居 科普中国\nhttps://m.example.cn/a", "https://m.example.cn/a", "科普中国"),
        ("天文课走进村居（来源：文汇报）\nhttps://m.example.cn/a", "https://m.example.cn/a", "文汇报"),
        ("天文课走进村居 https://m.example.cn/a 科普中国 6月12日", "https://m.example.cn/a", "科普中国"),
    ],
)
def test_an_address_without_scheme_and_an_outlet_beside_the_title_are_read(
    text: str, link: str, outlet: str
) -> None:
    [found] = read_pasted_links(text, today=TODAY, year=2024)
    assert (found.link, found.title, found.outlet) == (link, "天文课走进村居", outlet)


def test_the_day_behind_a_link_may_follow_the_outlet() -> None:
    [found] = read_pasted_links(f"天文课 {WECHAT} 科普中国 6月12日", today=TODAY, year=2024)
    assert (found.title, found.outlet, found.published_on) == ("天文课", "科普中国", DAY)


def test_a_day_on_a_line_behind_its_link_is_read_though_the_last_link_has_none() -> None:
    text = f"天文课\n{WECHAT}\n2024年6月12日\n急救课\nhttps://m.example.cn/b"
    first, second = read_pasted_links(text, today=TODAY, year=2024)
    assert (first.title, first.published_on) == ("天文课", DAY)
    assert (second.title, second.published_on) == ("急救课", None)


@given(st.text(max_size=80) | st.text(alphabet="https://a.cn/s?=&【】《》 \n2024-6月1日1.", max_size=120))
@example(f"《》【】\n{WECHAT}")
@example("http://[::1 http://a.cn:99999999/")
@example(f"a{'，' * 20_000}b 6月1日{' |' * 9_000} {WECHAT}")
@example(f"{'点击' * 9_000}{'《' * 9_000}{WECHAT}")
def test_nothing_pasted_is_too_odd_to_be_read(text: str) -> None:
    for found in read_pasted_links(text, today=TODAY, year=2024):
        assert found.link.removeprefix("https://") in text
        assert len(found.title) <= LONGEST_TITLE
        assert normalised_link(normalised_link(found.link)) == normalised_link(found.link)
        assert found.published_on is None or found.published_on <= TODAY
